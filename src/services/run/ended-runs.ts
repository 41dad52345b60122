import { isActive } from './evidence.ts';
import type { RunListing } from './views.ts';

/** Finds the runs of a list that were alive when it was read last and have ended since, each once. */
export class EndedRuns {
  readonly #alive = new Set<string>();

  /** Ended runs that are to be told: none of those that are on a screen anyway. */
  of(runs: readonly RunListing[], isShown: (folder: string) => boolean): RunListing[] {
    return runs.filter(({ folder, status }) => {
      if (!isActive(status)) return this.#alive.delete(folder) && !isShown(folder);
      this.#alive.add(folder);
      return false;
    });
  }
}

import type { Log } from '../ports.ts';
import type { RunListing } from './views.ts';

export class RunsWatcher {
  readonly runs: readonly RunListing[] = [];
  constructor(
    readonly runsFolder: string,
    readonly log: Log,
  ) {}
  onChange(_listener: () => void): () => void {
    throw new Error('under construction');
  }
  refresh(): Promise<void> {
    throw new Error('under construction');
  }
  dispose(): void {
    throw new Error('under construction');
  }
}

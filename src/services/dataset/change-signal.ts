import type { ChangeReason } from './views.ts';

const coalesceMs = 30;

/** Tells listeners that something moved, many changes at once; `revision` counts the changes themselves. */
export class ChangeSignal {
  revision = 0;
  readonly #listeners = new Set<(reasons: ReadonlySet<ChangeReason>) => void>();
  #reasons = new Set<ChangeReason>();
  #timer: NodeJS.Timeout | null = null;
  #disposed = false;

  on(listener: (reasons: ReadonlySet<ChangeReason>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(reason: ChangeReason): void {
    if (this.#disposed) return;
    this.revision++;
    this.#reasons.add(reason);
    this.#timer ??= setTimeout(() => this.#tell(), coalesceMs);
  }

  #tell(): void {
    this.#timer = null;
    const reasons = this.#reasons;
    this.#reasons = new Set();
    for (const listener of this.#listeners) listener(reasons);
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#listeners.clear();
  }
}

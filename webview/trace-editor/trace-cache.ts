import type { TraceView } from '../../src/protocol/trace-views.ts';

const capacity = 24;

/** Traces read lately or ahead of need; every change of the document empties it. */
export class TraceCache {
  readonly #read: (index: number, signal: AbortSignal) => Promise<TraceView>;
  readonly #arrived: (trace: TraceView) => void;
  readonly #traces = new Map<number, TraceView>();
  readonly #ahead = new Map<number, { abort: AbortController; reading: Promise<TraceView> }>();

  constructor(
    read: (index: number, signal: AbortSignal) => Promise<TraceView>,
    arrived: (trace: TraceView) => void,
  ) {
    this.#read = read;
    this.#arrived = arrived;
  }

  get(index: number): TraceView | undefined {
    return this.#traces.get(index);
  }

  /** The read of this row that is under way; it rejects when the cache gives up on it. */
  underway(index: number): Promise<TraceView> | undefined {
    return this.#ahead.get(index)?.reading;
  }

  put(trace: TraceView): void {
    this.#traces.delete(trace.index);
    this.#traces.set(trace.index, trace);
    const [oldest] = this.#traces.keys();
    if (this.#traces.size > capacity && oldest !== undefined) this.#traces.delete(oldest);
  }

  /** Reads these rows ahead and gives up on others that were asked for before, but not on the row `current`. */
  prefetch(indexes: readonly number[], current: number): void {
    for (const [index, { abort }] of this.#ahead) {
      if (index === current || indexes.includes(index)) continue;
      abort.abort();
      this.#ahead.delete(index);
    }
    for (const index of indexes) {
      if (this.#traces.has(index) || this.#ahead.has(index)) continue;
      const abort = new AbortController();
      const reading = this.#read(index, abort.signal);
      this.#ahead.set(index, { abort, reading });
      reading.then(
        (trace) => {
          if (this.#ahead.get(index)?.abort !== abort) return;
          this.#ahead.delete(index);
          this.put(trace);
          this.#arrived(trace);
        },
        () => {
          if (this.#ahead.get(index)?.abort === abort) this.#ahead.delete(index);
        },
      );
    }
  }

  clear(): void {
    for (const { abort } of this.#ahead.values()) abort.abort();
    this.#ahead.clear();
    this.#traces.clear();
  }
}

import type { RowSummary } from '../../src/protocol/trace-views.ts';

const pageSize = 100;
const maxPages = 60;

/** Reads rows of the filtered list; `matched` is its length at that moment. */
export type RowReader = (
  position: number,
  count: number,
  signal: AbortSignal,
) => Promise<{ matched: number; rows: readonly RowSummary[] }>;

interface Page {
  rows: readonly RowSummary[];
  stale: boolean;
  loading: AbortController | null;
}

/** Rows of the filtered list by page: old rows stay on screen until newer ones are there. */
export class RowPages {
  readonly #pages = new Map<number, Page>();
  readonly #read: RowReader;
  readonly #changed: (matched: number) => void;
  #wanted = { first: 0, last: 0 };

  constructor(read: RowReader, changed: (matched: number) => void) {
    this.#read = read;
    this.#changed = changed;
  }

  at(position: number): RowSummary | undefined {
    return this.#pages.get(Math.floor(position / pageSize))?.rows[position % pageSize];
  }

  /** Some rows that are at hand, none before any were read. */
  sample(): readonly RowSummary[] {
    for (const { rows } of this.#pages.values()) if (rows.length > 0) return rows;
    return [];
  }

  /** Loads what is missing of positions `first` to `last` (half-open). */
  want(first: number, last: number): void {
    this.#wanted = { first, last };
    for (const [number, page] of this.#pages) {
      if (!page.loading || this.#isWanted(number)) continue;
      page.loading.abort();
      page.loading = null;
      page.stale = true;
    }
    for (let number = Math.floor(first / pageSize); number * pageSize < last; number += 1) this.#ask(number);
  }

  /** The row at `position` as the list is now, read when that is not known; undefined beyond the end. */
  async row(position: number, signal: AbortSignal): Promise<RowSummary | undefined> {
    const page = Math.floor(position / pageSize);
    const known = this.#pages.get(page);
    if (known && !known.stale && !known.loading) return known.rows[position % pageSize];
    const reply = await this.#read(page * pageSize, pageSize, signal);
    if (signal.aborted) return undefined;
    this.#store(page, reply);
    return reply.rows[position % pageSize];
  }

  /** Another filter: nothing that was known holds any more; what is in view is read anew. */
  restart(): void {
    this.clear();
    this.want(this.#wanted.first, this.#wanted.last);
  }

  clear(): void {
    for (const page of this.#pages.values()) page.loading?.abort();
    this.#pages.clear();
  }

  /** The document moved: reads the visible pages again, the others when they are wanted. */
  refresh(): void {
    for (const page of this.#pages.values()) page.stale = true;
    this.want(this.#wanted.first, this.#wanted.last);
  }

  /** Changes a row at once, until the host's own answer replaces it. */
  patch(index: number, change: Partial<RowSummary>): void {
    for (const page of this.#pages.values()) {
      if (page.rows.some((row) => row.index === index)) {
        page.rows = page.rows.map((row) => (row.index === index ? { ...row, ...change } : row));
      }
    }
  }

  #isWanted(number: number): boolean {
    return (number + 1) * pageSize > this.#wanted.first && number * pageSize < this.#wanted.last;
  }

  #ask(number: number): void {
    const page = this.#pages.get(number);
    if (page && !page.stale) {
      this.#pages.delete(number);
      this.#pages.set(number, page);
      return;
    }
    page?.loading?.abort();
    const loading = new AbortController();
    const next: Page = { rows: page?.rows ?? [], stale: false, loading };
    this.#pages.set(number, next);
    this.#read(number * pageSize, pageSize, loading.signal).then(
      (reply) => {
        if (!loading.signal.aborted) this.#store(number, reply);
      },
      () => {
        // Asked for again when the place is next in view.
        if (this.#pages.get(number) === next) next.stale = true;
      },
    );
  }

  #store(number: number, reply: { matched: number; rows: readonly RowSummary[] }): void {
    this.#pages.set(number, { rows: reply.rows, stale: false, loading: null });
    for (const [old, page] of this.#pages) {
      if (this.#pages.size <= maxPages) break;
      if (this.#isWanted(old) || old === number) continue;
      page.loading?.abort();
      this.#pages.delete(old);
    }
    this.#changed(reply.matched);
  }
}

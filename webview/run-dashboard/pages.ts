const pageSize = 100;

export interface Page<Item> {
  /** Items there are, and those of them that the selection chooses. */
  readonly total: number;
  readonly matched: number;
  readonly items: readonly Item[];
}

export type PageReader<Selection, Item> = (
  selection: Selection & { offset: number; count: number },
  signal: AbortSignal,
) => Promise<Page<Item>>;

/** The items that a selection chooses, by page; items that were read stay until newer ones are there. */
export class Pages<Selection extends object, Item> {
  selection: Selection | null = null;
  total = 0;
  matched = 0;
  readonly #read: PageReader<Selection, Item>;
  readonly #changed: () => void;
  readonly #pages = new Map<number, readonly Item[]>();
  readonly #asked = new Set<number>();
  #loading = new AbortController();
  #wanted = { first: 0, last: 0 };

  constructor(read: PageReader<Selection, Item>, changed: () => void) {
    this.#read = read;
    this.#changed = changed;
  }

  at(position: number): Item | undefined {
    return this.#pages.get(Math.floor(position / pageSize))?.[position % pageSize];
  }

  /** The item at `position`, read when it is not there; undefined beyond the end. */
  async find(position: number, signal: AbortSignal): Promise<Item | undefined> {
    const known = this.at(position);
    const { selection } = this;
    if (known || !selection) return known;
    const number = Math.floor(position / pageSize);
    const page = await this.#read({ ...selection, offset: number * pageSize, count: pageSize }, signal);
    if (signal.aborted || this.selection !== selection) return undefined;
    this.#store(number, page);
    return page.items[position % pageSize];
  }

  /** Where the first item of those that were read stands that is the one, -1 when it is none of them. */
  placeOf(isIt: (item: Item) => boolean): number {
    for (const [number, items] of this.#pages) {
      const at = items.findIndex(isIt);
      if (at >= 0) return number * pageSize + at;
    }
    return -1;
  }

  /** Every item that was read. */
  *read(): Generator<Item> {
    for (const items of this.#pages.values()) yield* items;
  }

  /** Reads the first page of another selection; the old groups stay until it is there. The newest selection wins. */
  async open(selection: Selection, signal: AbortSignal): Promise<void> {
    const page = await this.#read({ ...selection, offset: 0, count: pageSize }, signal);
    if (signal.aborted) return;
    this.#reset();
    this.selection = selection;
    this.#store(0, page);
  }

  /** Reads again what is on screen, after there may be more. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { selection } = this;
    if (!selection) return;
    const first = Math.floor(this.#wanted.first / pageSize);
    const page = await this.#read({ ...selection, offset: first * pageSize, count: pageSize }, signal);
    if (signal.aborted || this.selection !== selection) return;
    this.#reset();
    this.#store(first, page);
    this.want(this.#wanted.first, this.#wanted.last);
  }

  /** Loads what is missing of positions `first` to `last` (half-open). */
  want(first: number, last: number): void {
    this.#wanted = { first, last };
    const { selection } = this;
    if (!selection) return;
    const { signal } = this.#loading;
    for (
      let number = Math.floor(first / pageSize);
      number * pageSize < Math.min(last, this.matched);
      number += 1
    ) {
      if (this.#asked.has(number)) continue;
      this.#asked.add(number);
      this.#read({ ...selection, offset: number * pageSize, count: pageSize }, signal).then(
        (page) => {
          if (!signal.aborted) this.#store(number, page);
        },
        // Asked for again when the place is next in view.
        () => this.#asked.delete(number),
      );
    }
  }

  clear(): void {
    this.#reset();
    this.selection = null;
    this.total = 0;
    this.matched = 0;
  }

  #reset(): void {
    this.#loading.abort();
    this.#loading = new AbortController();
    this.#pages.clear();
    this.#asked.clear();
  }

  #store(number: number, page: Page<Item>): void {
    this.#asked.add(number);
    this.#pages.set(number, page.items);
    this.total = page.total;
    this.matched = page.matched;
    this.#changed();
  }
}

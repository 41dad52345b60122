import type { GroupSummary } from '../../src/protocol/run-dashboard.ts';
import type { Order } from './view-state.ts';

const pageSize = 100;

export interface GroupSelection {
  readonly step: number;
  readonly order: Order;
  readonly search: string;
}

export interface GroupPage {
  readonly total: number;
  readonly matched: number;
  readonly groups: readonly GroupSummary[];
}

export type GroupReader = (
  selection: GroupSelection & { offset: number; count: number },
  signal: AbortSignal,
) => Promise<GroupPage>;

/** The groups of one step in one order, by page; groups that were read stay until newer ones are there. */
export class GroupPages {
  selection: GroupSelection | null = null;
  total = 0;
  matched = 0;
  readonly #read: GroupReader;
  readonly #changed: () => void;
  readonly #pages = new Map<number, readonly GroupSummary[]>();
  readonly #asked = new Set<number>();
  #loading = new AbortController();
  #wanted = { first: 0, last: 0 };

  constructor(read: GroupReader, changed: () => void) {
    this.#read = read;
    this.#changed = changed;
  }

  at(position: number): GroupSummary | undefined {
    return this.#pages.get(Math.floor(position / pageSize))?.[position % pageSize];
  }

  /** The group at `position`, read when it is not there; undefined beyond the end. */
  async find(position: number, signal: AbortSignal): Promise<GroupSummary | undefined> {
    const known = this.at(position);
    const { selection } = this;
    if (known || !selection) return known;
    const number = Math.floor(position / pageSize);
    const page = await this.#read({ ...selection, offset: number * pageSize, count: pageSize }, signal);
    if (signal.aborted || this.selection !== selection) return undefined;
    this.#store(number, page);
    return page.groups[position % pageSize];
  }

  /** Where a group stands among the pages that were read, -1 when it is in none of them. */
  positionOf(group: number): number {
    for (const [number, groups] of this.#pages) {
      const at = groups.findIndex((summary) => summary.group === group);
      if (at >= 0) return number * pageSize + at;
    }
    return -1;
  }

  /** Highest and lowest reward among the groups that were read. */
  rewardRange(): { low: number; high: number } {
    let low = 0;
    let high = 0;
    for (const groups of this.#pages.values()) {
      for (const { rewards } of groups) {
        for (const reward of rewards) {
          if (typeof reward !== 'number') continue;
          low = Math.min(low, reward);
          high = Math.max(high, reward);
        }
      }
    }
    return { low, high: high - low > 1e-9 ? high : low + 1 };
  }

  /** True when a group that was read has an image. */
  get withImages(): boolean {
    for (const groups of this.#pages.values()) if (groups.some(({ images }) => images > 0)) return true;
    return false;
  }

  /** Reads the first page of another selection; the old groups stay until it is there. The newest selection wins. */
  async open(selection: GroupSelection, signal: AbortSignal): Promise<void> {
    const page = await this.#read({ ...selection, offset: 0, count: pageSize }, signal);
    if (signal.aborted) return;
    this.#reset();
    this.selection = selection;
    this.#store(0, page);
  }

  /** Reads again what is on screen, after the run wrote more groups of this step. */
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

  #store(number: number, page: GroupPage): void {
    this.#asked.add(number);
    this.#pages.set(number, page.groups);
    this.total = page.total;
    this.matched = page.matched;
    this.#changed();
  }
}

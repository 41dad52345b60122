import { type Filter, filterNeeds } from '../../core/dataset/filter-ast.ts';
import { parseFilter } from '../../core/dataset/filter-parse.ts';
import { AppError } from '../../core/errors.ts';
import type { Log } from '../ports.ts';
import { completeFilter } from './filter-completion.ts';
import { Matches } from './matches.ts';
import type { RowReader } from './row-view.ts';
import type { ScanInput } from './scan-tasks.ts';
import type { ScanThread } from './scan-thread.ts';
import type { DocumentSnapshot, FilterCompletion } from './views.ts';

export interface FilterHost {
  input(): Omit<ScanInput, 'scan'>;
  reader(): RowReader;
  decisions(): Uint8Array;
  /** Resolves when the rows (and their decisions) are known. */
  ready(needsDecisions: boolean): Promise<void>;
  changed(): void;
  readonly log: Log;
}

type Applied =
  | { readonly kind: 'none' }
  | { readonly kind: 'filter'; readonly text: string; readonly filter: Filter; readonly matches: Matches };

const firstAnswerMs = 150;

/** The filtered list of one document. It changes only when a filter is set: edits and decisions move no row. */
export class FilterRun {
  #text = '';
  #error: DocumentSnapshot['filter']['error'] = null;
  #applied: Applied = { kind: 'none' };
  #scanned = 0;
  #run = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(
    private readonly thread: ScanThread,
    private readonly host: FilterHost,
  ) {}

  /** Resolves with the first matches, or when the scan is over, or after 150 ms; an invalid text keeps the list. */
  async set(text: string): Promise<void> {
    this.#text = text;
    const parsed = parseFilter(text);
    if (!parsed.ok) {
      this.#error = { message: parsed.message, start: parsed.start, end: parsed.end };
      this.host.changed();
      return;
    }
    this.#error = null;
    this.#apply(text, parsed.filter);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, firstAnswerMs);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#done.then(end, end);
    });
  }

  /** Filters again, after rows came to mean something else. */
  again(): void {
    if (this.#applied.kind === 'filter') this.#apply(this.#applied.text, this.#applied.filter);
  }

  async done(): Promise<void> {
    for (let seen: Promise<void> | null = null; seen !== this.#done; ) {
      seen = this.#done;
      await seen.catch((error: unknown) => {
        if (seen === this.#done) throw error;
      });
    }
  }

  view(rows: number): DocumentSnapshot['filter'] {
    const isFiltering = this.#applied.kind === 'filter';
    const scanned = isFiltering ? Math.min(this.#scanned, rows) : rows;
    return { text: this.#text, matched: this.count(rows), scanned, error: this.#error };
  }

  count(rows: number): number {
    return this.#applied.kind === 'none' ? rows : this.#applied.matches.count;
  }

  at(position: number): number | undefined {
    return this.#applied.kind === 'none' ? position : this.#applied.matches.at(position);
  }

  position(index: number, rows: number): number {
    return this.#applied.kind === 'none' ? Math.min(index, rows - 1) : this.#applied.matches.position(index);
  }

  *rows(rows: number): Iterable<number> {
    if (this.#applied.kind === 'filter') yield* this.#applied.matches.rows();
    else for (let index = 0; index < rows; index++) yield index;
  }

  complete(text: string, caret: number, fields: readonly string[]): FilterCompletion[] {
    return completeFilter(text, caret, fields);
  }

  dispose(): void {
    this.#run++;
    this.thread.dispose();
  }

  #apply(text: string, filter: Filter): void {
    const run = ++this.#run;
    this.thread.cancel();
    if (filter.kind === 'all') {
      this.#applied = { kind: 'none' };
      this.#done = Promise.resolve();
      this.host.changed();
      return;
    }
    const matches = new Matches();
    this.#applied = { kind: 'filter', text, filter, matches };
    this.#scanned = 0;
    this.#done = this.#scan(run, text, filter, matches);
    this.#done.catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'cancelled'))
        this.host.log.warn(error instanceof Error ? error.message : String(error));
    });
  }

  async #scan(run: number, text: string, filter: Filter, matches: Matches): Promise<void> {
    await this.host.ready(filterNeeds(filter).decision);
    if (run !== this.#run) throw new AppError('cancelled', 'A newer filter took its place.');
    const { lens, extraction } = this.host.reader();
    const task = { ...this.host.input(), text, lens, extraction, decisions: this.host.decisions().slice() };
    await this.thread.run({ kind: 'filter', ...task }, (message) => {
      if (message.kind !== 'hits' || run !== this.#run) return;
      matches.append(message.hits);
      this.#scanned = message.to;
      this.host.changed();
    });
  }
}

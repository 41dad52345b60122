import { decisionOf } from '../../core/dataset/decisions.ts';
import { type Filter, filterNeeds } from '../../core/dataset/filter-ast.ts';
import { type ColumnTest, compileColumns, isColumnFilter } from '../../core/dataset/filter-columns.ts';
import { type FilterName, unknownName } from '../../core/dataset/filter-names.ts';
import { filterNames, parseFilter } from '../../core/dataset/filter-parse.ts';
import { statusCodes, type VerdictName } from '../../core/dataset/row-codes.ts';
import { AppError } from '../../core/errors.ts';
import { isCancelled } from '../cancelled.ts';
import type { Log } from '../ports.ts';
import type { EditedRows } from './edited-rows.ts';
import { firstAnswer } from './first-answer.ts';
import { Matches } from './matches.ts';
import { readRowText } from './row-reading.ts';
import type { RowReader } from './row-view.ts';
import type { ScanInput } from './scan-tasks.ts';
import type { ScanThread } from './scan-thread.ts';
import type { Survey } from './survey.ts';
import { nextTurn, rowsATurn } from './turns.ts';
import type { DatasetView } from './views.ts';

export interface FilterHost {
  input(): Omit<ScanInput, 'scan'>;
  reader(): RowReader;
  /** Folders that images may come from. */
  folders(): readonly string[];
  readonly survey: Survey;
  readonly edits: EditedRows;
  /** Whether the survey is going to know more; `advance` is called when it does, or ends. */
  isScanning(): boolean;
  /** Resolves when the rows (and their decisions) are known. */
  ready(needsDecisions: boolean): Promise<void>;
  changed(): void;
  readonly log: Log;
}

type Progress = DatasetView['filter']['progress'];
type Applied =
  | { readonly kind: 'none' }
  | { readonly kind: 'filter'; readonly text: string; readonly filter: Filter; readonly matches: Matches };

/** The filtered list of one document. It changes only when a filter is set: edits and decisions move no row. */
export class FilterRun {
  #text = '';
  #error: DatasetView['filter']['error'] = null;
  #names: readonly FilterName[] = [];
  #applied: Applied = { kind: 'none' };
  #progress: Progress = { kind: 'filtered' };
  #run = 0;
  #wake: () => void = () => undefined;
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
    this.#names = filterNames(text);
    this.#apply(text, parsed.filter);
    await firstAnswer(this.#done);
  }

  /** Counts the lists so far: another number, another list. */
  get list(): number {
    return this.#run;
  }

  /** More is known of the rows than before. */
  advance(): void {
    this.#wake();
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

  view(rows: number): DatasetView['filter'] {
    const error = this.#error ?? this.#unknownName(rows);
    return { text: this.#text, matched: this.count(rows), progress: this.#progress, error };
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

  /** A copy of the rows found so far, ascending; null stands for all. */
  matches(): Uint32Array | null {
    return this.#applied.kind === 'none' ? null : this.#applied.matches.rows().slice();
  }

  *rows(rows: number): Iterable<number> {
    if (this.#applied.kind === 'filter') yield* this.#applied.matches.rows();
    else for (let index = 0; index < rows; index++) yield index;
  }

  dispose(): void {
    this.#run++;
    this.#wake();
    this.thread.dispose();
  }

  #apply(text: string, filter: Filter): void {
    const run = ++this.#run;
    this.#wake();
    this.thread.cancel();
    if (filter.kind === 'all') {
      this.#applied = { kind: 'none' };
      this.#done = Promise.resolve();
      this.#tell({ kind: 'filtered' });
      return;
    }
    const matches = new Matches();
    this.#applied = { kind: 'filter', text, filter, matches };
    this.#progress = { kind: 'filtering', scanned: 0 };
    this.#done = this.#scan(run, text, filter, matches);
    this.#done.then(
      () => {
        if (run === this.#run) this.#tell({ kind: 'filtered' });
      },
      (error: unknown) => {
        if (run !== this.#run || isCancelled(error)) return;
        const message = error instanceof Error ? error.message : String(error);
        this.host.log.warn(message);
        this.#tell({ kind: 'failed', message });
      },
    );
  }

  #tell(progress: Progress): void {
    this.#progress = progress;
    this.host.changed();
  }

  /** A name that no row has is said, although the filter stands: all its matches are shown. */
  #unknownName(rows: number): DatasetView['filter']['error'] {
    if (this.#names.length === 0) return null;
    const unknown = unknownName(this.#names, this.host.survey.names(rows));
    return unknown && { ...unknown, applied: true };
  }

  async #scan(run: number, text: string, filter: Filter, matches: Matches): Promise<void> {
    await this.#until(run, this.host.ready(false));
    const from = isColumnFilter(filter) ? await this.#followSurvey(run, filter, matches) : 0;
    if (from === null) return;
    await this.#until(run, this.host.ready(filterNeeds(filter).decision));
    const { lens, extraction } = this.host.reader();
    const { survey } = this.host;
    const codes = survey.codes(this.host.edits.touched());
    const task = {
      ...this.host.input(),
      ...codes,
      folders: this.host.folders(),
      text,
      lens,
      extraction,
      from,
    };
    await this.thread.run({ kind: 'filter', ...task }, (message) => {
      if (message.kind !== 'hits' || run !== this.#run) return;
      matches.append(message.hits);
      this.#tell({ kind: 'filtering', scanned: message.to });
    });
  }

  /** Goes through the rows as the survey does and reads none; returns the first row that is left, or null. */
  async #followSurvey(run: number, filter: Filter, matches: Matches): Promise<number | null> {
    const { survey } = this.host;
    const { lines, starts } = this.host.input().rows;
    const needsVerdict = filterNeeds(filter).verdict;
    const test = this.#columnTest(filter, lines);
    for (let from = 0; ; ) {
      const all = Math.min(starts.length, survey.identified, needsVerdict ? survey.graded : starts.length);
      const known = Math.min(all, from + rowsATurn);
      const hits: number[] = [];
      let at = from;
      for (let passes: boolean | null = false; at < known; at++) {
        passes = this.#isBlank(at) ? false : test(at);
        if (passes === null) break;
        if (passes) hits.push(at);
      }
      if (at > from) {
        matches.append(Uint32Array.from(hits));
        from = at;
        this.#tell({ kind: 'filtering', scanned: at });
      }
      if (from >= starts.length) return null;
      if (at < known || (known === all && !this.host.isScanning())) return from;
      await this.#until(run, known < all ? nextTurn() : this.#news());
    }
  }

  /** Resolves when more is known of the rows, or a newer filter took the place of this one. */
  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #columnTest(filter: Filter, lines: Uint32Array | null): ColumnTest {
    const { survey, edits } = this.host;
    const reader = this.host.reader();
    const graded = (index: number, text: string): VerdictName => {
      const row = reader.view(readRowText(text), { index, line: index + 1, hash: '' });
      return row.status === 'ok' ? (reader.verdict(row.trace)?.state ?? 'none') : 'none';
    };
    return compileColumns(filter, {
      verdict: (index) => {
        const text = edits.current(index);
        return text === null ? survey.verdict(index) : graded(index, text);
      },
      decision: (index) => decisionOf(survey.decisions[index]),
      edited: (index) => edits.text(index) !== null,
      line: (index) => lines?.[index] ?? index + 1,
    });
  }

  #isBlank(index: number): boolean {
    const { survey, edits } = this.host;
    const text = edits.current(index);
    return text === null
      ? survey.statuses[index] === statusCodes.blank
      : readRowText(text).status === 'blank';
  }

  async #until(run: number, event: Promise<void>): Promise<void> {
    await event;
    if (run !== this.#run) throw new AppError('cancelled', 'A newer filter took its place.');
  }
}

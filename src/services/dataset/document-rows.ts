import type { Column } from '../../core/dataset/columns.ts';
import { decisionOf } from '../../core/dataset/decisions.ts';
import { faultBits, type VerdictName, verdictCodes } from '../../core/dataset/row-codes.ts';
import { AppError } from '../../core/errors.ts';
import type { Decision } from '../../core/trace/trace.ts';
import { applyEdit, type TraceEdit } from '../../core/trace/trace-edit.ts';
import { ImageFaults } from '../images/image-faults.ts';
import { columnCell } from './column-values.ts';
import type { EditedRow, EditedRows } from './edited-rows.ts';
import { readRow, readRowText, rowHash } from './row-reading.ts';
import type { RowSource } from './row-source.ts';
import { faultsOf, type RowReader, type ViewedRow } from './row-view.ts';
import { SharedStart } from './shared-start.ts';
import type { Survey } from './survey.ts';
import { type RowState, summarise } from './trace-data.ts';
import type { Edit, RowSummaryData } from './views.ts';

export interface RowsHost {
  source(): RowSource;
  reader(): RowReader;
  /** Folders that images may come from. */
  folders(): readonly string[];
  readonly edits: EditedRows;
  readonly survey: Survey;
  /** What the decisions file says of a row that no scan has reached; it may be one of several equal ones. */
  guessDecision(hash: string): Decision | null;
  revision(): number;
  /** A row got another text. */
  changed(row: EditedRow): void;
  /** A row was found to have other problems than a scan had found. */
  counted(): void;
  /** Resolves when what changed so far would survive a crash. */
  kept(): Promise<void>;
}

const batchBytes = 8 << 20;

/** The rows of one open dataset: bytes of the file with unsaved edits over them, seen through the lens. */
export class DocumentRows {
  readonly #images = new ImageFaults();
  readonly #start = new SharedStart();

  constructor(private readonly host: RowsHost) {}

  /** The index itself; throws request-invalid when there is no such row. */
  checked(index: number): number {
    const { count } = this.host.source().index;
    if (Number.isInteger(index) && index >= 0 && index < count) return index;
    throw new AppError('request-invalid', `There is no row ${index}: the file has ${count}.`);
  }

  /** Line of the file that the row begins on, from 1; throws request-invalid when there is no such row. */
  line(index: number): number {
    return this.host.source().index.place(this.checked(index)).line;
  }

  async row(index: number, signal?: AbortSignal): Promise<ViewedRow> {
    return this.#viewOf(this.checked(index), await this.#bytes(index, signal));
  }

  /** Lines of the list, each with its cells of `columns`; long rows are read a few at a time. */
  async summaries(
    indexes: readonly number[],
    columns: readonly Column[],
    signal?: AbortSignal,
  ): Promise<RowSummaryData[]> {
    const summaries: RowSummaryData[] = [];
    const start = await this.#sharedStart(signal);
    for (let from = 0; from < indexes.length; ) {
      let to = from;
      for (let bytes = 0; to < indexes.length && (to === from || bytes < batchBytes); to++)
        bytes += this.host.source().index.place(indexes[to] as number).length;
      const batch = indexes.slice(from, to);
      const rows = await this.host.source().read(batch, signal);
      const found = batch.map((index, slot) => this.#summary(index, rows[slot] ?? null, columns, start));
      summaries.push(...(await Promise.all(found)));
      from = to;
    }
    return summaries;
  }

  state(index: number, row: ViewedRow): RowState {
    const { survey, edits } = this.host;
    const isIdentified = index < survey.identified;
    const hash = row.status === 'ok' ? row.trace.hash : '';
    return {
      index,
      line: this.line(index),
      revision: edits.revision(index),
      decision: isIdentified ? decisionOf(survey.decisions[index]) : this.host.guessDecision(hash),
      edited: edits.text(index) !== null,
    };
  }

  /** Makes an edit of what a person sees in the row's own text; refused when the row changed since `revision`. */
  async edit(index: number, revision: number, label: string, edit: TraceEdit): Promise<Edit> {
    const { edits } = this.host;
    const bytes = await this.#bytes(this.checked(index));
    if (!bytes)
      throw new AppError('row-unreadable', 'The row is longer than 64 MB and cannot be edited here.');
    if (revision !== edits.revision(index))
      throw new AppError(
        'request-invalid',
        'The trace was changed meanwhile.',
        'Look at it again, then edit.',
      );
    const row = this.#viewOf(index, bytes);
    if (row.status !== 'ok')
      throw new AppError('row-unreadable', 'A broken row cannot be edited here.', 'Open the file as text.');
    const result = applyEdit(row.text, row.trace, edit);
    if (!result.ok) throw new AppError('request-invalid', result.message);
    if (readRowText(result.line).status !== 'ok')
      throw new AppError('internal', 'The edit would have broken the row; nothing was changed.');
    const before = row.text;
    const after = result.line;
    const touched = edits.touch(index, bytes.toString('utf8'), row.trace.hash);
    const give = async (text: string): Promise<number | null> => {
      this.put(touched, text);
      await this.host.kept();
      return touched.isPlaced ? touched.index : null;
    };
    await give(after);
    return { label, undo: () => give(before), redo: () => give(after) };
  }

  /** Lays an unsaved text over a row of which `base` is the text on disk. */
  adopt(index: number, base: Buffer, text: string): EditedRow {
    const row = this.host.edits.touch(index, base.toString('utf8'), rowHash(base));
    this.put(row, text);
    return row;
  }

  /** Gives a row that was touched before another text, and grades it. */
  put(row: EditedRow, text: string): void {
    this.host.edits.set(row, text, this.host.revision() + 1);
    this.#changed(row);
  }

  /** Gives a touched row its place in a file that was read anew, unless an unsaved edit was made there meanwhile. */
  place(row: EditedRow, index: number): void {
    if (this.host.edits.place(row, index, this.host.revision() + 1)) this.#changed(row);
  }

  #changed(row: EditedRow): void {
    if (row.isPlaced && row.index < this.host.survey.graded) this.#grade(row.index);
    this.host.changed(row);
  }

  /** Grades touched rows of `from`..`to` again: a scan saw them as they were when it began. */
  gradeTouched(from: number, to: number): void {
    for (const index of this.host.edits.touched()) if (index >= from && index < to) this.#grade(index);
  }

  #grade(index: number): void {
    const row = this.#viewOf(index, null);
    const verdict = row.status === 'ok' ? this.host.reader().verdict(row.trace)?.state : undefined;
    this.host.survey.setVerdict(index, verdictCodes[verdict ?? 'none']);
    const image = (this.host.survey.faults[index] ?? 0) & faultBits.image;
    this.host.survey.setFaults(index, faultsOf(row) | image);
  }

  async savedLine(index: number): Promise<string> {
    const base = this.host.edits.base(this.checked(index));
    return base ? base.text : ((await this.#bytes(index))?.toString('utf8') ?? '');
  }

  async currentLine(index: number): Promise<string> {
    return this.host.edits.text(this.checked(index)) ?? this.savedLine(index);
  }

  async savedBytes(index: number): Promise<Buffer> {
    return (await this.#bytes(this.checked(index))) ?? Buffer.alloc(0);
  }

  async #bytes(index: number, signal?: AbortSignal): Promise<Buffer | null> {
    return (await this.host.source().read([index], signal))[0] ?? null;
  }

  /** What the prompts of all rows begin with, as far as the first ones tell. */
  #sharedStart(signal: AbortSignal | undefined): Promise<string> {
    const source = this.host.source();
    const read = async (indexes: readonly number[]) => {
      let bytes = 0;
      const few = indexes.filter((index) => {
        bytes += source.index.place(index).length;
        return bytes <= batchBytes;
      });
      const rows = await source.read(few, signal);
      return few.map((index, slot) => this.#viewOf(index, rows[slot] ?? null));
    };
    return this.#start.of(source.index.count, [source, this.host.reader()], read);
  }

  async #summary(
    index: number,
    bytes: Buffer | null,
    columns: readonly Column[],
    start: string,
  ): Promise<RowSummaryData> {
    const row = this.#viewOf(index, bytes);
    const faults = row.status === 'ok' ? await this.#images.of(row.trace, this.host.folders()) : [];
    this.#count(index, faultsOf(row) | (faults.length > 0 ? faultBits.image : 0));
    const cells = columns.map((column) => columnCell(column, row, this.host.reader()));
    return { ...summarise(row, this.state(index, row), this.#verdict(index, row), faults, start), cells };
  }

  /** Of a row that a scan has counted, what is seen now holds. */
  #count(index: number, bits: number): void {
    const { survey } = this.host;
    if (index >= survey.graded || survey.faults[index] === bits) return;
    survey.setFaults(index, bits);
    this.host.counted();
  }

  #verdict(index: number, row: ViewedRow): VerdictName {
    const known = this.host.survey.verdict(index);
    if (known !== null) return known;
    // A pattern may take long on hostile text: that is the scanning thread's, which can be killed.
    if (this.host.reader().extraction.startsWith('regex:')) return 'none';
    return row.status === 'ok' ? (this.host.reader().verdict(row.trace)?.state ?? 'none') : 'none';
  }

  #viewOf(index: number, bytes: Buffer | null): ViewedRow {
    const { edits } = this.host;
    const text = edits.text(index) ?? (bytes === null ? edits.base(index)?.text : undefined);
    const hash = edits.base(index)?.hash ?? (bytes === null ? '' : rowHash(bytes));
    const line = this.line(index);
    return this.host
      .reader()
      .view(text === undefined ? readRow(bytes) : readRowText(text), { index, line, hash });
  }
}

import { resolve } from 'node:path';
import { parseColumn } from '../../core/dataset/columns.ts';
import { completeFilter } from '../../core/dataset/filter-complete.ts';
import type { Extraction } from '../../core/run/spec.ts';
import type { Decision } from '../../core/trace/trace.ts';
import { throwIfAborted } from '../cancelled.ts';
import { datasetView } from './dataset-view.ts';
import { DecisionsFile, decisionsPath } from './decisions-file.ts';
import { type DocumentParts, documentParts } from './document-parts.ts';
import { DocumentSource, type OpenOptions } from './document-source.ts';
import type { UnsavedRow } from './journal.ts';
import type { ViewedRow } from './row-view.ts';
import { sweepTemps } from './save.ts';
import type {
  ChangeReason,
  DatasetView,
  DiskState,
  Edit,
  EditTarget,
  FacetsView,
  FilterCompletion,
  ImageData,
  Misfits,
  OpenDataset,
  Recovery,
  ReloadOutcome,
  RowChoices,
  RowsPage,
  TraceData,
} from './views.ts';

/**
 * One open dataset: rows read on demand from the person's own file, unsaved edits over them, and what background
 * threads found out about all rows. Nothing is written before `save` but decisions, which have a file of their own, and
 * a journal of unsaved rows outside the person's folders.
 */
export class TraceDocument implements OpenDataset {
  readonly #options: OpenOptions;
  readonly #source: DocumentSource;
  readonly #parts: DocumentParts;
  #disposed = false;

  private constructor(options: OpenOptions, source: DocumentSource, decisions: DecisionsFile) {
    this.#options = options;
    this.#source = source;
    this.#parts = documentParts(options, source, decisions);
    this.#parts.scans.start();
  }

  /** Resolves as soon as the first rows are there; the others are found in a thread. */
  static async open(path: string, options: OpenOptions, signal?: AbortSignal): Promise<TraceDocument> {
    const full = resolve(path);
    await sweepTemps(full);
    const source = await DocumentSource.open(full, options, signal);
    try {
      const decisions = await DecisionsFile.open(decisionsPath(full));
      throwIfAborted(signal);
      return new TraceDocument(options, source, decisions);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  get path(): string {
    return this.#source.path;
  }

  get revision(): number {
    return this.#parts.signal.revision;
  }

  get rows(): number {
    return this.#source.current.index.count;
  }

  get dirty(): boolean {
    return this.#parts.edits.isDirty;
  }

  get extraction(): Extraction {
    return this.#source.reader.extraction;
  }

  onChange(listener: (reasons: ReadonlySet<ChangeReason>) => void): () => void {
    return this.#parts.signal.on(listener);
  }

  view(): DatasetView {
    return datasetView(this.#source, this.#parts);
  }

  /** How many rows are JSON, broken, blank; complete once `surveyed` has resolved. */
  statusCounts(): { ok: number; broken: number; blank: number } {
    return this.#parts.survey.statusCounts();
  }

  indexed(): Promise<void> {
    return this.#source.current.indexed;
  }

  /** Resolves when every row was graded and its decision found; with `images`, when these were looked for as well. */
  surveyed(what: 'rows' | 'images' = 'rows'): Promise<void> {
    return this.#parts.scans.surveyed(what);
  }

  surveyAgain(): void {
    this.#parts.scans.startNow();
  }

  rowsRead(
    position: number,
    count: number,
    columns: readonly string[] = [],
    signal?: AbortSignal,
  ): Promise<RowsPage> {
    return this.#parts.list.read(position, count, columns, signal);
  }

  positionRead(index: number): number {
    return this.#parts.list.position(index);
  }

  traceRead(index: number, signal?: AbortSignal): Promise<TraceData> {
    return this.#parts.traces.read(index, signal);
  }

  /** A row through the lens, unsaved edits included. */
  row(index: number, signal?: AbortSignal): Promise<ViewedRow> {
    return this.#parts.rows.row(index, signal);
  }

  /** Line of the file that the row begins on, from 1. */
  line(index: number): number {
    return this.#parts.rows.line(index);
  }

  imageRead(
    index: number,
    image: number,
    size: 'thumbnail' | 'full',
    signal?: AbortSignal,
  ): Promise<ImageData> {
    return this.#parts.traces.image(index, image, size, signal);
  }

  gradingTexts(index: number): Promise<{ completion: string; groundTruth: string }> {
    return this.#parts.traces.gradingTexts(index);
  }

  editSegment(index: number, revision: number, start: number, end: number, text: string): Promise<Edit> {
    return this.#parts.rows.edit(index, revision, 'Edit Completion', {
      kind: 'completion',
      start,
      end,
      text,
    });
  }

  editValue(index: number, revision: number, target: EditTarget, text: string): Promise<Edit> {
    if (target.kind === 'ground-truth')
      return this.#parts.rows.edit(index, revision, 'Edit Ground Truth', { kind: 'ground-truth', text });
    const { turn, part } = target;
    return this.#parts.rows.edit(index, revision, 'Edit Prompt', { kind: 'prompt', turn, part, text });
  }

  setFilter(text: string): Promise<void> {
    return this.#parts.scans.setFilter(text);
  }

  /** Resolves when the filter has looked at every row. */
  filtered(): Promise<void> {
    return this.#parts.scans.filter.done();
  }

  setSort(sort: { column: string; descending: boolean } | null): Promise<void> {
    return this.#parts.scans.order.set(sort && { ...sort, column: parseColumn(sort.column) });
  }

  /** Resolves when the list is in its order. */
  sorted(): Promise<void> {
    return this.#parts.scans.order.done();
  }

  facetsRead(signal?: AbortSignal): Promise<FacetsView> {
    return this.#parts.scans.facets.read(signal);
  }

  completeFilter(text: string, caret: number): FilterCompletion[] {
    return completeFilter(text, caret, this.view().fields, this.#parts.survey.kinds);
  }

  async setShape(name: string): Promise<Misfits> {
    const misfits = await this.#source.setShape(name);
    this.#readAnew();
    return misfits;
  }

  setExtraction(rule: Extraction): void {
    this.#source.setExtraction(rule);
    this.#readAnew();
  }

  async decide(
    index: number,
    decision: Decision | null,
    reading?: number,
  ): Promise<DatasetView['decisions']> {
    await this.#parts.decisions.decide(index, decision, reading);
    return this.#parts.decisions.counts();
  }

  decideFiltered(decision: Decision | null, signal?: AbortSignal): Promise<number> {
    return this.#parts.decisions.decideFiltered(decision, signal);
  }

  /** The decisions in the filtered list that `decideFiltered` would replace. */
  decisionsReplaced(decision: Decision | null): Promise<DatasetView['decisions']> {
    return this.#parts.decisions.replacedBy(decision);
  }

  undoDecision(): Promise<number | null> {
    return this.#parts.decisions.undo();
  }

  /** Resolves when all decisions so far are on disk. */
  flush(): Promise<void> {
    return this.#parts.decisions.flush();
  }

  async save(signal?: AbortSignal): Promise<void> {
    await this.#parts.disk.save(signal);
    await this.flush();
  }

  saveAs(path: string, signal?: AbortSignal): Promise<void> {
    return this.#parts.disk.saveAs(path, signal);
  }

  revert(signal?: AbortSignal): Promise<void> {
    return this.#parts.disk.revert(signal);
  }

  reload(follow?: readonly number[], signal?: AbortSignal): Promise<ReloadOutcome> {
    return this.#parts.disk.reload(follow, signal);
  }

  strays(): string[] {
    return this.#parts.edits.strays().map(({ text }) => text);
  }

  forgetStrays(): Promise<void> {
    return this.#parts.disk.forgetStrays();
  }

  recover(): Promise<Recovery | null> {
    return this.#parts.disk.recover();
  }

  backup(): Promise<string> {
    return this.#parts.disk.backup();
  }

  checkDisk(): Promise<DiskState> {
    return this.#parts.disk.check();
  }

  savedLine(index: number): Promise<string> {
    return this.#parts.rows.savedLine(index);
  }

  currentLine(index: number): Promise<string> {
    return this.#parts.rows.currentLine(index);
  }

  /** The row's bytes on disk, exactly. */
  savedBytes(index: number): Promise<Buffer> {
    return this.#parts.rows.savedBytes(index);
  }

  editedRows(): number[] {
    return this.#parts.edits.dirty();
  }

  /** Rows whose text differs from the file, for what reads the file and wants them as they are here. */
  unsavedRows(): UnsavedRow[] {
    return this.#parts.edits.unsaved();
  }

  /** How many traces each way to choose rows gives; waits until all rows are known. */
  rowChoices(): Promise<RowChoices> {
    return this.#parts.decisions.choices();
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#parts.signal.dispose();
    this.#parts.scans.dispose();
    this.#parts.traces.dispose();
    await this.#parts.disk.dispose();
    await this.flush().catch((error: unknown) => this.#options.log.error(String(error)));
    await this.#source.close();
  }

  #readAnew(): void {
    this.#parts.scans.readAnew();
    this.#parts.signal.changed('verdicts');
  }
}

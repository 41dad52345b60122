import { basename, dirname, resolve } from 'node:path';
import { completeFilter } from '../../core/dataset/filter-complete.ts';
import { statusCodes } from '../../core/dataset/row-codes.ts';
import { AppError } from '../../core/errors.ts';
import type { Extraction } from '../../core/run/spec.ts';
import type { FieldMap } from '../../core/trace/lens.ts';
import type { Decision } from '../../core/trace/trace.ts';
import { extractionProblem } from '../../core/verify/extract.ts';
import { TraceImages } from '../images/trace-images.ts';
import type { Assets, Log, Settings } from '../ports.ts';
import { ChangeSignal } from './change-signal.ts';
import { DatasetShape } from './dataset-shape.ts';
import { DecisionKeeper } from './decision-keeper.ts';
import { DecisionsFile, decisionsPath } from './decisions-file.ts';
import { DocumentDisk } from './document-disk.ts';
import { DocumentRows } from './document-rows.ts';
import { EditedRows } from './edited-rows.ts';
import { throwIfAborted } from './file-errors.ts';
import { FilterRun } from './filter-run.ts';
import { openRowSource, type RowSource } from './row-source.ts';
import { RowReader, type ViewedRow } from './row-view.ts';
import { sweepTemps } from './save.ts';
import { ScanThread } from './scan-thread.ts';
import { Survey } from './survey.ts';
import { SurveyRun } from './survey-run.ts';
import { traceData } from './trace-data.ts';
import type {
  ChangeReason,
  DocumentSnapshot,
  Edit,
  EditTarget,
  FilterCompletion,
  ImageData,
  OpenDataset,
  ReloadOutcome,
  RowsPage,
  TraceData,
} from './views.ts';

export interface OpenOptions {
  readonly assets: Assets;
  readonly settings: Pick<Settings, 'imageRoots'>;
  /** Folder for caches of this host, or null for none. */
  readonly cacheFolder: string | null;
  readonly log: Log;
  /** A shape's name; `auto` or nothing to recognise it. */
  readonly shape?: string;
  readonly map?: FieldMap;
  readonly extraction?: Extraction;
  /** False leaves grading and decisions of unseen rows for later: rows only. Default true. */
  readonly survey?: boolean;
}

/** What a person adds to a decision. */
interface DecisionExtra {
  readonly label?: string;
  readonly note?: string;
}

/**
 * One open dataset: rows read on demand from the person's own file, unsaved edits over them, and what background
 * threads found out about all rows. Nothing is written before `save` but decisions, which have a file of their own.
 */
export class TraceDocument implements OpenDataset {
  readonly path: string;
  readonly #options: OpenOptions;
  readonly #signal = new ChangeSignal();
  readonly #edits = new EditedRows();
  readonly #survey = new Survey();
  readonly #images: TraceImages;
  readonly #scans: SurveyRun;
  readonly #filter: FilterRun;
  readonly #decisions: DecisionKeeper;
  readonly #rows: DocumentRows;
  readonly #disk: DocumentDisk;
  readonly #shape: DatasetShape;
  #source: RowSource;
  #reader: RowReader;
  #disposed = false;

  private constructor(
    path: string,
    options: OpenOptions,
    source: RowSource,
    decisions: DecisionsFile,
    shape: DatasetShape,
  ) {
    const { assets, log } = options;
    this.path = path;
    this.#options = options;
    this.#source = source;
    this.#shape = shape;
    this.#reader = new RowReader(shape.lens, options.extraction ?? 'boxed');
    this.#images = new TraceImages(assets, log);
    const changed = (reason: ChangeReason): void => this.#changed(reason);
    const shared = { edits: this.#edits, survey: this.#survey, source: () => this.#source, changed };
    const scanned = {
      input: () => ({ path, rows: this.#source.index.block(), edits: this.#edits.texts() }),
      reader: () => this.#reader,
      changed,
      log,
    };
    this.#decisions = new DecisionKeeper(decisions, this.#survey, log, () => changed('decisions'));
    this.#scans = new SurveyRun(new ScanThread(assets), this.#survey, {
      ...scanned,
      changed: (reason) => {
        changed(reason);
        this.#filter.advance();
      },
      graded: (from, to) => this.#rows.gradeTouched(from, to),
      decisionFor: ({ hash, occurrence }) => decisions.fold.of(hash, occurrence),
    });
    this.#filter = new FilterRun(new ScanThread(assets), {
      ...scanned,
      changed: () => changed('filter'),
      survey: this.#survey,
      edits: this.#edits,
      isScanning: () => this.#scans.isRunning,
      ready: (needsDecisions) => (needsDecisions ? this.#identified() : this.#source.indexed),
    });
    this.#rows = new DocumentRows({
      ...shared,
      reader: () => this.#reader,
      revision: () => this.revision,
      guessDecision: (hash) => decisions.fold.of(hash, 0),
      changed: () => changed('edit'),
    });
    this.#disk = new DocumentDisk({
      ...shared,
      path,
      log,
      rows: this.#rows,
      decisions: this.#decisions,
      identified: () => this.#identified(),
      scanAnew: () => this.#scans.start(),
      reopen: (signal) => this.#reopen(signal),
    });
  }

  /** Resolves as soon as the first rows are there; the others are found in a thread. */
  static async open(path: string, options: OpenOptions, signal?: AbortSignal): Promise<TraceDocument> {
    const full = resolve(path);
    await sweepTemps(full);
    let grew = (): void => undefined;
    const source = await openRowSource(full, options.assets, () => grew(), signal);
    try {
      const decisions = await DecisionsFile.open(decisionsPath(full));
      const shape = await DatasetShape.of(source, options.shape, options.map);
      const document = new TraceDocument(full, options, source, decisions, shape);
      throwIfAborted(signal);
      grew = () => document.#grew();
      document.#start();
      return document;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  get revision(): number {
    return this.#signal.revision;
  }

  get rows(): number {
    return this.#source.index.count;
  }

  get dirty(): boolean {
    return this.#edits.isDirty;
  }

  get extraction(): Extraction {
    return this.#reader.extraction;
  }

  onChange(listener: (reasons: ReadonlySet<ChangeReason>) => void): () => void {
    return this.#signal.on(listener);
  }

  view(): DocumentSnapshot {
    const { state } = this.#source;
    const survey = this.#survey;
    const isIdentified = survey.identified >= this.rows;
    return {
      name: basename(this.path),
      revision: this.revision,
      state:
        state.kind === 'failed'
          ? { kind: 'failed', message: state.error.message, hint: state.error.hint }
          : { ...state },
      rows: this.rows,
      shape: this.#shape.view(),
      extraction: this.extraction,
      filter: this.#filter.view(this.rows),
      verdicts: { ...survey.verdictCounts(), scanned: Math.min(survey.graded, this.rows) },
      decisions: isIdentified ? survey.decisionCounts() : this.#decisions.file.fold.counts(),
      problems: survey.problems.map((problem) => ({ ...problem })),
      readOnly: null,
      changedOnDisk: this.#disk.changedOnDisk,
      fields: [...survey.fields],
    };
  }

  /** How many rows are JSON, broken, blank; complete once `surveyed` has resolved. */
  statusCounts(): { ok: number; broken: number; blank: number } {
    return this.#survey.statusCounts();
  }

  indexed(): Promise<void> {
    return this.#source.indexed;
  }

  /** Resolves when every row was graded and its decision found. */
  async surveyed(): Promise<void> {
    await this.#source.indexed;
    await this.#scans.done();
  }

  async rowsRead(position: number, count: number, signal?: AbortSignal): Promise<RowsPage> {
    const matched = this.#filter.count(this.rows);
    const from = Math.max(0, Math.min(position, matched));
    const indexes: number[] = [];
    for (let at = from; at < Math.min(from + count, matched); at++) {
      const index = this.#filter.at(at);
      if (index !== undefined && index < this.rows) indexes.push(index);
    }
    const rows = await this.#rows.summaries(indexes, signal);
    return { revision: this.revision, matched, position: from, rows };
  }

  positionRead(index: number): number {
    return this.#filter.position(index, this.rows);
  }

  async traceRead(index: number, signal?: AbortSignal): Promise<TraceData> {
    const row = await this.#rows.row(index, signal);
    return traceData(row, this.#rows.state(index, row), this.#reader, this.#folders());
  }

  /** A row through the lens, unsaved edits included. */
  row(index: number, signal?: AbortSignal): Promise<ViewedRow> {
    return this.#rows.row(index, signal);
  }

  async imageRead(
    index: number,
    image: number,
    size: 'thumbnail' | 'full',
    signal?: AbortSignal,
  ): Promise<ImageData> {
    const row = await this.#rows.row(index, signal);
    const ref = row.status === 'ok' ? row.trace.images[image] : undefined;
    if (row.status !== 'ok' || !ref) return { status: 'refused', message: 'The row has no such image.' };
    return this.#images.read(ref, row.json, this.#folders(), size, signal);
  }

  async gradingTexts(index: number): Promise<{ completion: string; groundTruth: string }> {
    const row = await this.#rows.row(index);
    const trace = row.status === 'ok' ? row.trace : null;
    // A ground truth that was taken from the completion's own box would always be met.
    if (trace?.completion && trace.groundTruth?.at)
      return { completion: trace.completion.text, groundTruth: trace.groundTruth.text };
    const lacks = trace?.completion ? 'a ground truth of its own' : 'a completion';
    throw new AppError(
      'request-invalid',
      `This row cannot be graded: it lacks ${lacks}.`,
      'Add it to the row, or choose the shape in which it is recognised.',
    );
  }

  editSegment(index: number, revision: number, start: number, end: number, text: string): Promise<Edit> {
    return this.#rows.edit(index, revision, 'Edit Completion', { kind: 'completion', start, end, text });
  }

  editValue(index: number, revision: number, target: EditTarget, text: string): Promise<Edit> {
    if (target.kind === 'ground-truth')
      return this.#rows.edit(index, revision, 'Edit Ground Truth', { kind: 'ground-truth', text });
    const { turn, part } = target;
    return this.#rows.edit(index, revision, 'Edit Prompt', { kind: 'prompt', turn, part, text });
  }

  setFilter(text: string): Promise<void> {
    return this.#filter.set(text);
  }

  /** Resolves when the filter has looked at every row. */
  filtered(): Promise<void> {
    return this.#filter.done();
  }

  completeFilter(text: string, caret: number): FilterCompletion[] {
    return completeFilter(text, caret, this.#survey.fields, this.#survey.kinds);
  }

  async setShape(name: string): Promise<void> {
    await this.#shape.choose(name, this.#source);
    this.#readAnew(new RowReader(this.#shape.lens, this.extraction));
  }

  setExtraction(rule: Extraction): void {
    const problem = extractionProblem(rule);
    if (problem !== null)
      throw new AppError(
        'request-invalid',
        `This pattern cannot be used: ${problem}.`,
        'Patterns follow RE2.',
      );
    this.#readAnew(new RowReader(this.#reader.lens, rule));
  }

  /** Resolves when the decision is on disk. */
  async decide(
    index: number,
    decision: Decision | null,
    extra: DecisionExtra = {},
  ): Promise<DocumentSnapshot['decisions']> {
    await this.#identified(this.#rows.checked(index) + 1);
    this.#decisions.decide([index], decision, extra);
    await this.flush();
    return this.view().decisions;
  }

  /** Decides every readable row of the filtered list as one step; returns how many changed. */
  async decideFiltered(decision: Decision | null): Promise<number> {
    await this.#filter.done();
    await this.#identified();
    const { statuses } = this.#survey;
    const readable = function* (rows: Iterable<number>): Iterable<number> {
      for (const index of rows) if (statuses[index] === statusCodes.ok) yield index;
    };
    const changed = this.#decisions.decide(readable(this.#filter.rows(this.rows)), decision);
    await this.flush();
    return changed;
  }

  async undoDecision(): Promise<number | null> {
    const index = this.#decisions.undo();
    await this.flush();
    return index;
  }

  /** Resolves when all decisions so far are on disk. */
  flush(): Promise<void> {
    return this.#decisions.file.flush();
  }

  async save(signal?: AbortSignal): Promise<void> {
    await this.#disk.save(signal);
    await this.flush();
  }

  saveAs(path: string, signal?: AbortSignal): Promise<void> {
    return this.#disk.saveAs(path, signal);
  }

  revert(signal?: AbortSignal): Promise<void> {
    return this.#disk.revert(signal);
  }

  reload(signal?: AbortSignal): Promise<ReloadOutcome> {
    return this.#disk.reload(signal);
  }

  writeBackup(path: string): Promise<void> {
    return this.#disk.writeBackup(path);
  }

  restoreBackup(path: string): Promise<ReloadOutcome> {
    return this.#disk.restoreBackup(path);
  }

  checkDisk(): Promise<'same' | 'changed' | 'gone'> {
    return this.#disk.check();
  }

  savedLine(index: number): Promise<string> {
    return this.#rows.savedLine(index);
  }

  currentLine(index: number): Promise<string> {
    return this.#rows.currentLine(index);
  }

  /** The row's bytes on disk, exactly. */
  savedBytes(index: number): Promise<Buffer> {
    return this.#rows.savedBytes(index);
  }

  editedRows(): number[] {
    return this.#edits.dirty();
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#signal.dispose();
    this.#scans.dispose();
    this.#filter.dispose();
    this.#images.dispose();
    await this.flush().catch((error: unknown) => this.#options.log.error(String(error)));
    await this.#source.close();
  }

  #folders(): readonly string[] {
    const folder = dirname(this.path);
    return [folder, ...this.#options.settings.imageRoots.map((root) => resolve(folder, root))];
  }

  #changed(reason: ChangeReason): void {
    if (!this.#disposed) this.#signal.changed(reason);
  }

  #grew(): void {
    this.#survey.resize(this.rows);
    this.#changed('index');
  }

  async #identified(rows?: number): Promise<void> {
    await this.#source.indexed;
    await this.#scans.identified(rows);
  }

  #start(): void {
    this.#survey.resize(this.rows);
    const source = this.#source;
    source.indexed.then(
      () => {
        if (!this.#disposed && source === this.#source && this.#options.survey !== false) this.#scans.start();
      },
      (error: AppError) => {
        if (error.code !== 'cancelled') this.#options.log.warn(error.message);
      },
    );
  }

  #readAnew(reader: RowReader): void {
    this.#reader = reader;
    this.#scans.restartVerdicts();
    this.#filter.again();
    this.#changed('verdicts');
  }

  async #reopen(signal?: AbortSignal): Promise<void> {
    const source = await openRowSource(this.path, this.#options.assets, () => this.#grew(), signal);
    await this.#shape.lookAgain(source);
    const before = this.#source;
    this.#source = source;
    this.#reader = new RowReader(this.#shape.lens, this.extraction);
    this.#edits.clear();
    this.#scans.stop();
    this.#survey.reset();
    this.#start();
    this.#filter.again();
    await before.close();
  }
}

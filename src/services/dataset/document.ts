import { basename, dirname, resolve } from 'node:path';
import { decisionOf } from '../../core/dataset/decisions.ts';
import { verdictCodes } from '../../core/dataset/row-codes.ts';
import { AppError } from '../../core/errors.ts';
import type { Extraction } from '../../core/run/spec.ts';
import { type DetectedShape, type FieldMap, type LensChoice, lensInfos } from '../../core/trace/lens.ts';
import type { Decision } from '../../core/trace/trace.ts';
import { applyEdit, type TraceEdit } from '../../core/trace/trace-edit.ts';
import { extractionProblem } from '../../core/verify/extract.ts';
import { TraceImages } from '../images/trace-images.ts';
import type { Assets, Log, Settings } from '../ports.ts';
import { readBackupFile, type UnsavedRow, writeBackupFile } from './backup.ts';
import { ChangeSignal } from './change-signal.ts';
import { DecisionKeeper } from './decision-keeper.ts';
import { DecisionsFile, decisionsPath } from './decisions-file.ts';
import { detectIn } from './detect.ts';
import { EditedRows } from './edited-rows.ts';
import { throwIfAborted } from './file-errors.ts';
import { FilterRun } from './filter-run.ts';
import { fingerprintAt, sameFingerprint } from './fingerprint.ts';
import { readRow, readRowText, rowHash } from './row-reading.ts';
import { openRowSource, type RowSource } from './row-source.ts';
import { RowReader, type ViewedRow } from './row-view.ts';
import { type Splice, saveSpliced, sweepTemps } from './save.ts';
import { ScanThread } from './scan-thread.ts';
import { Survey } from './survey.ts';
import { SurveyRun } from './survey-run.ts';
import { type RowState, summarise, traceData } from './trace-data.ts';
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
  readonly #surveyRun: SurveyRun;
  readonly #filter: FilterRun;
  readonly #decisions: DecisionKeeper;
  #source: RowSource;
  #reader: RowReader;
  #shape: DetectedShape;
  #chosen: string | null;
  #changedOnDisk = false;
  #disposed = false;

  private constructor(
    path: string,
    options: OpenOptions,
    source: RowSource,
    decisions: DecisionsFile,
    shape: DetectedShape,
  ) {
    this.path = path;
    this.#options = options;
    this.#source = source;
    this.#shape = shape;
    this.#chosen = options.shape && options.shape !== 'auto' ? options.shape : null;
    this.#reader = new RowReader(this.#lens(), options.extraction ?? 'boxed');
    this.#images = new TraceImages(options.assets, options.log);
    this.#decisions = new DecisionKeeper(decisions, this.#survey, options.log, () =>
      this.#changed('decisions'),
    );
    this.#surveyRun = new SurveyRun(new ScanThread(options.assets), this.#survey, {
      input: () => ({ path, rows: this.#source.index.block(), edits: this.#edits.texts() }),
      reader: () => this.#reader,
      decisionFor: ({ hash, occurrence }) => decisions.fold.of(hash, occurrence),
      changed: (reason) => this.#changed(reason),
      log: options.log,
    });
    this.#filter = new FilterRun(new ScanThread(options.assets), {
      input: () => ({ path, rows: this.#source.index.block(), edits: this.#edits.texts() }),
      reader: () => this.#reader,
      decisions: () => this.#survey.decisions,
      ready: async (needsDecisions) => {
        await this.#source.indexed;
        if (needsDecisions) await this.#surveyRun.identified();
      },
      changed: () => this.#changed('filter'),
      log: options.log,
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
      const document = new TraceDocument(full, options, source, decisions, await detectIn(source));
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
    const chosen = this.#chosen === null ? undefined : lensInfos.find(({ name }) => name === this.#chosen);
    const shape = chosen ?? { name: this.#shape.shape, title: this.#shape.title, note: this.#shape.note };
    return {
      name: basename(this.path),
      revision: this.revision,
      state:
        state.kind === 'failed'
          ? { kind: 'failed', message: state.error.message, hint: state.error.hint }
          : { ...state },
      rows: this.rows,
      shape: {
        name: shape.name,
        title: shape.title,
        note: shape.note,
        chosen: chosen !== undefined,
        choices: lensInfos.map(({ name, title }) => ({ name, title })),
      },
      extraction: this.extraction,
      filter: this.#filter.view(this.rows),
      verdicts: { ...survey.verdictCounts(), scanned: Math.min(survey.graded, this.rows) },
      decisions: isIdentified ? survey.decisionCounts() : this.#decisions.file.fold.counts(),
      problems: survey.problems.map((problem) => ({ ...problem })),
      readOnly: null,
      changedOnDisk: this.#changedOnDisk,
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
    await this.#surveyRun.done();
  }

  async rowsRead(position: number, count: number, signal?: AbortSignal): Promise<RowsPage> {
    const matched = this.#filter.count(this.rows);
    const from = Math.max(0, Math.min(position, matched));
    const indexes: number[] = [];
    for (let at = from; at < Math.min(from + count, matched); at++) {
      const index = this.#filter.at(at);
      if (index !== undefined && index < this.rows) indexes.push(index);
    }
    const rows = await this.#view(indexes, signal);
    const summaries = rows.map((row, slot) => {
      const index = indexes[slot] as number;
      const verdict = this.#survey.verdict(index);
      const known =
        verdict ?? (row.status === 'ok' ? (this.#reader.verdict(row.trace)?.state ?? 'none') : 'none');
      return summarise(row, this.#state(index, row), known);
    });
    return { revision: this.revision, matched, position: from, rows: summaries };
  }

  positionRead(index: number): number {
    return this.#filter.position(index, this.rows);
  }

  async traceRead(index: number, signal?: AbortSignal): Promise<TraceData> {
    const row = await this.row(index, signal);
    return traceData(row, this.#state(index, row), this.#reader, this.#folders());
  }

  /** A row through the lens, unsaved edits included. */
  async row(index: number, signal?: AbortSignal): Promise<ViewedRow> {
    const [row] = await this.#view([this.#checked(index)], signal);
    return row as ViewedRow;
  }

  async imageRead(
    index: number,
    image: number,
    size: 'thumbnail' | 'full',
    signal?: AbortSignal,
  ): Promise<ImageData> {
    const row = await this.row(index, signal);
    const ref = row.status === 'ok' ? row.trace.images[image] : undefined;
    if (row.status !== 'ok' || !ref) return { status: 'refused', message: 'The row has no such image.' };
    return this.#images.read(ref, row.json, this.#folders(), size, signal);
  }

  async gradingTexts(index: number): Promise<{ completion: string; groundTruth: string }> {
    const row = await this.row(index);
    if (row.status === 'ok' && row.trace.completion && row.trace.groundTruth)
      return { completion: row.trace.completion.text, groundTruth: row.trace.groundTruth.text };
    throw new AppError(
      'request-invalid',
      'This row cannot be graded: it lacks a completion or a ground truth.',
    );
  }

  editSegment(index: number, revision: number, start: number, end: number, text: string): Promise<Edit> {
    return this.#edit(index, revision, 'Edit Completion', { kind: 'completion', start, end, text });
  }

  editValue(index: number, revision: number, target: EditTarget, text: string): Promise<Edit> {
    if (target.kind === 'ground-truth')
      return this.#edit(index, revision, 'Edit Ground Truth', { kind: 'ground-truth', text });
    const { turn, part } = target;
    return this.#edit(index, revision, 'Edit Prompt', { kind: 'prompt', turn, part, text });
  }

  setFilter(text: string): Promise<void> {
    return this.#filter.set(text);
  }

  /** Resolves when the filter has looked at every row. */
  filtered(): Promise<void> {
    return this.#filter.done();
  }

  completeFilter(text: string, caret: number): FilterCompletion[] {
    return this.#filter.complete(text, caret, this.#survey.fields);
  }

  async setShape(name: string): Promise<void> {
    if (name !== 'auto' && !lensInfos.some((info) => info.name === name))
      throw new AppError(
        'shape-unknown',
        `There is no dataset shape "${name}".`,
        'coldstart dataset shapes lists them.',
      );
    this.#chosen = name === 'auto' ? null : name;
    if (name === 'auto') this.#shape = await detectIn(this.#source);
    this.#reader = new RowReader(this.#lens(), this.extraction);
    this.#readAnew();
  }

  setExtraction(rule: Extraction): void {
    const problem = extractionProblem(rule);
    if (problem !== null)
      throw new AppError(
        'request-invalid',
        `This pattern cannot be used: ${problem}.`,
        'Patterns follow RE2.',
      );
    this.#reader = new RowReader(this.#reader.lens, rule);
    this.#readAnew();
  }

  async decide(
    index: number,
    decision: Decision | null,
    extra: { label?: string; note?: string } = {},
  ): Promise<DocumentSnapshot['decisions']> {
    await this.#surveyRun.identified(this.#checked(index) + 1);
    this.#decisions.decide([index], decision, extra);
    return this.view().decisions;
  }

  /** Decides the given rows as one step; returns how many changed. */
  async decideRows(
    indexes: Iterable<number>,
    decision: Decision | null,
    extra: { label?: string; note?: string } = {},
  ): Promise<number> {
    await this.#surveyRun.identified();
    return this.#decisions.decide(indexes, decision, extra);
  }

  async decideFiltered(decision: Decision | null): Promise<number> {
    await this.#filter.done();
    return this.decideRows(this.#filter.rows(this.rows), decision);
  }

  async undoDecision(): Promise<number | null> {
    return this.#decisions.undo();
  }

  async decision(index: number): Promise<Decision | null> {
    await this.#surveyRun.identified(index + 1);
    return decisionOf(this.#survey.decisions[index]);
  }

  /** Resolves when all decisions so far are on disk. */
  flush(): Promise<void> {
    return this.#decisions.file.flush();
  }

  async save(signal?: AbortSignal): Promise<void> {
    await this.flush();
    const dirty = this.#edits.dirty();
    if (dirty.length === 0) return;
    await this.#source.indexed;
    if (this.#decisions.file.fold.size > 0) await this.#surveyRun.identified();
    const texts = this.#edits.texts();
    const splices = this.#splices(texts);
    const task = { source: this.path, expected: this.#source.fingerprint, splices, target: this.path };
    const { confirmed } = await saveSpliced(task, signal);
    if (!confirmed) this.#options.log.warn(`${this.path} is saved, but the disk did not confirm it.`);
    await this.#source.follow(new Map(dirty.map((index, slot) => [index, splices[slot]?.bytes.length ?? 0])));
    this.#afterSave(dirty, texts);
    await this.flush();
  }

  async saveAs(path: string, signal?: AbortSignal): Promise<void> {
    await this.#source.indexed;
    const splices = this.#splices(this.#edits.texts());
    const target = resolve(path);
    await saveSpliced({ source: this.path, expected: this.#source.fingerprint, splices, target }, signal);
  }

  async revert(signal?: AbortSignal): Promise<void> {
    this.#edits.clear();
    await this.#reopen(signal);
  }

  async reload(signal?: AbortSignal): Promise<ReloadOutcome> {
    const unsaved = this.#unsaved();
    this.#edits.clear();
    await this.#reopen(signal);
    return this.#adopt(unsaved);
  }

  writeBackup(path: string): Promise<void> {
    return writeBackupFile(path, this.path, this.#source.fingerprint, this.#unsaved());
  }

  async restoreBackup(path: string): Promise<ReloadOutcome> {
    return this.#adopt(await readBackupFile(path));
  }

  async savedLine(index: number): Promise<string> {
    const base = this.#edits.base(this.#checked(index));
    if (base) return base.text;
    const [bytes] = await this.#source.read([index]);
    return bytes?.toString('utf8') ?? '';
  }

  async currentLine(index: number): Promise<string> {
    return this.#edits.text(this.#checked(index)) ?? this.savedLine(index);
  }

  /** The row's bytes on disk, exactly. */
  async savedBytes(index: number): Promise<Buffer> {
    const [bytes] = await this.#source.read([this.#checked(index)]);
    return bytes ?? Buffer.alloc(0);
  }

  editedRows(): number[] {
    return this.#edits.dirty();
  }

  async checkDisk(): Promise<'same' | 'changed' | 'gone'> {
    const now = await fingerprintAt(this.path);
    const isSame = now !== null && sameFingerprint(now, this.#source.fingerprint);
    if (this.#changedOnDisk === isSame) {
      this.#changedOnDisk = !isSame;
      this.#changed('disk');
    }
    if (now === null) return 'gone';
    return isSame ? 'same' : 'changed';
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#signal.dispose();
    this.#surveyRun.dispose();
    this.#filter.dispose();
    this.#images.dispose();
    await this.flush().catch((error: unknown) => this.#options.log.error(String(error)));
    await this.#source.close();
  }

  #lens(): LensChoice {
    const shape = this.#chosen ?? this.#shape.shape;
    return this.#options.map ? { shape, map: this.#options.map } : { shape };
  }

  #folders(): readonly string[] {
    const folder = dirname(this.path);
    return [folder, ...this.#options.settings.imageRoots.map((root) => resolve(folder, root))];
  }

  #changed(reason: ChangeReason): void {
    if (!this.#disposed) this.#signal.changed(reason);
  }

  #start(): void {
    this.#survey.resize(this.rows);
    const source = this.#source;
    source.indexed.then(
      () => {
        if (!this.#disposed && source === this.#source && this.#options.survey !== false)
          this.#surveyRun.start();
      },
      (error: Error) => this.#options.log.warn(error.message),
    );
  }

  #grew(): void {
    this.#survey.resize(this.rows);
    this.#changed('index');
  }

  #checked(index: number): number {
    if (Number.isInteger(index) && index >= 0 && index < this.rows) return index;
    throw new AppError('request-invalid', `There is no row ${index}: the file has ${this.rows}.`);
  }

  async #view(indexes: readonly number[], signal?: AbortSignal): Promise<ViewedRow[]> {
    const bytes = await this.#source.read(indexes, signal);
    return indexes.map((index, slot) => this.#viewOf(index, bytes[slot] ?? null));
  }

  #viewOf(index: number, bytes: Buffer | null): ViewedRow {
    const text = this.#edits.text(index);
    const hash = this.#edits.base(index)?.hash ?? (bytes === null ? '' : rowHash(bytes));
    const { line } = this.#source.index.place(index);
    return this.#reader.view(text === null ? readRow(bytes) : readRowText(text), { index, line, hash });
  }

  #state(index: number, row: ViewedRow): RowState {
    const isIdentified = index < this.#survey.identified;
    const hash = row.status === 'ok' ? row.trace.hash : null;
    return {
      index,
      line: this.#source.index.place(index).line,
      revision: this.#edits.revision(index),
      decision: isIdentified
        ? decisionOf(this.#survey.decisions[index])
        : hash === null
          ? null
          : this.#decisions.file.fold.of(hash, 0),
      edited: this.#edits.text(index) !== null,
    };
  }

  async #edit(index: number, revision: number, label: string, edit: TraceEdit): Promise<Edit> {
    const [bytes] = await this.#source.read([this.#checked(index)]);
    if (!bytes)
      throw new AppError('row-unreadable', 'The row is longer than 64 MB and cannot be edited here.');
    const row = this.#viewOf(index, bytes);
    if (revision !== this.#edits.revision(index))
      throw new AppError(
        'request-invalid',
        'The trace was changed meanwhile.',
        'Look at it again, then edit.',
      );
    if (row.status !== 'ok')
      throw new AppError('row-unreadable', 'A broken row cannot be edited here.', 'Open the file as text.');
    const result = applyEdit(row.text, row.trace, edit);
    if (!result.ok) throw new AppError('request-invalid', result.message);
    if (readRowText(result.line).status !== 'ok')
      throw new AppError('internal', 'The edit would have broken the row; nothing was changed.');
    const before = row.text;
    const after = result.line;
    this.#edits.touch(index, bytes.toString('utf8'), row.trace.hash);
    this.#put(index, after);
    return { label, index, undo: () => this.#put(index, before), redo: () => this.#put(index, after) };
  }

  #put(index: number, text: string): void {
    this.#edits.set(index, text, this.revision + 1);
    const place = {
      index,
      line: this.#source.index.place(index).line,
      hash: this.#edits.base(index)?.hash ?? '',
    };
    const row = this.#reader.view(readRowText(text), place);
    const verdict = row.status === 'ok' ? this.#reader.verdict(row.trace)?.state : undefined;
    if (index < this.#survey.graded) this.#survey.setVerdict(index, verdictCodes[verdict ?? 'none']);
    this.#changed('edit');
  }

  #splices(texts: ReadonlyMap<number, string>): Splice[] {
    return [...texts].map(([index, text]) => {
      const { start, length } = this.#source.index.place(index);
      return { start, length, bytes: Buffer.from(text, 'utf8') };
    });
  }

  #afterSave(dirty: readonly number[], texts: ReadonlyMap<number, string>): void {
    const before = new Map<number, string>();
    const after = new Map<number, string>();
    for (const index of dirty) {
      const text = texts.get(index) ?? '';
      const hash = rowHash(Buffer.from(text, 'utf8'));
      before.set(index, this.#edits.base(index)?.hash ?? '');
      after.set(index, hash);
      this.#edits.saved(index, text, hash);
    }
    if (this.#survey.identified >= this.rows) {
      for (const [index, hash] of after) this.#survey.setHash(index, hash);
      this.#decisions.carry(before, after);
    } else this.#surveyRun.start();
    this.#changedOnDisk = false;
    this.#changed('edit');
  }

  #readAnew(): void {
    this.#surveyRun.restartVerdicts();
    this.#filter.again();
    this.#changed('verdicts');
  }

  async #reopen(signal?: AbortSignal): Promise<void> {
    const source = await openRowSource(this.path, this.#options.assets, () => this.#grew(), signal);
    const before = this.#source;
    this.#source = source;
    this.#surveyRun.stop();
    this.#survey.reset();
    this.#changedOnDisk = false;
    if (this.#chosen === null) this.#shape = await detectIn(source);
    this.#reader = new RowReader(this.#lens(), this.extraction);
    await before.close();
    this.#start();
    this.#filter.again();
    this.#changed('disk');
  }

  #unsaved(): UnsavedRow[] {
    return this.#edits.dirty().map((index) => ({
      index,
      baseHash: this.#edits.base(index)?.hash ?? '',
      text: this.#edits.text(index) ?? '',
    }));
  }

  /** Lays unsaved rows over the file: on the row they were made from, wherever it stands now. */
  async #adopt(rows: readonly UnsavedRow[]): Promise<ReloadOutcome> {
    await this.#source.indexed;
    const lost: UnsavedRow[] = [];
    for (const row of rows) {
      const index = await this.#find(row);
      const bytes = index === null ? null : (await this.#source.read([index]))[0];
      if (index === null || !bytes) {
        lost.push(row);
        continue;
      }
      this.#edits.touch(index, bytes.toString('utf8'), row.baseHash);
      this.#put(index, row.text);
    }
    return { kept: rows.length - lost.length, lost };
  }

  async #find(row: UnsavedRow): Promise<number | null> {
    const isFree = (index: number): boolean => this.#edits.text(index) === null;
    if (row.index < this.rows && isFree(row.index)) {
      const [bytes] = await this.#source.read([row.index]);
      if (bytes && rowHash(bytes) === row.baseHash) return row.index;
    }
    await this.#surveyRun.identified();
    for (let index = 0; index < this.rows; index++)
      if (this.#survey.identity(index).hash === row.baseHash && isFree(index)) return index;
    return null;
  }
}

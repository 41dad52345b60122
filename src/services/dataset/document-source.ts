import { dirname, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Extraction } from '../../core/run/spec.ts';
import type { FieldMap } from '../../core/trace/lens.ts';
import { extractionProblem } from '../../core/verify/extract.ts';
import type { Assets, Log, Settings } from '../ports.ts';
import { DatasetShape } from './dataset-shape.ts';
import { misfitsOf } from './detect.ts';
import { openRowSource, type RowSource } from './row-source.ts';
import { RowReader } from './row-view.ts';
import type { Misfits } from './views.ts';

export interface OpenOptions {
  readonly assets: Assets;
  readonly settings: Pick<Settings, 'imageRoots'>;
  readonly log: Log;
  /** A shape's name; `auto` or nothing to recognise it. */
  readonly shape?: string;
  readonly map?: FieldMap;
  readonly extraction?: Extraction;
  /** Folder for the journal of unsaved rows; without it they last as long as the process. */
  readonly journalFolder?: string;
  /** Hears once when unsaved rows cannot be written down. */
  readonly unsafe?: (error: AppError) => void;
  /** False leaves grading and decisions of unseen rows for later: rows only. Default true. */
  readonly survey?: boolean;
}

/** The file of one open dataset and how it is read: its rows, shape and extraction rule, each of which may change. */
export class DocumentSource {
  /** Called when more rows were found. */
  onRows = (): void => undefined;
  /** Counts how often the rows became others, or were read in another shape. */
  reading = 0;
  #reader: RowReader;

  private constructor(
    readonly path: string,
    private readonly options: OpenOptions,
    private rows: RowSource,
    readonly shape: DatasetShape,
  ) {
    this.#reader = new RowReader(shape.lens, options.extraction ?? 'boxed');
  }

  /** Resolves as soon as the first rows are there; the others are found in a thread. */
  static async open(path: string, options: OpenOptions, signal?: AbortSignal): Promise<DocumentSource> {
    let opened: DocumentSource | null = null;
    const rows = await openRowSource(path, options.assets, () => opened?.onRows(), signal);
    try {
      const shape = await DatasetShape.of(rows, options.shape, options.map);
      opened = new DocumentSource(path, options, rows, shape);
      return opened;
    } catch (error) {
      await rows.close();
      throw error;
    }
  }

  get current(): RowSource {
    return this.rows;
  }

  get reader(): RowReader {
    return this.#reader;
  }

  /** Where relative paths of images start, the dataset's own folder first. */
  folders(): readonly string[] {
    const folder = dirname(this.path);
    return [folder, ...this.options.settings.imageRoots.map((root) => resolve(folder, root))];
  }

  async setShape(name: string): Promise<Misfits> {
    await this.shape.choose(name, this.rows);
    this.reading += 1;
    this.#reader = new RowReader(this.shape.lens, this.#reader.extraction);
    return misfitsOf(this.shape.lens.shape, this.rows);
  }

  /** AppError request-invalid when the rule is a pattern that cannot be used. */
  setExtraction(rule: Extraction): void {
    const problem = extractionProblem(rule);
    if (problem !== null)
      throw new AppError(
        'request-invalid',
        `This pattern cannot be used: ${problem}.`,
        'Patterns follow RE2.',
      );
    this.#reader = new RowReader(this.#reader.lens, rule);
  }

  /** Opens the file again; `replaced` is called once the new rows are in place, before anything else is read. */
  async reopen(replaced: () => void, signal?: AbortSignal): Promise<void> {
    const rows = await openRowSource(this.path, this.options.assets, () => this.onRows(), signal);
    try {
      await this.shape.lookAgain(rows);
    } catch (error) {
      await rows.close();
      throw error;
    }
    const before = this.rows;
    this.rows = rows;
    this.reading += 1;
    this.#reader = new RowReader(this.shape.lens, this.#reader.extraction);
    replaced();
    await before.close();
  }

  close(): Promise<void> {
    return this.rows.close();
  }
}

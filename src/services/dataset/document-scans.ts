import type { DecisionFold } from '../../core/dataset/decisions.ts';
import type { AppError } from '../../core/errors.ts';
import type { DocumentSource, OpenOptions } from './document-source.ts';
import type { EditedRows } from './edited-rows.ts';
import { FacetRun } from './facet-run.ts';
import { FilterRun } from './filter-run.ts';
import { ListOrder } from './list-order.ts';
import { ScanThread } from './scan-thread.ts';
import type { Survey } from './survey.ts';
import { SurveyRun } from './survey-run.ts';
import type { ChangeReason } from './views.ts';

export interface ScansHost {
  readonly source: DocumentSource;
  readonly edits: EditedRows;
  readonly survey: Survey;
  /** The scan's verdicts of rows `from`..`to` are in. */
  graded(from: number, to: number): void;
  /** The decisions made so far. */
  readonly decisions: DecisionFold;
  changed(reason: ChangeReason): void;
}

/** What background threads find out about all rows of one open dataset: the survey, the filtered list, its order and what it consists of. */
export class DocumentScans {
  readonly filter: FilterRun;
  readonly order: ListOrder;
  readonly facets: FacetRun;
  readonly #survey: SurveyRun;
  #disposed = false;
  #readings = 0;

  constructor(
    private readonly options: OpenOptions,
    private readonly host: ScansHost,
  ) {
    const { assets, log } = options;
    const { source, edits, survey, changed } = host;
    const scanned = {
      input: () => ({ path: source.path, rows: source.current.index.block(), edits: edits.texts() }),
      reader: () => source.reader,
      folders: () => source.folders(),
      log,
    };
    this.#survey = new SurveyRun(new ScanThread(assets), survey, {
      ...scanned,
      changed: (reason) => {
        changed(reason);
        this.filter.advance();
      },
      graded: (from, to) => host.graded(from, to),
      decisions: host.decisions,
    });
    const listed = {
      ...scanned,
      changed: () => changed('filter'),
      survey,
      edits,
      ready: (needsDecisions: boolean) => (needsDecisions ? this.identified() : source.current.indexed),
    };
    const isScanning = () => this.#survey.isRunning;
    this.filter = new FilterRun(new ScanThread(assets), { ...listed, isScanning });
    const ordered = { ...listed, filter: this.filter };
    this.order = new ListOrder(new ScanThread(assets), ordered);
    this.facets = new FacetRun(new ScanThread(assets), {
      ...ordered,
      isScanning,
      readings: () => this.#readings,
    });
  }

  /** Scans all rows as soon as they are known, unless the dataset was opened for its rows only. */
  start(): void {
    const { log, survey } = this.options;
    const source = this.host.source.current;
    this.host.survey.resize(source.index.count);
    source.indexed.then(
      () => {
        if (!this.#disposed && source === this.host.source.current && survey !== false) this.#survey.start();
      },
      (error: AppError) => {
        if (error.code !== 'cancelled') log.warn(error.message);
      },
    );
  }

  /** Why not every row could be looked at; null while that has not failed. */
  get failure(): string | null {
    return this.#survey.failure;
  }

  /** Scans all rows at once, from the first. */
  startNow(): void {
    this.#survey.start();
  }

  /** Sets the filter and sorts what it lets through; resolves with the first answer, an invalid text keeps the list. */
  async setFilter(text: string): Promise<void> {
    await this.filter.set(text);
    await this.order.again();
  }

  /** Rows are read in another way than before: verdicts and matches are found again. */
  readAnew(): void {
    this.#survey.restartVerdicts();
    this.#listAgain();
  }

  /** The file was replaced: nothing that was known of its rows holds. */
  restart(): void {
    this.#survey.stop();
    this.host.survey.reset();
    this.start();
    this.#listAgain();
  }

  /** Resolves when the first `rows` rows (all, if not given) have an identity and so a decision. */
  async identified(rows?: number): Promise<void> {
    await this.host.source.current.indexed;
    await this.#survey.identified(rows);
  }

  /** Resolves when every row was graded and its decision found; with `images`, when these were looked for as well. */
  async surveyed(what: 'rows' | 'images'): Promise<void> {
    await this.host.source.current.indexed;
    await (what === 'rows' ? this.#survey.done() : this.#survey.imagesDone());
  }

  dispose(): void {
    this.#disposed = true;
    this.#survey.dispose();
    this.filter.dispose();
    this.order.dispose();
    this.facets.dispose();
  }

  #listAgain(): void {
    this.#readings++;
    this.filter.again();
    void this.order.again();
  }
}

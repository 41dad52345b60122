import type { DecisionFold } from '../../core/dataset/decisions.ts';
import { AppError } from '../../core/errors.ts';
import { isCancelled } from '../cancelled.ts';
import type { Log } from '../ports.ts';
import type { RowReader } from './row-view.ts';
import type { ScanInput } from './scan-tasks.ts';
import type { ScanThread } from './scan-thread.ts';
import type { Survey } from './survey.ts';

export interface SurveyHost {
  input(): Omit<ScanInput, 'scan'>;
  reader(): RowReader;
  /** Folders that images may come from. */
  folders(): readonly string[];
  /** The scan's verdicts of rows `from`..`to` are in. */
  graded(from: number, to: number): void;
  /** The decisions made so far. */
  readonly decisions: DecisionFold;
  changed(reason: 'verdicts' | 'decisions'): void;
  readonly log: Log;
}

interface Waiting {
  readonly rows: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Runs the background scans of one document: identity of all rows first (hash, state, decision), then verdicts, then
 * the images that rows name.
 */
export class SurveyRun {
  #waiting: Waiting[] = [];
  #identity: 'idle' | 'running' | 'done' = 'idle';
  #verdicts: Promise<void> = Promise.resolve();
  #images: Promise<void> = Promise.resolve();
  #running: Promise<void> | null = null;
  #failure: string | null = null;

  constructor(
    private readonly thread: ScanThread,
    private readonly survey: Survey,
    private readonly host: SurveyHost,
  ) {}

  /** Scans everything, from the start. */
  start(): void {
    this.survey.restartIdentity();
    this.survey.restartVerdicts();
    this.#follow(this.#all());
  }

  restartVerdicts(): void {
    this.survey.restartVerdicts();
    if (this.#identity === 'running') return;
    this.#follow(this.#grade());
  }

  /** Why the last scan did not get through the file; null while none has failed. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Whether a scan is under way, so that more will be known of rows. */
  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Resolves when the first `rows` rows (all, if not given) are identified; starts that when nobody has. */
  identified(rows = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#identity === 'done' || this.survey.identified >= rows) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, resolve, reject });
      if (this.#identity === 'idle') this.start();
    });
  }

  /** Resolves when every row is graded. */
  async done(): Promise<void> {
    await this.identified();
    // A newer scan may have taken the place of the one that was waited for.
    for (let seen: Promise<void> | null = null; seen !== this.#verdicts; ) {
      seen = this.#verdicts;
      await seen.catch((error: unknown) => {
        if (seen === this.#verdicts) throw error;
      });
    }
  }

  /** Resolves when the images of every row were looked for. */
  async imagesDone(): Promise<void> {
    await this.done();
    for (let seen: Promise<void> | null = null; seen !== this.#images; ) {
      seen = this.#images;
      await seen;
    }
  }

  stop(): void {
    this.#identity = 'idle';
    this.#running = null;
    this.thread.cancel();
  }

  dispose(): void {
    this.#identity = 'idle';
    this.#running = null;
    this.thread.dispose();
    this.#settle(new AppError('cancelled', 'The dataset was closed.'));
  }

  async #all(): Promise<void> {
    this.#identity = 'running';
    const { input, decisions, changed } = this.host;
    await this.thread.run({ kind: 'identity', ...input() }, (message) => {
      if (message.kind !== 'identity') return;
      this.survey.takeIdentity(message, decisions);
      this.#settle(null);
      changed('decisions');
    });
    this.#identity = 'done';
    this.#settle(null);
    await this.#grade();
  }

  #grade(): Promise<void> {
    const { input, reader, changed } = this.host;
    const { lens, extraction } = reader();
    return this.thread.run({ kind: 'verdicts', ...input(), lens, extraction }, (message) => {
      if (message.kind !== 'verdicts') return;
      this.survey.takeVerdicts(message);
      this.host.graded(message.from, message.to);
      changed('verdicts');
    });
  }

  #follow(scan: Promise<void>): void {
    this.#failure = null;
    this.#verdicts = scan;
    this.#running = scan;
    const over = (): void => {
      if (this.#running !== scan) return;
      this.#running = null;
      this.host.changed('verdicts');
    };
    scan.then(
      () => {
        over();
        if (scan === this.#verdicts) this.#images = this.#lookForImages();
      },
      (error: unknown) => {
        this.#failed(error);
        over();
      },
    );
  }

  #lookForImages(): Promise<void> {
    const { survey } = this;
    if (!survey.hasImages) return Promise.resolve();
    const { input, reader, folders, changed } = this.host;
    const asked = { ...input(), lens: reader().lens, folders: folders(), faults: survey.faults.slice() };
    return this.thread
      .run({ kind: 'images', ...asked }, (message) => {
        if (message.kind !== 'images') return;
        survey.takeImages(message);
        changed('verdicts');
      })
      .catch((error: unknown) => {
        this.#failed(error);
        changed('verdicts');
      });
  }

  #failed(error: unknown): void {
    if (isCancelled(error)) return;
    this.#failure = error instanceof Error ? error.message : String(error);
    this.host.log.warn(this.#failure);
    this.#identity = this.#identity === 'running' ? 'idle' : this.#identity;
    this.#settle(error);
  }

  #settle(error: unknown): void {
    const rest: Waiting[] = [];
    for (const waiting of this.#waiting) {
      if (this.#identity === 'done' || this.survey.identified >= waiting.rows) waiting.resolve();
      else if (error === null) rest.push(waiting);
      else waiting.reject(error);
    }
    this.#waiting = rest;
  }
}

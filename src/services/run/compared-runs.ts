import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { runIds } from './run-folder.ts';
import { RunSource, type RunSourceOptions } from './run-source.ts';
import type { ComparedRunData, MetricsRequest, SeriesData } from './views.ts';

/** Runs that another is laid over: open and followed for as long as they are asked for. */
export class ComparedRuns {
  readonly #runsFolder: string;
  readonly #options: RunSourceOptions;
  readonly #advanced: (run: string, seq: number) => void;
  readonly #open = new Map<string, Promise<RunSource | null>>();

  /** `advanced` is called when one of the runs went on, at most a few times a second. */
  constructor(runsFolder: string, options: RunSourceOptions, advanced: (run: string, seq: number) => void) {
    this.#runsFolder = runsFolder;
    this.#options = options;
    this.#advanced = advanced;
  }

  /** These runs as they are now, in this order; the others are closed. Those that cannot be read are named. */
  async read(ids: readonly string[]): Promise<{ runs: ComparedRunData[]; gone: string[] }> {
    for (const id of this.#open.keys()) if (!ids.includes(id)) await this.#close(id);
    const sources = await Promise.all(ids.map((id) => this.#source(id)));
    const runs: ComparedRunData[] = [];
    const gone: string[] = [];
    ids.forEach((id, at) => {
      const source = sources[at];
      if (!source || source.status.kind === 'missing') gone.push(id);
      else runs.push(comparedRun(source));
    });
    return { runs, gone };
  }

  /** Metrics of one of the runs asked for last; AppError request-invalid for another. */
  async metricsRead(id: string, request: MetricsRequest): Promise<{ seq: number; series: SeriesData[] }> {
    const source = await this.#open.get(id);
    if (source) return source.metricsRead(request);
    throw new AppError('request-invalid', 'This run is not compared any more.');
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.#close(id)));
  }

  async #close(id: string): Promise<void> {
    const opening = this.#open.get(id);
    this.#open.delete(id);
    await (await opening)?.dispose();
  }

  #source(id: string): Promise<RunSource | null> {
    const known = this.#open.get(id);
    if (known) return known;
    const opening = this.#begin(id);
    this.#open.set(id, opening);
    return opening;
  }

  async #begin(id: string): Promise<RunSource | null> {
    try {
      // An id is never a path: only what the list of runs names is opened.
      if (!(await runIds(this.#runsFolder)).includes(id))
        throw new AppError('run-not-found', `No run ${id}.`);
      const source = await RunSource.open(join(this.#runsFolder, id), this.#options);
      source.onAdvance((seq) => this.#advanced(id, seq));
      return source;
    } catch (error) {
      this.#options.log.warn(`Run ${id} cannot be compared: ${String(error)}`);
      // Looked for again the next time: it may come back.
      this.#open.delete(id);
      return null;
    }
  }
}

function comparedRun(source: RunSource): ComparedRunData {
  const { id, name, stage, trainer, model, status, seq, step, maxSteps, elapsedSeconds, metrics, spec } =
    source.view();
  return { id, name, stage, trainer, model, status, seq, step, maxSteps, elapsedSeconds, metrics, spec };
}

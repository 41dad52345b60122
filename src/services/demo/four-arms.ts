import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import { fileHash } from '../files/file-hash.ts';
import { evaluateModel, selectionOf } from '../run/evaluate.ts';
import { keepEvaluation, readEvaluationRecord } from '../run/evaluations.ts';
import { isActive } from '../run/evidence.ts';
import type { EvaluationRecord } from '../run/grade-completions.ts';
import { resumeRun, startRun, stopRun } from '../run/launch.ts';
import { resolveModel } from '../run/resolve-spec.ts';
import { listRuns } from '../run/run-folder.ts';
import type { RunHost, RunListing } from '../run/views.ts';
import type { DemoRun } from './demo-specs.ts';

/** What happens while arms train: one report per run and poll, one per evaluated arm. */
export interface ArmReports {
  run(run: RunListing): void;
  evaluating(arm: string): void;
  evaluated(arm: string, record: EvaluationRecord): void;
}

export interface TrainOptions {
  readonly folder: string;
  readonly runs: readonly DemoRun[];
  readonly host: RunHost;
  readonly reports: ArmReports;
  /** Runs side by side; each uses one torch thread. */
  readonly width: number;
}

const pollMs = 1000;
const stopWithinMs = 60_000;

/**
 * Trains every run after the one it starts from, independent ones side by side. What completed before is kept, what
 * was interrupted is resumed from its newest checkpoint. On abort, active runs save a checkpoint and stop.
 */
export async function trainRuns(options: TrainOptions, signal: AbortSignal): Promise<void> {
  const { runs, host, reports } = options;
  const runsFolder = host.settings.runsFolder;
  const waiting = new Map(runs.map((run) => [run.name, run]));
  const started = new Map<string, string>();
  const completed = new Set<string>();
  try {
    while (completed.size < runs.length) {
      signal.throwIfAborted();
      const listings = await listRuns(runsFolder);
      for (const [name, folder] of started) {
        const run = listings.find((listing) => listing.folder === folder);
        if (!run) throw new AppError('run-not-found', `The folder of “${name}” is gone: ${folder}`);
        reports.run(run);
        if (isActive(run.status)) continue;
        started.delete(name);
        if (run.status.kind !== 'completed') throw endedBadly(run);
        completed.add(name);
      }
      for (const run of waiting.values()) {
        if (started.size >= options.width) break;
        if (run.after !== null && !completed.has(run.after)) continue;
        waiting.delete(run.name);
        const last = listings.find((listing) => listing.name === run.name);
        if (last?.status.kind === 'completed') {
          reports.run(last);
          completed.add(run.name);
        } else started.set(run.name, await startOrResume(options, run, last, signal));
      }
      if (completed.size < runs.length) await delay(pollMs, undefined, { signal });
    }
  } catch (error) {
    if (signal.aborted) await stopAll([...started.values()], runsFolder);
    throw signal.aborted
      ? new AppError('cancelled', 'Stopped. Run it again to go on where it stopped.')
      : error;
  }
}

async function startOrResume(
  { folder, host }: TrainOptions,
  run: DemoRun,
  last: RunListing | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (last && isActive(last.status)) return last.folder;
  if (last && 'resumable' in last.status && last.status.resumable) {
    await resumeRun(last.folder, { host, trusted: true }, signal);
    return last.folder;
  }
  const started = await startRun(join(folder, `${run.name}.run.json`), { host, trusted: true }, signal);
  return started.folder;
}

async function stopAll(folders: readonly string[], runsFolder: string): Promise<void> {
  await Promise.allSettled(folders.map((folder) => stopRun(folder, { save: true })));
  const until = Date.now() + stopWithinMs;
  while (Date.now() < until) {
    const alive = (await listRuns(runsFolder)).filter(
      (run) => folders.includes(run.folder) && isActive(run.status),
    );
    if (alive.length === 0) return;
    await delay(500);
  }
}

function endedBadly(run: RunListing): AppError {
  const why = run.status.kind === 'failed' ? run.status.error.message : run.status.kind;
  return new AppError('run-failed', `“${run.name}” ended early: ${why}`, `See ${run.folder}.`);
}

export interface EvaluateOptions {
  readonly folder: string;
  readonly host: RunHost;
  readonly reports: ArmReports;
  /** Dataset file of held-out rows, and which of them. */
  readonly dataset: string;
  readonly rows?: string;
  /** Model of each arm: `run:NAME`, a folder or an id. */
  readonly models: readonly { readonly arm: string; readonly model: string }[];
  /** Tokens of one completion where the model is no run that says it. */
  readonly maxCompletionLength?: number;
  /** Evaluations side by side. */
  readonly width: number;
}

/**
 * Evaluates every arm greedily on the same rows, `width` at a time; records are kept in `.coldstart/evaluations/` and
 * hold for as long as the arm's checkpoint, the dataset's content and the chosen rows are the same.
 */
export async function evaluateArms(
  options: EvaluateOptions,
  signal: AbortSignal,
): Promise<Map<string, EvaluationRecord>> {
  const folder = join(options.folder, '.coldstart', 'evaluations');
  await mkdir(folder, { recursive: true });
  const sha256 = await fileHash(options.dataset, signal);
  const records = new Map<string, EvaluationRecord>();
  const waiting = [...options.models];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      options.reports.evaluating(next.arm);
      const record = await evaluateArm(options, folder, sha256, next, signal);
      records.set(next.arm, record);
      options.reports.evaluated(next.arm, record);
    }
  };
  await Promise.all(Array.from({ length: options.width }, work));
  return new Map(options.models.flatMap(({ arm }) => pairOf(arm, records.get(arm))));
}

const pairOf = (arm: string, record: EvaluationRecord | undefined): [string, EvaluationRecord][] =>
  record ? [[arm, record]] : [];

async function evaluateArm(
  { host, dataset, rows, maxCompletionLength }: EvaluateOptions,
  folder: string,
  sha256: string,
  { arm, model }: { readonly arm: string; readonly model: string },
  signal: AbortSignal,
): Promise<EvaluationRecord> {
  const path = join(folder, `${arm}.json`);
  const kept = await readEvaluationRecord(path);
  const checkpoint = await resolveModel(model, host.workspace ?? folder, host.settings.runsFolder);
  const isSame =
    kept?.model === checkpoint.path &&
    kept.sha256 === sha256 &&
    kept.selection === selectionOf(rows === undefined ? {} : { rows });
  if (isSame) return kept;
  const request = { host, trusted: true, model, dataset, out: join(folder, `${arm}.jsonl`), force: true };
  const record = {
    ...(await evaluateModel(
      { ...request, ...(rows ? { rows } : {}), ...(maxCompletionLength ? { maxCompletionLength } : {}) },
      signal,
    )),
    model: checkpoint.path,
  };
  await keepEvaluation(path, record);
  return record;
}

import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { throwIfAborted } from '../dataset/file-errors.ts';
import { type EvaluateRequest, evaluateModel } from './evaluate.ts';
import type { EvaluationRecord } from './grade-completions.ts';
import { placeNow } from './moved-paths.ts';
import { resolveModel } from './resolve-spec.ts';
import { writeFileWhole } from './run-files.ts';
import { readRunRecord } from './run-record.ts';
import type { EvaluationData, RunHost } from './views.ts';

const recordSchema = z.object({
  model: z.string(),
  dataset: z.string(),
  samples: z.int().min(1),
  n: z.int().min(1),
  correct: z.number(),
  accuracy: z.number(),
  low: z.number(),
  high: z.number(),
  unparsed: z.int(),
  truncated: z.int(),
  /** When; a copy or a checkout gives files another time. */
  evaluated: z.iso.datetime().optional(),
});

/** Where the evaluations of a workspace are kept: beside its run folders. */
const folderBeside = (runsFolder: string): string => join(dirname(runsFolder), 'evaluations');

/**
 * The kept evaluations of the workspace of a folder of runs, newest first; of several of one checkpoint on the same
 * rows, the newest. Files that are no record are left out.
 */
export async function listEvaluations(runsFolder: string, signal?: AbortSignal): Promise<EvaluationData[]> {
  const folder = folderBeside(runsFolder);
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith('.json'));
  throwIfAborted(signal);
  const read = await Promise.all(names.map((name) => readOne(join(folder, name), runsFolder)));
  const newest = read.filter((one) => one !== null).sort((a, b) => b.at - a.at);
  const seen = new Set<string>();
  return newest.filter(({ run, name, step, dataset, n, samples }) => {
    const key = JSON.stringify([run ?? name, step, dataset, n, samples]);
    return !seen.has(key) && seen.add(key);
  });
}

async function readOne(path: string, runsFolder: string): Promise<EvaluationData | null> {
  try {
    const { model, dataset, evaluated, ...numbers } = recordSchema.parse(
      JSON.parse(await readFile(path, 'utf8')),
    );
    const place = checkpointPlace(model);
    const home = join(runsFolder, place?.run ?? '');
    const run = place ? await readRunRecord(home).catch(() => null) : null;
    return {
      ...numbers,
      run: run?.run ?? null,
      name: run?.name ?? basename(path, '.json'),
      stage: run?.stage ?? null,
      step: place?.step ?? null,
      model,
      dataset: run ? await placeNow(run.home, home)(dataset) : dataset,
      at: evaluated ? Date.parse(evaluated) : (await stat(path)).mtimeMs,
    };
  } catch {
    return null;
  }
}

/** Run id and step of a checkpoint folder, wherever the workspace lay when it was evaluated. */
function checkpointPlace(model: string): { run: string; step: number } | null {
  const [, run, step] = /([^\\/]+)[\\/]checkpoints[\\/]checkpoint-(\d+)[\\/]?$/.exec(model) ?? [];
  return run === undefined ? null : { run, step: Number(step) };
}

/** Evaluates a checkpoint of a run (the newest, or that of a step) and keeps the record; AppErrors of evaluateModel. */
export async function evaluateRun(
  request: Pick<EvaluateRequest, 'host' | 'trusted' | 'dataset'> & {
    readonly folder: string;
    readonly step?: number;
  },
  signal?: AbortSignal,
): Promise<EvaluationRecord> {
  const { host, trusted, dataset, folder, step } = request;
  const model = `run:${folder}${step === undefined ? '' : `@${step}`}`;
  const runsFolder = dirname(folder);
  const checkpoint = (await resolveModel(model, host.workspace ?? folder, runsFolder)).path;
  const set = basename(dataset).replace(/\.jsonl?$/, '');
  const kept = folderBeside(runsFolder);
  await mkdir(kept, { recursive: true });
  const file = join(kept, `${basename(folder)}-${basename(checkpoint)}-${set}`);
  const record = {
    ...(await evaluateModel(
      { host: beside(host, runsFolder), trusted, model, dataset, out: `${file}.jsonl`, force: true },
      signal,
    )),
    model: checkpoint,
  };
  await keepEvaluation(`${file}.json`, record);
  return record;
}

/** Writes a record down, with the time. */
export async function keepEvaluation(path: string, record: EvaluationRecord): Promise<void> {
  const kept = { ...record, evaluated: new Date().toISOString() };
  await writeFileWhole(path, `${JSON.stringify(kept, null, 2)}\n`);
}

/** A run can be open whose workspace is another: its name is looked up where it lies. */
const beside = (host: RunHost, runsFolder: string): RunHost => ({
  ...host,
  settings: { ...host.settings, runsFolder },
});

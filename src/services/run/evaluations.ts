import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { throwIfAborted } from '../cancelled.ts';
import { fileError } from '../files/file-errors.ts';
import { readJsonObject, writeFileWhole } from '../files/small-files.ts';
import { checkpointPlace } from './checkpoints.ts';
import { type EvaluateRequest, evaluateModel } from './evaluate.ts';
import type { EvaluationData } from './evaluation-views.ts';
import type { EvaluationRecord } from './grade-completions.ts';
import { placeNow } from './moved-paths.ts';
import { resolveModel } from './resolve-spec.ts';
import { runIds } from './run-folder.ts';
import { readRunRecord } from './run-record.ts';
import type { RunHost } from './views.ts';

const recordSchema = z.object({
  model: z.string(),
  /** What the model is called; else the file's own name says it. */
  name: z.string().optional(),
  dataset: z.string(),
  selection: z.string().default(''),
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

const accuracySchema = recordSchema.pick({ n: true, correct: true, accuracy: true, low: true, high: true });
const wholeSchema = recordSchema.extend({ sha256: z.string(), by: z.record(z.string(), accuracySchema) });

/** A kept record with all that was found; null when the file is absent, damaged or of a version that kept less. */
export async function readEvaluationRecord(path: string): Promise<EvaluationRecord | null> {
  const { success, data } = wholeSchema.safeParse(await readJsonObject(path));
  return success ? data : null;
}

/** Where the evaluations of a workspace are kept: beside its run folders. */
export const evaluationsFolder = (runsFolder: string): string => join(dirname(runsFolder), 'evaluations');

/** The file with what an evaluation found row by row. */
export const rowsFile = (runsFolder: string, id: string): string =>
  join(evaluationsFolder(runsFolder), `${id}.jsonl`);

/** One kept evaluation by its id; AppError request-invalid when there is none. */
export async function readEvaluation(runsFolder: string, id: string): Promise<EvaluationData> {
  const isName = basename(id) === id && !id.startsWith('.');
  const found = isName ? await readOne(join(evaluationsFolder(runsFolder), `${id}.json`), runsFolder) : null;
  if (found) return found;
  throw new AppError('request-invalid', `There is no evaluation “${id}” any more.`, 'Evaluate again.');
}

/**
 * The kept evaluations of the workspace of a folder of runs, newest first; of several of one checkpoint on the same
 * rows, the newest. Files that are no record are left out.
 */
export async function listEvaluations(runsFolder: string, signal?: AbortSignal): Promise<EvaluationData[]> {
  const folder = evaluationsFolder(runsFolder);
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith('.json'));
  throwIfAborted(signal);
  const read = await Promise.all(names.map((name) => readOne(join(folder, name), runsFolder)));
  const newest = read.filter((one) => one !== null).sort((a, b) => b.at - a.at);
  const seen = new Set<string>();
  return newest.filter(({ run, model, step, dataset, selection, n, samples }) => {
    const key = JSON.stringify([run ?? model, step, dataset, selection, n, samples]);
    return !seen.has(key) && seen.add(key);
  });
}

async function readOne(path: string, runsFolder: string): Promise<EvaluationData | null> {
  try {
    const { model, name, dataset, evaluated, ...numbers } = recordSchema.parse(
      JSON.parse(await readFile(path, 'utf8')),
    );
    const place = checkpointPlace(model);
    // Wherever the workspace lay when it was evaluated.
    const home = join(runsFolder, place ? basename(place.folder) : '');
    const run = place ? await readRunRecord(home).catch(() => null) : null;
    return {
      ...numbers,
      id: basename(path, '.json'),
      run: run?.run ?? null,
      name: run?.name ?? name ?? basename(path, '.json'),
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

/** What an evaluation found, and the file that keeps it for the dashboards: null when it belongs to none of them. */
export interface KeptEvaluation {
  readonly record: EvaluationRecord;
  /** What was loaded: a folder or a hub id. */
  readonly model: string;
  readonly kept: string | null;
}

/**
 * Evaluates a model; when it is a checkpoint of a run, or what a run was started from, the record is kept for the
 * dashboards of its workspace, in the place of one of the same model on the same rows. AppErrors of evaluateModel.
 */
export async function evaluateAndKeep(
  request: EvaluateRequest,
  signal?: AbortSignal,
): Promise<KeptEvaluation> {
  const { host, out } = request;
  const base = host.workspace ?? process.cwd();
  const model = (await resolveModel(request.model, base, host.settings.runsFolder)).path;
  const owner = await ownerOf(model, host.settings.runsFolder);
  if (!owner) return { record: await evaluateModel(request, signal), model, kept: null };
  const scratch = await mkdtemp(join(tmpdir(), 'coldstart-eval-'));
  try {
    const rows = out ?? join(scratch, 'rows.jsonl');
    const record = await evaluateModel({ ...request, out: rows }, signal);
    const { dataset, selection, samples } = record;
    const key = createHash('sha256').update(JSON.stringify([model, dataset, selection, samples]));
    const set = basename(dataset).replace(/\.jsonl?$/, '');
    const name = `${owner.name}-${set}`.replace(/[^\w.-]+/g, '_');
    const kept = join(evaluationsFolder(owner.runsFolder), `${name}-${key.digest('hex').slice(0, 8)}`);
    try {
      await mkdir(dirname(kept), { recursive: true });
      await copyFile(rows, `${kept}.jsonl`);
      await keepEvaluation(`${kept}.json`, { ...record, model }, owner.name);
      return { record, model, kept: `${kept}.json` };
    } catch (error) {
      // Minutes of sampling are not lost for a folder that cannot be written.
      host.log.warn(fileError(error, dirname(kept), 'write').message);
      return { record, model, kept: null };
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Whose dashboards tell of a model, and what it is called there; null for a model that no run made or began with. */
async function ownerOf(
  model: string,
  runsFolder: string,
): Promise<{ runsFolder: string; name: string } | null> {
  const place = checkpointPlace(model);
  if (place && (await readRunRecord(place.folder).catch(() => null)))
    return { runsFolder: dirname(place.folder), name: `${basename(place.folder)}-${basename(model)}` };
  for (const id of await runIds(runsFolder)) {
    const record = await readRunRecord(join(runsFolder, id)).catch(() => null);
    if (record?.model.path === model)
      return { runsFolder, name: isAbsolute(model) ? basename(model) : model };
  }
  return null;
}

/** Evaluates a checkpoint of a run (the newest, or that of a step) and keeps the record; AppErrors of evaluateModel. */
export async function evaluateRun(
  request: Pick<EvaluateRequest, 'host' | 'trusted' | 'dataset'> & {
    readonly folder: string;
    readonly step?: number;
  },
  signal?: AbortSignal,
): Promise<EvaluationRecord> {
  const { host, folder, step, ...given } = request;
  const { record, model } = await evaluateAndKeep(
    {
      ...given,
      host: beside(host, dirname(folder)),
      model: `run:${folder}${step === undefined ? '' : `@${step}`}`,
    },
    signal,
  );
  return { ...record, model };
}

/** Writes a record down, with the time; `name` is what the model is called where no run gives it one. */
export async function keepEvaluation(path: string, record: EvaluationRecord, name?: string): Promise<void> {
  const kept = { ...record, name, evaluated: new Date().toISOString() };
  await writeFileWhole(path, `${JSON.stringify(kept, null, 2)}\n`);
}

/** A run can be open whose workspace is another: its name is looked up where it lies. */
const beside = (host: RunHost, runsFolder: string): RunHost => ({
  ...host,
  settings: { ...host.settings, runsFolder },
});

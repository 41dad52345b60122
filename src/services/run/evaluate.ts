import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { type DatasetRef, datasetRefSchema, extractionSchema, type RunSpec } from '../../core/run/spec.ts';
import { many } from '../../core/text/plural.ts';
import { throwIfAborted } from '../cancelled.ts';
import { childEnvironment, trainerVariables } from '../environment/child-environment.ts';
import { runChild } from '../environment/child-process.ts';
import { interpreterOf } from '../environment/environments.ts';
import { readJsonLine } from '../environment/json-line.ts';
import { checkWay } from '../environment/ways.ts';
import { fileError } from '../files/file-errors.ts';
import { writeFileWhole } from '../files/small-files.ts';
import { checkpointPlace } from './checkpoints.ts';
import { type EvaluationRecord, gradeAll } from './grade-completions.ts';
import { writeRows } from './inputs.ts';
import { resolveDataset, resolveModel } from './resolve-spec.ts';
import { readRunRecord } from './run-record.ts';
import type { RunHost } from './views.ts';

export interface EvaluateRequest {
  readonly host: RunHost;
  readonly trusted: boolean;
  /** Folder, hub id, or `run:NAME[@STEP]`; a run's checkpoint also gives prompt, extraction, lengths and device. */
  readonly model: string;
  /** Dataset file. */
  readonly dataset: string;
  readonly rows?: string;
  readonly filter?: string;
  readonly limit?: number;
  readonly shape?: string;
  readonly map?: DatasetRef['map'];
  readonly imageRoots?: readonly string[];
  /** Completions of each row; 1 is greedy unless a temperature is given. */
  readonly samples?: number;
  readonly temperature?: number;
  readonly maxCompletionLength?: number;
  readonly batchSize?: number;
  readonly device?: RunSpec['device'];
  readonly threads?: number;
  readonly seed?: number;
  readonly extraction?: string;
  readonly system?: string;
  readonly template?: string;
  /** Per-row records are written there. */
  readonly out?: string;
  /** `out` may be replaced. */
  readonly force?: boolean;
}

/**
 * Samples completions for held-out rows in the trainer's Python and grades them as the editor does. AppError
 * workspace-untrusted, model-not-found, selection-empty, environment-incomplete, run-failed or cancelled.
 */
export async function evaluateModel(
  request: EvaluateRequest,
  signal?: AbortSignal,
): Promise<EvaluationRecord> {
  const { host } = request;
  if (!request.trusted)
    throw new AppError(
      'workspace-untrusted',
      'An evaluation needs a trusted workspace, because it starts Python.',
      'Trust the workspace, then evaluate again.',
    );
  const out = request.out === undefined ? null : resolve(request.out);
  if (out && !request.force && (await stat(out).catch(() => null)))
    throw new AppError(
      'file-exists',
      `${out} exists already.`,
      'Choose another name, or replace it (--force on the command line).',
    );
  const base = host.workspace ?? process.cwd();
  const { runsFolder } = host.settings;
  const model = await resolveModel(request.model, base, runsFolder);
  const spec = await specOf(model.path);
  const interpreter = await interpreterOf('trl', host.settings);
  const extraction = extractionSchema.safeParse(request.extraction ?? spec?.extraction ?? 'boxed');
  if (!extraction.success)
    throw new AppError(
      'spec-invalid',
      `"${request.extraction}" is no extraction.`,
      'Use boxed, answer_tag, hashes, the_answer_is or regex:PATTERN.',
    );
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-eval-'));
  try {
    host.progress?.report('Selecting rows', 0);
    const ref = datasetOf(request, base, host);
    const prompt = {
      system: request.system ?? spec?.prompt.system ?? '',
      template: request.template ?? spec?.prompt.template ?? '{prompt}',
    };
    const rows = join(folder, 'rows.jsonl');
    const media = { folder: join(folder, 'media'), named: join(folder, 'media') };
    const selected = await writeRows(ref, prompt, rows, media, host, signal);
    const samples = request.samples ?? 1;
    const completions = join(folder, 'completions.jsonl');
    const asked = {
      model: model.path,
      rows,
      out: completions,
      samples,
      temperature: request.temperature ?? (samples > 1 ? (spec?.temperature ?? 1) : 0),
      top_p: spec?.top_p ?? 1,
      max_completion_length: request.maxCompletionLength ?? spec?.max_completion_length ?? 1024,
      batch_size: request.batchSize ?? 16,
      device: request.device ?? spec?.device ?? 'auto',
      threads: request.threads ?? spec?.threads ?? null,
      max_pixels: spec?.max_pixels ?? 1204224,
      seed: request.seed ?? 0,
      generation: spec?.trainer_args.generation_kwargs ?? {},
      model_init_kwargs: spec?.trainer_args.model_init_kwargs ?? null,
    };
    const requestFile = join(folder, 'request.json');
    await writeFile(requestFile, JSON.stringify(asked));
    await sample(interpreter, requestFile, asked.threads, host, signal);
    const { records, record } = await gradeAll(completions, extraction.data, selected.meta, {
      model: request.model,
      dataset: ref.path,
      sha256: selected.sha256,
      selection: selectionOf(ref),
      samples,
    });
    throwIfAborted(signal);
    if (out)
      await writeFileWhole(out, records.map((one) => `${JSON.stringify(one)}\n`).join('')).catch(
        (error: unknown) => {
          throw fileError(error, out, 'write');
        },
      );
    return record;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function datasetOf(request: EvaluateRequest, base: string, host: RunHost): DatasetRef {
  const path = resolve(base, request.dataset);
  const given = {
    path,
    rows: request.rows ?? 'all',
    filter: request.filter ?? '',
    limit: request.limit,
    shape: request.shape ?? 'auto',
    map: request.map,
    image_roots: [...(request.imageRoots ?? [])],
  };
  const parsed = datasetRefSchema.safeParse(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  );
  if (!parsed.success)
    throw new AppError(
      'request-invalid',
      `Rows cannot be chosen by "${given.rows}".`,
      'Use all, kept, dropped, flagged, undecided or A:B.',
    );
  return resolveDataset(parsed.data, dirname(path), host.settings);
}

/** Which rows of a dataset were asked for, in words; empty for all. */
export function selectionOf({
  rows = 'all',
  filter = '',
  limit,
}: Partial<Pick<DatasetRef, 'rows' | 'filter' | 'limit'>>): string {
  return [
    ...(rows === 'all' ? [] : [/\d/.test(rows) ? `rows ${rows}` : rows]),
    ...(filter === '' ? [] : [filter]),
    ...(limit === undefined ? [] : [`the first ${limit}`]),
  ].join(', ');
}

async function specOf(model: string): Promise<RunSpec | null> {
  const place = checkpointPlace(model);
  if (!place) return null;
  const record = await readRunRecord(place.folder).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'run-not-found') return null;
    throw error;
  });
  return record?.spec ?? null;
}

/** What the sampling process says on its way. */
const saidSchema = z.object({
  done: z.number().optional(),
  total: z.number().optional(),
  phase: z.string().optional(),
  error: z.string().optional(),
  hint: z.string().optional(),
});

async function sample(
  interpreter: string,
  requestFile: string,
  threads: number | null,
  { assets, progress }: RunHost,
  signal?: AbortSignal,
): Promise<void> {
  let failure: { error: string; hint: string } | null = null;
  const began = Date.now();
  const { code, errorLines } = await runChild(
    interpreter,
    ['-m', 'coldstart_trainer', 'evaluate', requestFile],
    {
      env: childEnvironment(trainerVariables(assets.trainer, threads ?? undefined)),
      signal,
      onLine: (line) => {
        const said = readJsonLine(line, saidSchema);
        if (!said) return;
        if (said.error !== undefined) failure = { error: said.error, hint: said.hint ?? '' };
        if (said.done === undefined || !said.total) return;
        const left = said.done > 0 ? ((Date.now() - began) / said.done) * (said.total - said.done) : null;
        const eta = left === null ? '' : `, ${Math.ceil(left / 1000)} s left`;
        const what =
          said.phase === 'loading'
            ? 'Loading the model'
            : `Sampled ${said.done} of ${many(said.total, 'row')}${eta}`;
        progress?.report(what, said.done / said.total);
      },
    },
  );
  if (code === 0) return;
  const known = failure as { error: string; hint: string } | null;
  throw new AppError(
    'run-failed',
    `The evaluation failed: ${known?.error ?? errorLines.findLast((line) => line.trim() !== '') ?? `exit code ${code}`}`,
    known?.hint ?? checkWay,
  );
}

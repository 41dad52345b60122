import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { wilsonInterval } from '../../core/run/comparison/wilson.ts';
import { traceLinkSchema } from '../../core/run/events.ts';
import { type DatasetRef, datasetRefSchema, extractionSchema, type RunSpec } from '../../core/run/spec.ts';
import { createGrader, verdictOf } from '../../core/verify/verdict.ts';
import { fileError, throwIfAborted } from '../dataset/file-errors.ts';
import { childEnvironment, trainerVariables } from '../environment/child-environment.ts';
import { runChild } from '../environment/child-process.ts';
import { interpreterOf } from '../environment/environments.ts';
import { writeRows } from './inputs.ts';
import { resolveDataset, resolveModel } from './resolve-spec.ts';
import { writeFileWhole } from './run-files.ts';
import { findRun } from './run-folder.ts';
import { readRunRecord } from './run-record.ts';
import type { RunHost } from './views.ts';

export interface EvaluateRequest {
  readonly host: RunHost;
  readonly trusted: boolean;
  /** Folder, hub id, or `run:NAME[@STEP]`; a run also gives prompt, extraction, lengths and device. */
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

export interface Accuracy {
  /** Rows. */
  readonly n: number;
  /** Rows answered correctly; with several samples the sum of their shares. */
  readonly correct: number;
  readonly accuracy: number;
  /** Wilson 95 % interval. */
  readonly low: number;
  readonly high: number;
}

export interface EvaluationRecord extends Accuracy {
  readonly model: string;
  readonly dataset: string;
  readonly samples: number;
  readonly unparsed: number;
  readonly truncated: number;
  /** By values of short fields of the rows, keyed `field:value`. */
  readonly by: Readonly<Record<string, Accuracy>>;
}

const lineSchema = z.object({
  trace: traceLinkSchema,
  ground_truth: z.string().nullable(),
  completions: z.array(z.object({ completion: z.string(), tokens: z.int().nullable(), finish: z.string() })),
});

const mostValues = 12;

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
    throw new AppError('file-exists', `${out} exists already.`, 'Choose another name, or --force.');
  const base = host.workspace ?? process.cwd();
  const { runsFolder } = host.settings;
  const model = await resolveModel(request.model, base, runsFolder);
  const spec = await specOf(request.model, runsFolder);
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
    const answers = join(folder, 'answers.jsonl');
    const asked = {
      model: model.path,
      rows,
      out: answers,
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
    };
    const requestFile = join(folder, 'request.json');
    await writeFile(requestFile, JSON.stringify(asked));
    await sample(interpreter, requestFile, asked.threads, host, signal);
    const { records, record } = await grade(answers, extraction.data, selected.meta, {
      model: request.model,
      dataset: ref.path,
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

async function specOf(model: string, runsFolder: string): Promise<RunSpec | null> {
  if (!model.startsWith('run:')) return null;
  const folder = await findRun(runsFolder, model.slice(4).replace(/@\d+$/, ''));
  return (await readRunRecord(folder)).spec;
}

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
        if (!line.startsWith('{')) return;
        const said = JSON.parse(line) as {
          done?: number;
          total?: number;
          phase?: string;
          error?: string;
          hint?: string;
        };
        if (said.error !== undefined) failure = { error: said.error, hint: said.hint ?? '' };
        if (said.done === undefined || !said.total) return;
        const left = said.done > 0 ? ((Date.now() - began) / said.done) * (said.total - said.done) : null;
        const eta = left === null ? '' : `, ${Math.ceil(left / 1000)} s left`;
        const what =
          said.phase === 'loading' ? 'Loading the model' : `Sampled ${said.done} of ${said.total} rows${eta}`;
        progress?.report(what, said.done / said.total);
      },
    },
  );
  if (code === 0) return;
  const known = failure as { error: string; hint: string } | null;
  throw new AppError(
    'run-failed',
    `The evaluation failed: ${known?.error ?? errorLines.findLast((line) => line.trim() !== '') ?? `exit code ${code}`}`,
    known?.hint ?? 'Check the trainer environment: coldstart env check trl',
  );
}

async function grade(
  answers: string,
  extraction: RunSpec['extraction'],
  meta: ReadonlyMap<number, Readonly<Record<string, string>>>,
  about: { readonly model: string; readonly dataset: string; readonly samples: number },
): Promise<{ record: EvaluationRecord; records: object[] }> {
  const grader = createGrader(10_000);
  const total = new Tally();
  const parts = new Map<string, Tally>();
  const records: object[] = [];
  let unparsed = 0;
  let truncated = 0;
  const lines = createInterface({ input: createReadStream(answers) });
  for await (const text of lines) {
    const { trace, ground_truth, completions } = lineSchema.parse(JSON.parse(text));
    const graded = completions.map((one) => ({
      ...one,
      ...(verdictOf(one.completion, ground_truth, extraction, grader) ?? {
        state: 'none',
        extracted: null,
        rule: 'no-ground-truth',
      }),
    }));
    unparsed += graded.filter((one) => one.state === 'unparsed').length;
    truncated += graded.filter((one) => one.finish === 'length').length;
    const share = graded.filter((one) => one.state === 'correct').length / Math.max(1, graded.length);
    records.push({ index: trace.index, id: trace.id, ground_truth, correct: share, completions: graded });
    if (ground_truth === null) continue;
    total.add(share);
    for (const [field, value] of Object.entries(meta.get(trace.index ?? -1) ?? {})) {
      const key = `${field}:${value}`;
      const tally = parts.get(key) ?? new Tally();
      tally.add(share);
      parts.set(key, tally);
    }
  }
  if (total.n === 0)
    throw new AppError(
      'selection-empty',
      'None of the chosen rows has a ground truth.',
      'Choose rows with a ground truth, or name its field with --map ground_truth=FIELD.',
    );
  return {
    records,
    record: { ...about, ...total.accuracy(), unparsed, truncated, by: byOf(parts, total.n) },
  };
}

/** Only fields that divide the rows into a few kinds say anything. */
function byOf(parts: ReadonlyMap<string, Tally>, rows: number): Record<string, Accuracy> {
  const values = new Map<string, number>();
  for (const key of parts.keys()) {
    const field = key.slice(0, key.indexOf(':'));
    values.set(field, (values.get(field) ?? 0) + 1);
  }
  return Object.fromEntries(
    [...parts]
      .filter(([key]) => {
        const kinds = values.get(key.slice(0, key.indexOf(':'))) ?? 0;
        return kinds > 1 && kinds <= Math.min(mostValues, rows / 2);
      })
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, tally]) => [key, tally.accuracy()]),
  );
}

class Tally {
  n = 0;
  #correct = 0;

  add(share: number): void {
    this.n++;
    this.#correct += share;
  }

  accuracy(): Accuracy {
    const correct = this.#correct;
    return {
      n: this.n,
      correct,
      accuracy: correct / Math.max(1, this.n),
      ...wilsonInterval(correct, this.n),
    };
  }
}

/** Per-row records of an evaluation, for a paired comparison: whether each row was answered correctly, by row id. */
export async function readEvaluated(path: string): Promise<Map<string, boolean>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path, 'read');
  });
  const rowSchema = z.object({ id: z.string(), correct: z.number() });
  const rows = text.split('\n').filter((line) => line !== '');
  return new Map(
    rows.map((line) => rowSchema.parse(JSON.parse(line))).map(({ id, correct }) => [id, correct >= 0.5]),
  );
}

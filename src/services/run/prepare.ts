import { createHash } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { RunSpec } from '../../core/run/spec.ts';
import { many } from '../../core/text/plural.ts';
import { throwIfAborted } from '../cancelled.ts';
import { childEnvironment, trainerVariables } from '../environment/child-environment.ts';
import { runChild } from '../environment/child-process.ts';
import { interpreterOf } from '../environment/environments.ts';
import { lastJsonLine } from '../environment/json-line.ts';
import { chooseWay, createWay } from '../environment/ways.ts';
import { syncFolder, writeFileWhole } from '../files/small-files.ts';
import { type PreparedInputs, writeInputs } from './inputs.ts';
import {
  loadSpec,
  type PrepareProblem,
  type ResolvedRun,
  type ResolveOptions,
  resolveRun,
  type SpecSource,
} from './resolve-run.ts';
import { newRunId, sweepLeftovers } from './run-folder.ts';
import { runFolderError } from './run-folder-error.ts';
import type { RunRecord } from './run-record.ts';

export interface PrepareOptions extends ResolveOptions {
  /** Folder for the run folder instead of the runs folder. */
  readonly into?: string;
  /** Versions of the interpreter's packages from who is asking it anyway. */
  readonly versions?: (
    interpreter: string,
    threads: number | undefined,
  ) => Promise<Readonly<Record<string, string>>>;
}

export interface PreparedRun {
  readonly folder: string;
  readonly record: RunRecord;
  readonly inputs: PreparedInputs;
  /** What a lenient preparation could not have; empty otherwise. */
  readonly problems: readonly PrepareProblem[];
}

/**
 * Makes a run folder that a supervisor can start: selected rows, launch record. Nothing is left behind when it fails.
 * AppError of resolveRun, selection-empty, disk-full …
 */
export async function prepareRun(
  source: SpecSource,
  options: PrepareOptions,
  signal?: AbortSignal,
): Promise<PreparedRun> {
  return prepareResolved(await resolveRun(source, options), options, signal);
}

/** The second half of preparing: everything that takes time or an interpreter. */
export async function prepareResolved(
  { spec: resolved, specPath, model, interpreter, problems, tolerate }: ResolvedRun,
  options: PrepareOptions,
  signal?: AbortSignal,
): Promise<PreparedRun> {
  const { host } = options;
  const { settings, assets } = host;
  const runsFolder = resolve(options.into ?? settings.runsFolder);
  const run = newRunId(resolved.stage);
  const folder = join(runsFolder, run);
  // Half-made folders are not called like runs, so that no list ever shows one.
  const making = join(runsFolder, `.preparing-${run}`);
  // The interpreter answers while rows are selected; when one of the two fails, the other is ended.
  const failed = new AbortController();
  const both = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const ask = options.versions ?? ((python: string) => packageVersions(python, both));
  const asked = tolerate(
    ['trainer'],
    interpreter === ''
      ? Promise.resolve({})
      : ask(interpreter, resolved.threads).then((found) => needed(interpreter, found)),
    {},
  );
  asked.catch(() => failed.abort());
  let writing: Promise<PreparedInputs> | undefined;
  try {
    await makeRunsFolder(runsFolder);
    await sweepLeftovers(runsFolder);
    await mkdir(join(making, 'inputs'), { recursive: true });
    for (const name of ['control', 'checkpoints', 'rollouts', 'media']) await mkdir(join(making, name));
    writing = writeInputs(resolved, making, folder, host, both, tolerate);
    const [versions, inputs] = await Promise.all([asked, writing]);
    if (!options.lenient) refuseImages(inputs);
    const spec = { ...resolved, model: model.path };
    const record: RunRecord = {
      version: 1,
      run,
      name: resolved.name,
      stage: resolved.stage,
      trainer: resolved.trainer,
      created: new Date().toISOString(),
      interpreter,
      argv: [interpreter, '-m', 'coldstart_trainer', 'train', folder],
      env: trainerVariables(assets.trainer, spec.threads),
      spec,
      spec_sha256: createHash('sha256').update(JSON.stringify(spec)).digest('hex'),
      spec_path: specPath,
      model,
      dataset: datasetRecord(spec, inputs),
      inputs: { train: 'inputs/train.jsonl', eval: inputs.eval ? 'inputs/eval.jsonl' : null },
      versions,
      rollouts: spec.rollouts,
      home: { folder, workspace: host.workspace === null ? null : resolve(host.workspace) },
    };
    await writeFileWhole(join(making, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
    throwIfAborted(signal);
    await rename(making, folder);
    await syncFolder(runsFolder);
    return { folder, record, inputs, problems };
  } catch (error) {
    failed.abort();
    await writing?.catch(() => undefined);
    await rm(making, { recursive: true, force: true });
    throw error instanceof Error ? runFolderError(error, runsFolder) : error;
  }
}

/** What is wrong with the images of the chosen rows, in one sentence, or null. */
export function imageProblem({ train, eval: evaluation }: PreparedInputs): string | null {
  const refused = [...train.refused, ...(evaluation?.refused ?? [])];
  if (refused.length === 0) return null;
  const named = refused
    .slice(0, 3)
    .map(({ trace, line, message }) => `Trace ${trace} (line ${line}): ${message}`);
  const more = refused.length > 3 ? ` And ${refused.length - 3} more.` : '';
  return `Images of ${many(refused.length, 'chosen trace')} cannot be used. ${named.join(' ')}${more}`;
}

export const imageAdvice =
  'Repair or remove the images, drop these traces, or add their folder to image_roots (setting coldstart.imageRoots).';

function refuseImages(inputs: PreparedInputs): void {
  const problem = imageProblem(inputs);
  if (problem) throw new AppError('image-refused', problem, imageAdvice);
}

function datasetRecord(spec: RunSpec, inputs: PreparedInputs): RunRecord['dataset'] {
  return {
    path: spec.dataset.path,
    sha256: inputs.train.sha256,
    traces: inputs.train.rows,
    rows_selected: inputs.train.selected - inputs.train.incomplete,
  };
}

/** The runs folder, and beside it a .gitignore when it is Coldstart's own place in a workspace. */
async function makeRunsFolder(runsFolder: string): Promise<void> {
  await mkdir(runsFolder, { recursive: true });
  const parent = dirname(runsFolder);
  if (basename(parent) !== '.coldstart' || basename(runsFolder) !== 'runs') return;
  const ignore = join(parent, '.gitignore');
  if (await stat(ignore).catch(() => null)) return;
  await writeFile(ignore, 'runs/\n', { flag: 'wx' }).catch(() => undefined);
}

const packages = ['torch', 'transformers', 'trl', 'peft', 'accelerate', 'datasets', 'pillow', 'mathruler'];
const versionsQuestion = `
import importlib.metadata as m, json
found = {}
for name in ${JSON.stringify(packages)}:
    try: found[name] = m.version(name)
    except Exception: pass
print(json.dumps(found))`;

/** Versions by package metadata, without importing anything; AppError environment-incomplete when it does not run. */
async function packageVersions(interpreter: string, signal?: AbortSignal): Promise<Record<string, string>> {
  const lines: string[] = [];
  const { code, errorLines } = await runChild(interpreter, ['-I', '-c', versionsQuestion], {
    env: childEnvironment({}),
    onLine: (line) => lines.push(line),
    timeoutMs: 60_000,
    signal,
  });
  if (code !== 0) throw brokenInterpreter(interpreter, errorLines.at(-1) ?? `exit code ${code}`);
  const versions = lastJsonLine(lines, z.record(z.string(), z.string()));
  if (!versions) throw brokenInterpreter(interpreter, 'it did not say what is installed');
  return versions;
}

/** The AppError of an interpreter that cannot even say what is installed. */
export const brokenInterpreter = (interpreter: string, why: string) =>
  new AppError(
    'environment-incomplete',
    `${interpreter} does not work: ${why}`,
    `Choose another interpreter (${chooseWay}), or create the environment: ${createWay}`,
  );

/** The versions that a launch record keeps; AppError environment-incomplete without TRL. */
function needed(interpreter: string, found: Readonly<Record<string, string>>): Record<string, string> {
  const missing = ['torch', 'transformers', 'trl'].filter((name) => !found[name]);
  if (missing.length === 0)
    return Object.fromEntries(packages.flatMap((name) => (found[name] ? [[name, found[name]]] : [])));
  throw new AppError(
    'environment-incomplete',
    `${interpreter} lacks ${missing.join(', ')}.`,
    `Install them there, choose another interpreter (${chooseWay}), or create the environment: ${createWay}`,
  );
}

/** What Coldstart starts for a run spec, for people to read; RUN_DIR stands for the run folder. */
export async function showCommand(source: SpecSource, options: PrepareOptions): Promise<string> {
  const { spec, path } = await loadSpec(source, options);
  const { settings, assets } = options.host;
  const interpreter = await interpreterOf(spec.trainer, settings).catch(() => 'python');
  const variables = Object.entries(trainerVariables(assets.trainer, spec.threads));
  const own = variables.map(([name, value]) => `${name}=${quote(value)}`);
  const python = [...own, quote(interpreter), '-m coldstart_trainer'].join(' \\\n  ');
  const start = path ? `coldstart run start ${quote(path)} --wait` : 'coldstart run start SPEC --wait';
  return [
    `# ${spec.name}: ${spec.stage} with ${spec.trainer}. The same run from a terminal:`,
    start,
    '',
    '# It writes a run folder (RUN_DIR) and starts a supervisor that outlives the window:',
    `${python} supervise RUN_DIR`,
    '',
    '# The supervisor starts the trainer, which reads RUN_DIR/run.json and writes RUN_DIR/events.jsonl:',
    `${python} train RUN_DIR`,
    '',
  ].join('\n');
}

/** One word of a POSIX shell command. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Stage } from '../../core/run/spec.ts';
import type { RunStatus } from '../../core/run/state.ts';
import { completeCheckpoints } from './checkpoints.ts';
import { readStatus } from './evidence.ts';
import type { ResolvedModel } from './resolve-spec.ts';
import { runIds } from './run-folder.ts';
import { readRunRecord } from './run-record.ts';
import { pathInSpec } from './spec-values.ts';

/** A run as a source of models. */
export interface ModelRun {
  readonly id: string;
  readonly name: string;
  readonly stage: Stage;
  readonly state: RunStatus['kind'];
  /** What it was started from. */
  readonly model: ResolvedModel;
  /** Step of its newest complete checkpoint; null before there is one. */
  readonly checkpoint: number | null;
  /** How a run spec names its newest checkpoint by the run's name, or by its id when the name means another run. */
  readonly reference: string;
}

/** More runs are hardly looked through. */
const mostRuns = 50;

/** The newest runs of a folder, newest first, each with its newest checkpoint. */
export async function modelRuns(runsFolder: string): Promise<ModelRun[]> {
  const ids = (await runIds(runsFolder)).slice(0, mostRuns);
  const read = await Promise.all(ids.map((id) => readModelRun(join(runsFolder, id)).catch(() => null)));
  const names = new Set<string>();
  return read.flatMap((run) => {
    if (run === null) return [];
    const isNewest = !names.has(run.name);
    names.add(run.name);
    return [{ ...run, reference: `run:${isNewest && isPlain(run.name) ? run.name : run.id}` }];
  });
}

async function readModelRun(folder: string): Promise<Omit<ModelRun, 'reference'>> {
  const [{ run, name, stage, model }, status, checkpoints] = await Promise.all([
    readRunRecord(folder),
    readStatus(folder),
    completeCheckpoints(folder),
  ]);
  return { id: run, name, stage, state: status.kind, model, checkpoint: checkpoints[0]?.step ?? null };
}

/** A name that cannot be taken for the start of an id, a folder or a step. */
const isPlain = (name: string): boolean => /^[A-Za-z][\w.-]*$/.test(name) && name !== 'last';

/** Says what the newest checkpoint of a run is: `SFT · completed · step 40`. */
export const checkpointWords = ({ stage, state, checkpoint }: ModelRun): string =>
  `${stage.toUpperCase()} · ${state} · step ${checkpoint}`;

/** The folders of `config.json` and `adapter_config.json` files that are those of models, each once, sorted. */
export async function modelFolders(configs: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    configs.map(async (path) => ((await isModel(path)) ? dirname(path) : null)),
  );
  return [...new Set(found.filter((folder) => folder !== null))].sort();
}

async function isModel(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).size > 1 << 20) return false;
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof value === 'object' && value !== null && ('model_type' in value || 'peft_type' in value);
  } catch {
    return false;
  }
}

/** A model that a new run can start from, as its spec names it. */
export interface ModelChoice {
  readonly kind: 'run' | 'base' | 'folder' | 'used';
  readonly value: string;
  readonly label: string;
  readonly description: string;
}

export interface KnownModels {
  /** Newest first. */
  readonly runs: readonly ModelRun[];
  /** Model folders as absolute paths. */
  readonly folders: readonly string[];
  /** Hugging Face ids and absolute paths that were chosen before, newest first. */
  readonly used: readonly string[];
}

/**
 * Models for a new run of a stage, the likeliest first: GRPO goes on from the newest SFT run; SFT starts from what the
 * newest SFT run was started from, else from a model folder of the workspace.
 */
export function modelChoices(stage: Stage, specPath: string, known: KnownModels): ModelChoice[] {
  const saved = known.runs.filter(({ checkpoint }) => checkpoint !== null);
  const newest = saved.find((run) => run.stage === 'sft');
  const first = stage === 'grpo' && newest ? [newest] : [];
  const runs = [...new Set([...first, ...saved])].slice(0, 10).map(
    (run): ModelChoice => ({
      kind: 'run',
      value: run.reference,
      label: run.name,
      description: checkpointWords(run),
    }),
  );
  const before = known.runs.find((run) => run.stage === 'sft');
  const base = before ? baseOf(before, specPath) : null;
  const plain = (kind: ModelChoice['kind'], value: string, description = ''): ModelChoice => ({
    kind,
    value,
    label: value,
    description,
  });
  const bases = [
    ...(base === null ? [] : [plain('base', base, `base model of ${before?.name}`)]),
    ...known.folders.map((folder) => plain('folder', pathInSpec(specPath, folder), 'model folder')),
    ...known.used
      .filter((model) => !model.startsWith('run:'))
      .map((model) => plain('used', isAbsolute(model) ? pathInSpec(specPath, model) : model)),
  ];
  const all = stage === 'sft' ? [...bases, ...runs] : [...runs, ...bases];
  const seen = new Set<string>();
  return all.filter(({ value }) => !seen.has(value) && seen.add(value));
}

/** What a run was started from, as another spec names it: its path is relative to the spec of that run. */
function baseOf({ model }: ModelRun, specPath: string): string {
  if (model.given.startsWith('run:') || !isAbsolute(model.path)) return model.given;
  return pathInSpec(specPath, model.path);
}

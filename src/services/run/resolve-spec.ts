import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { DatasetRef, RunSpec } from '../../core/run/spec.ts';
import type { Settings } from '../ports.ts';
import { completeCheckpoints, manifestName } from './checkpoints.ts';
import { findRun } from './run-folder.ts';
import type { SpecPath } from './spec-faults.ts';

type Reward = RunSpec['rewards'][number];

/** A model as given, and what a trainer loads: a folder or a hub id. */
export interface ResolvedModel {
  readonly given: string;
  readonly path: string;
}

/** Gives what `work` does; who prepares a check takes `otherwise` when it fails, and tells why beside the setting. */
export type Tolerate = <T>(path: SpecPath, work: Promise<T>, otherwise: T) => Promise<T>;

/**
 * The spec with every path absolute (relative ones belong to `base`) and the person's image roots added. AppError
 * reward-invalid for a reward whose file is not there; tolerated, that reward is left out.
 */
export async function resolveSpec(
  spec: RunSpec,
  base: string,
  settings: Settings,
  tolerate: Tolerate = (_, work) => work,
): Promise<RunSpec> {
  const rewards: RunSpec['rewards'] = [];
  for (const [index, reward] of spec.rewards.entries()) {
    const path: SpecPath = ['rewards', index, 'file'];
    const found = await tolerate(path, resolveReward(reward, base), null);
    if (found) rewards.push(found);
  }
  const { evaluation } = spec;
  return {
    ...spec,
    rewards,
    dataset: resolveDataset(spec.dataset, base, settings),
    ...(evaluation ? { evaluation: { ...evaluation, ...resolveDataset(evaluation, base, settings) } } : {}),
  };
}

async function resolveReward(reward: Reward, base: string): Promise<Reward | null> {
  if (!reward.file) return reward;
  const colon = reward.file.lastIndexOf(':');
  const path = absolute(reward.file.slice(0, colon), base);
  if (await isFile(path)) return { ...reward, file: `${path}${reward.file.slice(colon)}` };
  throw new AppError(
    'reward-invalid',
    `Reward "${reward.name}" names ${path}, which does not exist.`,
    'Correct rewards in the run spec.',
  );
}

export function resolveDataset<Ref extends DatasetRef>(ref: Ref, base: string, settings: Settings): Ref {
  const roots = [...ref.image_roots.map((root) => absolute(root, base)), ...settings.imageRoots];
  return { ...ref, path: absolute(ref.path, base), image_roots: [...new Set(roots)] };
}

/** The dataset files that a spec in a file reads, as absolute paths. */
export function datasetPathsOf(spec: RunSpec, specPath: string, settings: Settings): string[] {
  return [spec.dataset, spec.evaluation].flatMap((ref) =>
    ref ? [resolveDataset(ref, dirname(specPath), settings).path] : [],
  );
}

const absolute = (path: string, base: string): string =>
  resolve(base, path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isFile() === true;
const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isDirectory() === true;

/**
 * What `model` of a run spec means: `run:NAME` is the newest complete checkpoint of a run, `run:NAME@STEP` that of one
 * step; an existing folder is that folder; anything else that can be a Hugging Face id is one. AppError model-not-found.
 */
export async function resolveModel(given: string, base: string, runsFolder: string): Promise<ResolvedModel> {
  if (given.startsWith('run:')) return { given, path: await checkpointOf(given.slice(4), runsFolder) };
  const folder = absolute(given, base);
  if (await isFolder(folder)) {
    await requireModel(folder);
    return { given, path: folder };
  }
  const isPath = isAbsolute(given) || /^[.~]|\\/.test(given);
  if (!isPath && /^[\w][\w.-]*(?:\/[\w][\w.-]*)?$/.test(given)) return { given, path: given };
  throw new AppError(
    'model-not-found',
    `There is no model folder ${folder}.`,
    'Correct "model" in the run spec: a folder, a Hugging Face id, or run:NAME.',
  );
}

/** One of these stands in every folder that a trainer can load: weights, an adapter, a complete checkpoint. */
const modelFiles = ['config.json', 'adapter_config.json', manifestName];

async function requireModel(folder: string): Promise<void> {
  const found = await Promise.all(modelFiles.map((name) => isFile(join(folder, name))));
  if (found.includes(true)) return;
  throw new AppError(
    'model-not-found',
    `The model folder ${folder} has no config.json.`,
    'Name a folder with config.json, tokenizer and weights, a Hugging Face id, or run:NAME.',
  );
}

async function checkpointOf(reference: string, runsFolder: string): Promise<string> {
  const [, name = reference, step] = /^(.*)@(\d+)$/.exec(reference) ?? [];
  const folder = await findRun(runsFolder, name);
  const checkpoints = await completeCheckpoints(folder);
  if (checkpoints.length === 0)
    throw new AppError(
      'model-not-found',
      `The run "${name}" (${basename(folder)}) has no complete checkpoint yet.`,
      'Wait until it has saved one, or name another run or a folder.',
    );
  const wanted = step === undefined ? checkpoints[0] : checkpoints.find((one) => one.step === Number(step));
  if (wanted) return wanted.path;
  const steps = checkpoints.map((one) => one.step).reverse();
  throw new AppError(
    'model-not-found',
    `The run "${name}" has no checkpoint of step ${step}.`,
    `It has: ${steps.join(', ')}.`,
  );
}

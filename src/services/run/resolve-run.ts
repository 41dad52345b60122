import { dirname, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { type RunSpec, runSpecSchema } from '../../core/run/spec.ts';
import { openToRead } from '../dataset/open-file.ts';
import { interpreterOf } from '../environment/environments.ts';
import { type ResolvedModel, resolveModel, resolveSpec, type Tolerate } from './resolve-spec.ts';
import type { SpecPath } from './spec-faults.ts';
import { readSpecFile } from './spec-file.ts';
import type { RunHost } from './views.ts';

/** A run spec as a file, or as a value with the file that relative paths belong to. */
export type SpecSource = string | { readonly spec: RunSpec; readonly path: string | null };

export interface ResolveOptions {
  readonly host: RunHost;
  /** Display name instead of the spec's. */
  readonly name?: string;
  /** Changes to single values of the spec, as `key=value` of the command line. */
  readonly set?: readonly string[];
  /**
   * For a check: what cannot be had (a dataset, a model, a reward's file, an interpreter, an image) is told under
   * `problems` instead of thrown, and the rest is prepared.
   */
  readonly lenient?: boolean;
}

/** Something that a run cannot be started without, and the setting that names it. */
export interface PrepareProblem {
  readonly path: SpecPath;
  readonly error: AppError;
}

/** What a run spec means on this machine. */
export interface ResolvedRun {
  /** With absolute paths. */
  readonly spec: RunSpec;
  readonly specPath: string | null;
  readonly model: ResolvedModel;
  /** Empty when there is none and that is tolerated. */
  readonly interpreter: string;
  /** What could not be had so far; `tolerate` adds to it. */
  readonly problems: PrepareProblem[];
  readonly tolerate: Tolerate;
}

/**
 * All that the spec and the disk tell of a run at once, without an interpreter. AppError spec-invalid,
 * model-not-found, run-not-found, file-not-found, reward-invalid, python-missing, environment-incomplete.
 */
export async function resolveRun(source: SpecSource, options: ResolveOptions): Promise<ResolvedRun> {
  const { settings } = options.host;
  const { spec: loaded, path, base } = await loadSpec(source, options);
  const problems: PrepareProblem[] = [];
  const tolerate: Tolerate = async (path, work, otherwise) => {
    try {
      return await work;
    } catch (error) {
      const isTold = error instanceof AppError && error.code !== 'cancelled' && error.code !== 'internal';
      if (!options.lenient || !isTold) throw error;
      const same = (one: PrepareProblem) =>
        one.error.message === error.message && one.path.join() === path.join();
      if (!problems.some(same)) problems.push({ path, error });
      return otherwise;
    }
  };
  const spec = await resolveSpec(loaded, base, settings, tolerate);
  const given = spec.model;
  const model = await tolerate(['model'], resolveModel(given, base, settings.runsFolder), {
    given,
    path: given,
  });
  for (const part of ['dataset', 'evaluation'] as const)
    if (spec[part]) await tolerate([part, 'path'], requireReadable(spec[part].path), undefined);
  const interpreter = await tolerate(['trainer'], interpreterOf(spec.trainer, settings), '');
  return { spec, specPath: path, model, interpreter, problems, tolerate };
}

async function requireReadable(path: string): Promise<void> {
  await (await openToRead(path)).close();
}

/** The spec of a source with changes and name applied, and the folder that its relative paths belong to. */
export async function loadSpec(
  source: SpecSource,
  options: ResolveOptions,
): Promise<{ spec: RunSpec; path: string | null; base: string }> {
  const path = typeof source === 'string' ? resolve(source) : source.path;
  const read = typeof source === 'string' ? await readSpecFile(resolve(source), options.set) : source.spec;
  const spec = options.name === undefined ? read : { ...read, name: checkName(options.name) };
  const base = path ? dirname(path) : (options.host.workspace ?? process.cwd());
  return { spec, path, base };
}

function checkName(name: string): string {
  const parsed = runSpecSchema.shape.name.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new AppError(
    'spec-invalid',
    'The run cannot have this name.',
    'Give 1 to 120 characters on one line.',
  );
}

import type { RunSpec } from '../../core/run/spec.ts';
import type { RunRecord } from './run-record.ts';
import type { RunHost } from './views.ts';

/** A run spec as a file, or as a value with the file that relative paths belong to. */
export type SpecSource = string | { readonly spec: RunSpec; readonly path: string | null };

export interface PrepareOptions {
  readonly host: RunHost;
  /** Display name instead of the spec's. */
  readonly name?: string;
  /** Changes to single values of the spec, as `key=value` of the command line. */
  readonly set?: readonly string[];
  /** Folder for the run folder instead of the runs folder. */
  readonly into?: string;
}

export async function prepareRun(
  _source: SpecSource,
  _options: PrepareOptions,
  _signal?: AbortSignal,
): Promise<{ folder: string; record: RunRecord }> {
  throw new Error('under construction');
}

/** The command that the supervisor starts, quoted for a POSIX shell, for people to read and copy. */
export async function showCommand(_source: SpecSource, _options: PrepareOptions): Promise<string> {
  throw new Error('under construction');
}

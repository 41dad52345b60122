import type { Assets, Settings } from '../ports.ts';
import type { EnvironmentData, RunHost } from '../run/views.ts';

export interface CreateEnvironmentOptions {
  readonly host: RunHost;
  readonly trainer: 'trl';
  /** Python 3.10 to 3.12 to build on; found on the PATH otherwise. */
  readonly python?: string;
  /** Folder of the environment instead of the default. */
  readonly folder?: string;
  readonly device: 'auto' | 'cpu' | 'cuda';
}

export async function createEnvironment(
  _options: CreateEnvironmentOptions,
  _signal?: AbortSignal,
): Promise<EnvironmentData> {
  throw new Error('under construction');
}

export async function checkEnvironment(
  _python: string,
  _assets: Assets,
  _signal?: AbortSignal,
): Promise<EnvironmentData> {
  throw new Error('under construction');
}

/** The environments that exist or are chosen, one per trainer. */
export async function listEnvironments(_host: RunHost, _signal?: AbortSignal): Promise<EnvironmentData[]> {
  throw new Error('under construction');
}

/** The interpreter that runs of a trainer use: the person's own, else the created environment. */
export async function interpreterOf(_trainer: string, _settings: Settings): Promise<string> {
  throw new Error('under construction');
}

export function defaultEnvironmentsFolder(): string {
  throw new Error('under construction');
}

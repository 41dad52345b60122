import type { PrepareOptions, SpecSource } from './prepare.ts';
import type { RunHost } from './views.ts';

export interface StartOptions extends PrepareOptions {
  /** Whether the person trusts the workspace; without it nothing is started. */
  readonly trusted: boolean;
  /** Starts although the same spec is running. */
  readonly force?: boolean;
}

export async function startRun(
  _source: SpecSource,
  _options: StartOptions,
  _signal?: AbortSignal,
): Promise<{ run: string; folder: string }> {
  throw new Error('under construction');
}

export async function resumeRun(
  _folder: string,
  _options: { readonly host: RunHost; readonly trusted: boolean },
  _signal?: AbortSignal,
): Promise<void> {
  throw new Error('under construction');
}

export async function stopRun(
  _folder: string,
  _options: { readonly save: boolean },
): Promise<{ id: string }> {
  throw new Error('under construction');
}

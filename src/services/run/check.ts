import type { SpecSource } from './prepare.ts';
import type { Finding, RunHost } from './views.ts';

export async function checkRun(
  _source: SpecSource,
  _host: RunHost,
  _signal?: AbortSignal,
): Promise<Finding[]> {
  throw new Error('under construction');
}

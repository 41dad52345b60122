import type { RolloutLinkData } from './views.ts';

export async function rolloutsForTrace(
  _runsFolder: string,
  _trace: { readonly source: string; readonly id: string; readonly index: number },
  _signal?: AbortSignal,
): Promise<RolloutLinkData[]> {
  throw new Error('under construction');
}

import type { RunStatus } from '../../core/run/state.ts';

/** The state of a run by the evidence in its folder and of live processes (reliability.md §2). */
export async function readStatus(_folder: string): Promise<RunStatus> {
  throw new Error('under construction');
}

/** Whether processes of the run live, so that it can be stopped and must not be started again. */
export function isActive(status: RunStatus): boolean {
  return ['running', 'stalled', 'stopping', 'unsupervised', 'preparing'].includes(status.kind);
}

import type { RolloutAddress } from './views.ts';

export interface PromoteRequest {
  /** Run folder. */
  readonly folder: string;
  readonly rollout: RolloutAddress;
  /** Dataset (.jsonl) to append to; made when it is not there. */
  readonly to: string;
}

export async function promoteRollout(
  _request: PromoteRequest,
  _signal?: AbortSignal,
): Promise<{ dataset: string; id: string; line: number }> {
  throw new Error('under construction');
}

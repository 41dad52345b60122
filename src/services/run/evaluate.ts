import type { RunHost } from './views.ts';

export interface EvaluateRequest {
  readonly host: RunHost;
  readonly trusted: boolean;
  /** Folder, hub id, or `run:NAME[@STEP]`. */
  readonly model: string;
  /** Dataset file. */
  readonly dataset: string;
  readonly rows?: string;
  readonly filter?: string;
  readonly limit?: number;
  readonly samples?: number;
  readonly extraction?: string;
  /** Per-row records are written there. */
  readonly out?: string;
}

export interface EvaluationRecord {
  readonly model: string;
  readonly n: number;
  readonly correct: number;
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
  readonly by: Readonly<
    Record<
      string,
      {
        readonly n: number;
        readonly correct: number;
        readonly accuracy: number;
        readonly low: number;
        readonly high: number;
      }
    >
  >;
}

export async function evaluateModel(
  _request: EvaluateRequest,
  _signal?: AbortSignal,
): Promise<EvaluationRecord> {
  throw new Error('under construction');
}

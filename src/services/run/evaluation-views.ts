import type { Stage } from '../../core/run/spec.ts';
import type { ImageViewData, VerdictState } from '../dataset/views.ts';
import type { RolloutData } from './views.ts';

/** One kept evaluation of a model on a set; shares are 0..1. */
export interface EvaluationData {
  /** Name of the kept file. */
  id: string;
  /** Id of the run whose checkpoint it was, when that run is there. */
  run: string | null;
  /** Name of the run, or of the kept file. */
  name: string;
  stage: Stage | null;
  /** Step of the checkpoint. */
  step: number | null;
  model: string;
  dataset: string;
  /** Which of its rows, in words; empty for all. */
  selection: string;
  /** Completions of each row. */
  samples: number;
  /** Rows. */
  n: number;
  correct: number;
  accuracy: number;
  /** Wilson 95 % interval. */
  low: number;
  high: number;
  unparsed: number;
  truncated: number;
  /** Milliseconds since the epoch. */
  at: number;
}

/** Two evaluations of the same rows, a against b, or why they cannot be compared row by row. */
export type PairingData =
  | {
      kind: 'paired';
      both: number;
      onlyA: number;
      onlyB: number;
      neither: number;
      /** Of McNemar's exact test, two-sided. */
      p: number;
      /** Share of a minus share of b, −1..1, with Newcombe's 95 % interval. */
      difference: number;
      low: number;
      high: number;
    }
  | { kind: 'unpaired'; why: string };

export type FlipSide = 'either' | 'a' | 'b';

export interface FlipsRequest {
  a: string;
  b: string;
  /** Which of the two answers the rows correctly. */
  side: FlipSide;
  offset: number;
  count: number;
}

export interface FlipSummaryData {
  index: number;
  id: string;
  groundTruth: string;
  /** Start of the prompt; empty when the dataset does not hold the row any more. */
  prompt: string;
  images: number;
  correct: 'a' | 'b';
  verdictA: { state: VerdictState | 'none'; extracted: string | null };
  verdictB: { state: VerdictState | 'none'; extracted: string | null };
}

export interface FlipsPage {
  total: number;
  matched: number;
  flips: FlipSummaryData[];
}

export type GradedCompletion = Pick<RolloutData, 'completion' | 'tokens' | 'finish' | 'verdict'>;

export interface FlipData {
  index: number;
  id: string;
  turns: { role: string; text: string }[];
  images: ImageViewData[];
  /** Why prompt and images are not there; empty when they are. */
  missing: string;
  groundTruth: string;
  a: GradedCompletion;
  b: GradedCompletion;
}

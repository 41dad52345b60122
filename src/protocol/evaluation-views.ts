import { z } from 'zod';
import { imageViewSchema, segmentSchema } from './trace-views.ts';

/** One completion with its verdict. */
export const gradedCompletionSchema = z.object({
  completion: z.object({ text: z.string(), truncated: z.boolean(), segments: z.array(segmentSchema) }),
  tokens: z.int().nullable(),
  finish: z.enum(['stop', 'length', 'error', 'unknown']),
  verdict: z
    .object({
      state: z.enum(['correct', 'incorrect', 'unparsed']),
      extracted: z.string().nullable(),
      rule: z.string(),
    })
    .nullable(),
});
export type GradedCompletionView = z.infer<typeof gradedCompletionSchema>;

/** One kept evaluation of the workspace; shares are 0..1, the interval is Wilson's of 95 %. */
export const evaluationSchema = z.object({
  id: z.string(),
  run: z.string().nullable(),
  name: z.string(),
  stage: z.enum(['sft', 'grpo']).nullable(),
  step: z.int().nullable(),
  model: z.string(),
  dataset: z.string(),
  /** Which of its rows, in words; empty for all. */
  selection: z.string(),
  samples: z.int(),
  n: z.int(),
  correct: z.number(),
  accuracy: z.number(),
  low: z.number(),
  high: z.number(),
  unparsed: z.int(),
  truncated: z.int(),
  /** Milliseconds since the epoch. */
  at: z.number(),
});
export type EvaluationView = z.infer<typeof evaluationSchema>;

/** Two evaluations on the same rows, a against b, or why they are no pair. */
export const pairingSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('paired'),
    both: z.int(),
    onlyA: z.int(),
    onlyB: z.int(),
    neither: z.int(),
    /** Of McNemar's exact test, two-sided. */
    p: z.number(),
    /** Share of a minus share of b, −1..1, with Newcombe's 95 % interval. */
    difference: z.number(),
    low: z.number(),
    high: z.number(),
  }),
  z.object({ kind: z.literal('unpaired'), why: z.string() }),
]);
export type PairingView = z.infer<typeof pairingSchema>;

const rowVerdictSchema = z.object({
  state: z.enum(['correct', 'incorrect', 'unparsed', 'none']),
  extracted: z.string().nullable(),
});

/** A row that one of two evaluations answers correctly and the other does not. */
export const flipSummarySchema = z.object({
  index: z.int(),
  id: z.string(),
  groundTruth: z.string(),
  /** Start of the prompt; empty when the dataset does not hold the row any more. */
  prompt: z.string(),
  images: z.int(),
  /** Which of the two is right. */
  correct: z.enum(['a', 'b']),
  verdictA: rowVerdictSchema,
  verdictB: rowVerdictSchema,
});
export type FlipSummary = z.infer<typeof flipSummarySchema>;

export const flipSchema = z.object({
  index: z.int(),
  id: z.string(),
  turns: z.array(z.object({ role: z.string(), text: z.string() })),
  images: z.array(imageViewSchema),
  /** Why prompt and images are not there; empty when they are. */
  missing: z.string(),
  groundTruth: z.string(),
  a: gradedCompletionSchema,
  b: gradedCompletionSchema,
});
export type FlipView = z.infer<typeof flipSchema>;

import { z } from 'zod';

const completionSchema = z.object({
  completion: z.string(),
  tokens: z.int().nullable().default(null),
  finish: z.enum(['stop', 'length', 'error', 'unknown']).catch('unknown'),
  state: z.enum(['correct', 'incorrect', 'unparsed', 'none']).catch('none'),
  extracted: z.string().nullable().default(null),
  rule: z.string().default(''),
});
export type EvaluatedCompletion = z.infer<typeof completionSchema>;

/** One line of the per-row file of an evaluation, `<name>.jsonl`: what the model said to one row, graded. */
const evaluationLineSchema = z.object({
  index: z.int().min(0),
  id: z.string(),
  ground_truth: z.string().nullable(),
  /** Share of the completions that are correct. */
  correct: z.number(),
  completions: z.array(completionSchema).min(1),
});
export type EvaluationLine = z.infer<typeof evaluationLineSchema>;

/** Reads one line of a per-row file; null when it is none. */
export function parseEvaluationLine(text: string): EvaluationLine | null {
  try {
    const parsed = evaluationLineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

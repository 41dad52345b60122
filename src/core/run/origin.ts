import { z } from 'zod';
import { diskNumberSchema } from './events.ts';
import { runIdPattern } from './run-id.ts';

/** Where a promoted trace comes from: the rollout of a run, as the row's `origin` names it. */
export const originSchema = z.object({
  run: z.string().regex(runIdPattern),
  /** The run's name. */
  name: z.string(),
  step: z.int().min(0),
  group: z.int().min(0),
  index: z.int().min(0),
  /** Reward parts by name, and their weighted sum; null where the reward did not judge. */
  rewards: z.record(z.string(), diskNumberSchema),
  reward: diskNumberSchema,
  model: z.string(),
  /** The trace that prompted it; `source` is relative to the dataset that holds the row. */
  trace: z.object({ id: z.string(), index: z.int().nullable(), source: z.string() }),
});
export type Origin = z.infer<typeof originSchema>;

/** The origin of a row that was promoted, null of any other. */
export function originOf(row: unknown): Origin | null {
  const { origin } = Object(row) as { origin?: unknown };
  return originSchema.safeParse(origin).data ?? null;
}

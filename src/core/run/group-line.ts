import { z } from 'zod';
import { diskNumberSchema, traceLinkSchema } from './events.ts';
import { parseSealed } from './sealed-line.ts';

const step = z.int().min(0);
const count = z.int().min(0);

/** How the sampling of a completion ended. */
export const finishNames = ['stop', 'length', 'error', 'unknown'] as const;

const messageSchema = z.object({ role: z.string(), content: z.string() });

const rolloutSchema = z.object({
  i: count,
  completion: z.string(),
  tokens: z.int().nullable().default(null),
  finish: z.enum(finishNames).catch('unknown'),
  rewards: z.record(z.string(), diskNumberSchema).default({}),
  reward: diskNumberSchema.default(null),
  advantage: diskNumberSchema.default(null),
  extra: z.record(z.string(), z.unknown()).optional(),
  /** Characters of the whole completion when only a part of it is kept. */
  cut: z.int().optional(),
});
export type Rollout = z.infer<typeof rolloutSchema>;

/** One line of `rollouts/step-<n>.jsonl`: the rollouts of one prompt at one step. */
const groupLineSchema = z.object({
  restart: count.default(0),
  step,
  gen: count.default(0),
  split: z.enum(['train', 'eval']).default('train'),
  group: count,
  trace: traceLinkSchema,
  prompt: z.object({ messages: z.array(messageSchema).optional(), text: z.string().optional() }).default({}),
  images: z
    .array(
      z.object({
        path: z.string(),
        w: z.int().nullable().default(null),
        h: z.int().nullable().default(null),
      }),
    )
    .default([]),
  ground_truth: z.string().nullish(),
  rollouts: z.array(rolloutSchema),
});
export type GroupLine = z.infer<typeof groupLineSchema>;

/** Reads one line of `rollouts/step-<n>.jsonl` (no newline); null when it is damaged or not a group. */
export function parseGroupLine(line: string, crc?: string): GroupLine | null {
  const opened = parseSealed(line, crc);
  const parsed = opened.ok ? groupLineSchema.safeParse(opened.value) : null;
  return parsed?.success ? parsed.data : null;
}

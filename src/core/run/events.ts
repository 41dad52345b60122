import { z } from 'zod';
import { parseSealed, type SealFault } from './sealed-line.ts';
import { stageSchema } from './spec.ts';

/** A number on disk: non-finite ones by name, null when it does not apply. */
export const diskNumberSchema = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']), z.null()]);
export type DiskNumber = z.infer<typeof diskNumberSchema>;

const numbers = z.record(z.string(), diskNumberSchema);
const step = z.int().min(0);
const count = z.int().min(0);

const envelope = {
  version: z.literal(1),
  run: z.string(),
  /** 0, then +1 for every resume. */
  restart: count,
  /** From 0 in every restart; order and identity of an event are (restart, seq). */
  seq: count,
  /** Unix seconds. */
  ts: z.number(),
};

export const traceLinkSchema = z.object({
  id: z.string(),
  index: z.int().nullable().default(null),
  source: z.string().default(''),
});

const errorSchema = z.object({
  type: z.string().default(''),
  message: z.string().default(''),
  traceback: z.string().default(''),
  hint: z.string().default(''),
});

/** Every event of run events v1. Unknown fields are ignored; a field cut to fit its line is absent. */
const eventSchemas = {
  run_start: z.object({
    ...envelope,
    type: z.literal('run_start'),
    stage: stageSchema,
    trainer: z
      .object({ name: z.string(), version: z.string().default(''), adapter: z.string().default('') })
      .optional(),
    model: z.string().default(''),
    dataset: z
      .object({ path: z.string().default(''), traces: count.default(0), sha256: z.string().default('') })
      .optional(),
    output_dir: z.string().optional(),
    world: z.int().optional(),
    device: z
      .object({ kind: z.string(), name: z.string().default(''), count: z.int().default(1) })
      .optional(),
    max_steps: count.nullish(),
    epochs: z.number().nullish(),
    group_size: count.nullish(),
    rewards: z.array(z.object({ name: z.string(), weight: z.number().default(1) })).default([]),
    resume: z.object({ from: z.string().default(''), step: step.optional() }).nullish(),
    caps: z.array(z.string()).default([]),
  }),
  phase: z.object({
    ...envelope,
    type: z.literal('phase'),
    step,
    phase: z.string(),
    done: z.number().nullish(),
    total: z.number().nullish(),
  }),
  metrics: z.object({
    ...envelope,
    type: z.literal('metrics'),
    step,
    epoch: z.number().nullish(),
    split: z.enum(['train', 'eval']).default('train'),
    values: numbers.default({}),
    raw: z.record(z.string(), z.unknown()).default({}),
    elapsed_s: z.number().nullish(),
    eta_s: z.number().nullish(),
  }),
  rollout_batch: z.object({
    ...envelope,
    type: z.literal('rollout_batch'),
    step,
    gen: count.default(0),
    split: z.enum(['train', 'eval']).default('train'),
    /** Relative to the run folder; null when rollouts are not written. */
    file: z
      .string()
      .regex(/^rollouts\/[A-Za-z0-9._-]+\.jsonl$/)
      .nullable(),
    offset: count,
    bytes: count,
    groups: count,
    rollouts: count,
    of_groups: count.optional(),
    stats: z.record(z.string(), z.unknown()).default({}),
    preview: z.array(z.unknown()).default([]),
  }),
  eval_completion: z.object({
    ...envelope,
    type: z.literal('eval_completion'),
    step,
    trace: traceLinkSchema.optional(),
    prompt: z.unknown(),
    solution: z.string().nullish(),
    completion: z.string(),
    verdict: z.string().nullish(),
    rewards: numbers.default({}),
  }),
  checkpoint: z.object({
    ...envelope,
    type: z.literal('checkpoint'),
    step,
    path: z.string(),
    kind: z.enum(['periodic', 'best', 'final', 'interrupt']).catch('periodic'),
    resumable: z.boolean().default(true),
    adapter_only: z.boolean().default(false),
    needs_merge: z.boolean().default(false),
    bytes: count.default(0),
    metric: diskNumberSchema.optional(),
  }),
  reward_error: z.object({
    ...envelope,
    type: z.literal('reward_error'),
    step,
    reward: z.string(),
    trace: z.unknown().optional(),
    error: z.string(),
    traceback: z.string().default(''),
    /** How many calls or values failed in this way; 1 when not said. */
    count: z.int().positive().optional(),
  }),
  diag: z.object({
    ...envelope,
    type: z.literal('diag'),
    code: z.string(),
    level: z.enum(['info', 'warning', 'error']).catch('warning'),
    step: step.nullish(),
    detail: z.unknown(),
  }),
  log: z.object({
    ...envelope,
    type: z.literal('log'),
    level: z.string().default('info'),
    logger: z.string().default(''),
    text: z.string(),
  }),
  gap: z.object({
    ...envelope,
    type: z.literal('gap'),
    dropped: count,
    errno: z.string().default(''),
    unsynced: z.boolean().optional(),
  }),
  recovered: z.object({ ...envelope, type: z.literal('recovered'), torn_bytes: count.default(0) }),
  heartbeat: z.object({ ...envelope, type: z.literal('heartbeat') }),
  stop_ack: z.object({
    ...envelope,
    type: z.literal('stop_ack'),
    id: z.string(),
    mode: z.enum(['save', 'discard']),
    at_step: step,
  }),
  run_end: z.object({
    ...envelope,
    type: z.literal('run_end'),
    status: z.enum(['completed', 'stopped', 'failed']),
    step,
    error: errorSchema.nullish(),
    checkpoint: z.string().nullish(),
    totals: z.record(z.string(), z.unknown()).default({}),
  }),
} as const;

const runEventSchema = z.discriminatedUnion('type', [
  eventSchemas.run_start,
  eventSchemas.phase,
  eventSchemas.metrics,
  eventSchemas.rollout_batch,
  eventSchemas.eval_completion,
  eventSchemas.checkpoint,
  eventSchemas.reward_error,
  eventSchemas.diag,
  eventSchemas.log,
  eventSchemas.gap,
  eventSchemas.recovered,
  eventSchemas.heartbeat,
  eventSchemas.stop_ack,
  eventSchemas.run_end,
]);
export type RunEvent = z.infer<typeof runEventSchema>;

/** The step a restart went on from, 0 when it began anew; a checkpoint's folder names its step. */
export function resumedStep(resume: z.infer<typeof eventSchemas.run_start>['resume']): number {
  return resume ? (resume.step ?? Number(/-(\d+)$/.exec(resume.from)?.[1] ?? 0)) : 0;
}

export type EventOfType<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** An event of a type that this version does not know: it counts, and says nothing. */
export interface UnknownEvent {
  readonly type: 'unknown';
  readonly run: string;
  readonly restart: number;
  readonly seq: number;
  readonly ts: number;
}

export type ParsedLine =
  | { readonly ok: true; readonly event: RunEvent | UnknownEvent }
  | { readonly ok: false; readonly reason: SealFault | 'fields' };

const unknownSchema = z.object({ ...envelope, type: z.string() });

/** Reads one line of `events.jsonl` (no newline); for `crc` see `parseSealed`. */
export function parseEventLine(line: string, crc?: string): ParsedLine {
  const opened = parseSealed(line, crc);
  if (!opened.ok) return opened;
  const type = opened.value.type;
  if (typeof type === 'string' && Object.hasOwn(eventSchemas, type)) {
    const schema: z.ZodType<RunEvent> = eventSchemas[type as keyof typeof eventSchemas];
    const parsed = schema.safeParse(opened.value);
    return parsed.success ? { ok: true, event: parsed.data } : { ok: false, reason: 'fields' };
  }
  const parsed = unknownSchema.safeParse(opened.value);
  return parsed.success
    ? { ok: true, event: { ...parsed.data, type: 'unknown' } }
    : { ok: false, reason: 'fields' };
}

/** JSON Schema of one line of `events.jsonl`, for the Python side and for other readers. */
export function runEventJsonSchema(): unknown {
  const sealed = z.object({ crc: z.string().regex(/^[0-9a-f]{8}$/) });
  return {
    ...z.toJSONSchema(z.intersection(runEventSchema, sealed), { io: 'input', unrepresentable: 'any' }),
    title: 'Coldstart run event, version 1',
  };
}

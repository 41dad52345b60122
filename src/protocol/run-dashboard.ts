import { z } from 'zod';
import {
  evaluationSchema,
  flipSchema,
  flipSummarySchema,
  gradedCompletionSchema,
  pairingSchema,
} from './evaluation-views.ts';
import type { Contract } from './rpc.ts';
import { imageReplySchema, imageSizeSchema, imageViewSchema } from './trace-views.ts';

/** A number that may have gone non-finite; null means "does not apply". */
export const metricValueSchema = z.union([z.number(), z.literal(['NaN', 'Infinity', '-Infinity']), z.null()]);

const runErrorSchema = z.object({
  type: z.string(),
  message: z.string(),
  traceback: z.string(),
  hint: z.string(),
});

const runStatusSchema = z.discriminatedUnion('kind', [
  /** Asked for, and without a folder yet; `share` is 0..1. */
  z.object({ kind: z.literal('starting'), doing: z.string(), share: z.number().nullable() }),
  z.object({ kind: z.literal('preparing') }),
  z.object({
    kind: z.literal('running'),
    phase: z.string(),
    done: z.number().nullable(),
    total: z.number().nullable(),
  }),
  z.object({ kind: z.literal('stalled'), phase: z.string(), silentSeconds: z.number() }),
  z.object({ kind: z.literal('stopping'), save: z.boolean() }),
  z.object({ kind: z.literal('unsupervised') }),
  z.object({ kind: z.literal('completed') }),
  z.object({ kind: z.literal('stopped'), resumable: z.boolean() }),
  z.object({ kind: z.literal('failed'), error: runErrorSchema, resumable: z.boolean() }),
  z.object({ kind: z.literal('died'), reason: z.string(), resumable: z.boolean() }),
  z.object({ kind: z.literal('elsewhere'), host: z.string() }),
  z.object({ kind: z.literal('missing') }),
]);

const checkpointViewSchema = z.object({
  step: z.int(),
  path: z.string(),
  kind: z.enum(['periodic', 'best', 'final', 'interrupt']),
  resumable: z.boolean(),
  adapterOnly: z.boolean(),
  bytes: z.int(),
});

const runViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  stage: z.enum(['sft', 'grpo']),
  trainer: z.string(),
  model: z.string(),
  folder: z.string(),
  status: runStatusSchema,
  /** Increases with every event read. */
  seq: z.int(),
  step: z.int(),
  maxSteps: z.int().nullable(),
  epoch: z.number().nullable(),
  elapsedSeconds: z.number().nullable(),
  etaSeconds: z.number().nullable(),
  device: z.string(),
  dataset: z.object({ path: z.string(), traces: z.int() }),
  groupSize: z.int().nullable(),
  rewards: z.array(z.object({ name: z.string(), weight: z.number() })),
  restarts: z.array(z.object({ restart: z.int(), fromStep: z.int() })),
  checkpoints: z.array(checkpointViewSchema),
  /** Steps of which rollouts were written, ascending. */
  rolloutSteps: z.array(z.int()),
  /** Names of the metrics that have at least one point. */
  metrics: z.array(z.string()),
  findings: z.array(
    z.object({
      code: z.string(),
      level: z.enum(['info', 'warning', 'error']),
      step: z.int().nullable(),
      detail: z.string(),
    }),
  ),
  rewardErrors: z.int(),
  droppedEvents: z.int(),
  spec: z.unknown(),
  totals: z.record(z.string(), z.number()),
});
export type RunView = z.infer<typeof runViewSchema>;

/** A run that the dashboard's own is compared with. */
const comparedRunSchema = runViewSchema.pick({
  id: true,
  name: true,
  stage: true,
  trainer: true,
  model: true,
  status: true,
  seq: true,
  step: true,
  maxSteps: true,
  elapsedSeconds: true,
  metrics: true,
  spec: true,
});
export type ComparedRunView = z.infer<typeof comparedRunSchema>;

/** So many runs can be told apart by colour and dash beside the dashboard's own. */
export const mostCompared = 4;
/** Runs of the workspace by their ids. */
const comparedIdsSchema = z.array(z.string().min(1).max(100)).max(mostCompared);

export const seriesSchema = z.object({
  name: z.string(),
  split: z.enum(['train', 'eval']),
  /** Same length, ascending steps; at most the asked number of points (last value of each bucket, min and max kept). */
  steps: z.array(z.number()),
  values: z.array(metricValueSchema),
  /** Seconds in which the trainer had lived at each point, over all restarts. */
  seconds: z.array(z.number()),
});

const rolloutViewSchema = z.object({
  index: z.int(),
  ...gradedCompletionSchema.shape,
  rewards: z.record(z.string(), metricValueSchema),
  reward: metricValueSchema,
  advantage: metricValueSchema,
});
export type RolloutView = z.infer<typeof rolloutViewSchema>;

const groupSummarySchema = z.object({
  step: z.int(),
  group: z.int(),
  traceId: z.string(),
  /** Start of the prompt. */
  prompt: z.string(),
  groundTruth: z.string().nullable(),
  images: z.int(),
  mean: z.number().nullable(),
  spread: z.number().nullable(),
  rewards: z.array(metricValueSchema),
  /** The rollouts that the search finds, by the trainer's own numbers; empty without a search. */
  found: z.array(z.int()),
});
export type GroupSummary = z.infer<typeof groupSummarySchema>;

const groupViewSchema = z.object({
  step: z.int(),
  group: z.int(),
  split: z.enum(['train', 'eval']),
  trace: z.object({ id: z.string(), index: z.int().nullable(), source: z.string() }),
  turns: z.array(z.object({ role: z.string(), text: z.string() })),
  images: z.array(imageViewSchema),
  groundTruth: z.string().nullable(),
  /** Sorted by reward, highest first; `index` is the trainer's own position. */
  rollouts: z.array(rolloutViewSchema),
});
export type GroupView = z.infer<typeof groupViewSchema>;

/** An evaluation of the workspace by its id, never by a path. */
const evaluationIdSchema = z.string().min(1).max(255);
/** Two evaluations, a against b. */
const pairShape = { a: evaluationIdSchema, b: evaluationIdSchema };
const rowIndexSchema = z.int().min(0);
const rolloutAddressSchema = z.strictObject({ step: z.int(), group: z.int(), index: z.int() });
/** A file name without its extension: of simple characters, never a path and never hidden. */
const fileNamePattern = /^\w[\w.-]{0,119}$/;

/** Calls and events of the run dashboard; everything is read from the run folder. */
export const runDashboardContract = {
  methods: {
    'run-read': { request: z.strictObject({}), reply: runViewSchema },
    'metrics-read': {
      request: z.strictObject({
        names: z.array(z.string().max(200)).max(64),
        points: z.int().min(10).max(5000).default(1000),
        /** One of the compared runs; null for the dashboard's own. */
        run: z.string().max(100).nullable().default(null),
        /** The unit of `from` and `to`. */
        axis: z.enum(['step', 'time']).default('step'),
        from: z.int().optional(),
        to: z.int().optional(),
      }),
      reply: z.object({ seq: z.int(), series: z.array(seriesSchema) }),
    },
    /** Asks which runs to compare with, those of now ticked; null when nothing was chosen. */
    'compared-choose': {
      request: z.strictObject({ runs: comparedIdsSchema }),
      reply: z.object({ runs: comparedIdsSchema.nullable() }),
    },
    /** These runs as they are now; from then on they are followed, others no more. */
    'compared-read': {
      request: z.strictObject({ runs: comparedIdsSchema }),
      reply: z.object({ runs: z.array(comparedRunSchema), gone: z.array(z.string()) }),
    },
    'groups-read': {
      request: z.strictObject({
        step: z.int().min(0),
        order: z.enum(['file', 'worst', 'best', 'widest', 'uniform']),
        search: z.string().max(10_000).default(''),
        offset: z.int().min(0),
        count: z.int().min(1).max(100),
      }),
      reply: z.object({
        step: z.int(),
        total: z.int(),
        matched: z.int(),
        groups: z.array(groupSummarySchema),
      }),
    },
    'group-read': { request: z.strictObject({ step: z.int(), group: z.int() }), reply: groupViewSchema },
    'image-read': {
      request: z.strictObject({
        step: z.int(),
        group: z.int(),
        image: z.int(),
        size: imageSizeSchema,
      }),
      reply: imageReplySchema,
    },
    /** The end of a log, at most 256 KiB, ANSI removed. */
    'log-read': {
      request: z.strictObject({ stream: z.enum(['stdout', 'stderr']) }),
      reply: z.object({ text: z.string(), truncated: z.boolean() }),
    },
    'run-stop': { request: z.strictObject({ save: z.boolean() }), reply: z.object({}) },
    'run-resume': { request: z.strictObject({}), reply: z.object({}) },
    /** Starts the run spec as it is now once more, as a run of its own. */
    'run-again': { request: z.strictObject({}), reply: z.object({}) },
    /** Asks what else a GRPO run needs that begins at this checkpoint. */
    'grpo-start': { request: z.strictObject({ step: z.int() }), reply: z.object({}) },
    /** All evaluations of the run's workspace, newest first. */
    'evaluations-read': {
      request: z.strictObject({}),
      reply: z.object({ evaluations: z.array(evaluationSchema) }),
    },
    /** The paired test of every other evaluation on the same dataset against one. */
    'pairings-read': {
      request: z.strictObject({ against: evaluationIdSchema }),
      reply: z.object({
        pairings: z.array(z.object({ evaluation: z.string(), pairing: pairingSchema })),
      }),
    },
    /** A page of the rows that one of two evaluations answers correctly and the other does not. */
    'flips-read': {
      request: z.strictObject({
        ...pairShape,
        side: z.enum(['either', 'a', 'b']),
        offset: z.int().min(0),
        count: z.int().min(1).max(100),
      }),
      reply: z.object({ total: z.int(), matched: z.int(), flips: z.array(flipSummarySchema) }),
    },
    'flip-read': { request: z.strictObject({ ...pairShape, index: rowIndexSchema }), reply: flipSchema },
    'flip-image-read': {
      request: z.strictObject({
        ...pairShape,
        index: rowIndexSchema,
        image: z.int().min(0),
        size: imageSizeSchema,
      }),
      reply: imageReplySchema,
    },
    /** Opens the row of a flip in the trace editor. */
    'flip-trace-open': {
      request: z.strictObject({ ...pairShape, index: rowIndexSchema }),
      reply: z.object({}),
    },
    /** Asks for a set, then evaluates the checkpoint of a step, or the newest. */
    'evaluation-start': { request: z.strictObject({ step: z.int().nullable() }), reply: z.object({}) },
    'folder-open': { request: z.strictObject({}), reply: z.object({}) },
    'spec-open': { request: z.strictObject({}), reply: z.object({}) },
    /** Asks for a dataset, then appends the rollout as a trace; null when none was chosen. */
    'rollout-promote': {
      request: rolloutAddressSchema,
      reply: z.object({ dataset: z.string().nullable() }),
    },
    /** Opens the trace that a rollout was promoted to, in the dataset that the host put it into. */
    'promoted-open': { request: rolloutAddressSchema, reply: z.object({}) },
    /** Opens the trace that prompted the group in the trace editor. */
    'trace-open': { request: z.strictObject({ step: z.int(), group: z.int() }), reply: z.object({}) },
    /** Asks where a chart goes; `name` is proposed, in the run's workspace. */
    'export-chart': {
      request: z.strictObject({
        name: z.string().regex(fileNamePattern),
        format: z.enum(['csv', 'png']),
        /** A picture is in base64. */
        text: z.string().max(8_000_000),
      }),
      reply: z.object({}),
    },
    'link-open': { request: z.strictObject({ url: z.url({ protocol: /^https$/ }) }), reply: z.object({}) },
  },
  events: {
    'run-advanced': z.object({ seq: z.int() }),
    /** A compared run went on. */
    'compared-advanced': z.object({ run: z.string(), seq: z.int() }),
    'evaluations-changed': z.object({}),
    'evaluations-show': z.object({}),
    reveal: z.object({ step: z.int(), group: z.int(), index: z.int().nullable() }),
    command: z.object({
      name: z.enum([
        'next-step',
        'previous-step',
        'next-group',
        'previous-group',
        'next-rollout',
        'previous-rollout',
        'promote',
        'diff',
        'open-source',
        'search',
        'help',
      ]),
    }),
  },
} satisfies Contract;

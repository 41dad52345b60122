import type { RunSpecInput } from '../../core/run/spec.ts';

/** The four arms of the comparison, in the order in which they are shown. */
export const arms = ['base', 'rl-only', 'sft-only', 'sft-rl'] as const;
export type Arm = (typeof arms)[number];

export const armTitles: Readonly<Record<Arm, string>> = {
  base: 'base',
  'rl-only': 'RL only',
  'sft-only': 'SFT only',
  'sft-rl': 'SFT + RL',
};

/** One run of the demo: `after` names the run whose checkpoint it starts from. */
export interface DemoRun {
  readonly name: string;
  readonly after: string | null;
  readonly spec: RunSpecInput;
}

const common = { version: 1, trainer: 'trl', device: 'cpu', threads: 1, save_limit: 1 } as const;
const adam = { adam_beta2: 0.95 };

const sft = {
  ...common,
  stage: 'sft',
  batch_size: 32,
  learning_rate: 3e-3,
  schedule: 'cosine',
  warmup_steps: 40,
  save_steps: 100,
  log_steps: 5,
  trainer_args: adam,
} as const;

const grpo = {
  ...common,
  stage: 'grpo',
  dataset: { path: 'problems.jsonl' },
  batch_size: 64,
  group_size: 8,
  max_completion_length: 88,
  temperature: 1,
  beta: 0,
  learning_rate: 1e-4,
  schedule: 'constant_with_warmup',
  warmup_steps: 5,
  max_grad_norm: 0.5,
  max_steps: 120,
  save_steps: 40,
  log_steps: 1,
  trainer_args: adam,
} as const;

/**
 * The runs of the demo on the 3 × 3 board task: a base that only describes, SFT on structured traces, and GRPO from
 * both. Settings were chosen on a tuning split (never on the held-out set). `scale` shortens every run for tests.
 */
export function boardRuns(seed: number, options: { ablation?: boolean; scale?: number } = {}): DemoRun[] {
  const steps = (full: number) => Math.max(2, Math.round(full * (options.scale ?? 1)));
  const warmup = (full: number) => Math.min(40, Math.floor(steps(full) / 5));
  const fine = (name: string, after: string | null, model: string, path: string, full: number): DemoRun => ({
    name,
    after,
    spec: {
      ...sft,
      name,
      seed,
      model,
      dataset: { path },
      max_steps: steps(full),
      warmup_steps: warmup(full),
    },
  });
  const reinforce = (name: string, after: string): DemoRun => ({
    name,
    after,
    spec: {
      ...grpo,
      rewards: [{ name: 'answer', weight: 1 }],
      name,
      seed,
      model: `run:${after}`,
      max_steps: steps(120),
    },
  });
  return [
    fine('base', null, 'models/random', 'world.jsonl', 200),
    fine('sft-only', 'base', 'run:base', 'traces.jsonl', 350),
    reinforce('rl-only', 'base'),
    reinforce('sft-rl', 'sft-only'),
    ...(options.ablation
      ? [
          fine('answer-sft', 'base', 'run:base', 'answers-only.jsonl', 350),
          reinforce('answer-sft-rl', 'answer-sft'),
        ]
      : []),
  ];
}

/** Sizes of a loop on a person's own dataset. */
export interface OwnDataOptions {
  readonly path: string;
  readonly shape: string;
  readonly trainRows: number;
  readonly model: string;
  readonly sftSteps: number;
  readonly grpoSteps: number;
  readonly seed: number;
  /** Tokens of one rollout. */
  readonly completionTokens: number;
}

/** The same four arms on a person's own JSONL: the first rows train, the last ones are held out. */
export function ownDataRuns(options: OwnDataOptions): DemoRun[] {
  const dataset = { path: options.path, shape: options.shape, rows: `0:${options.trainRows}` };
  const fine: RunSpecInput = {
    ...common,
    stage: 'sft',
    name: 'sft-only',
    seed: options.seed,
    model: options.model,
    dataset,
    batch_size: 8,
    max_steps: options.sftSteps,
    learning_rate: 1e-3,
    warmup_steps: Math.min(10, Math.floor(options.sftSteps / 5)),
    save_steps: 50,
  };
  const reinforce = (name: string, model: string): RunSpecInput => ({
    ...common,
    stage: 'grpo',
    name,
    seed: options.seed,
    model,
    dataset,
    rewards: [
      { name: 'answer', weight: 1 },
      { name: 'format', weight: 0.2 },
    ],
    batch_size: 8,
    group_size: 4,
    max_completion_length: options.completionTokens,
    max_steps: options.grpoSteps,
    learning_rate: 1e-4,
    save_steps: 50,
  });
  return [
    { name: 'sft-only', after: null, spec: fine },
    { name: 'rl-only', after: null, spec: reinforce('rl-only', options.model) },
    { name: 'sft-rl', after: 'sft-only', spec: reinforce('sft-rl', 'run:sft-only') },
  ];
}

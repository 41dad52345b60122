import type { RunSpec, Stage } from '../../core/run/spec.ts';
import type { RunStatus } from '../../core/run/state.ts';
import type { Segment } from '../../core/trace/trace.ts';
import type { ImageViewData, VerdictState } from '../dataset/views.ts';
import type { Assets, Log, Progress, Settings } from '../ports.ts';

/** What every use case of runs gets from its host. */
export interface RunHost {
  readonly settings: Settings;
  readonly assets: Assets;
  /** Folder that relative paths of the settings belong to; null when no folder is open. */
  readonly workspace: string | null;
  readonly log: Log;
  readonly progress?: Progress;
}

/** A number as it stands on disk: non-finite ones by name, null when it does not apply. */
export type MetricValue = number | 'NaN' | 'Infinity' | '-Infinity' | null;

export type FindingLevel = 'info' | 'warning' | 'error';

/** One thing that a check found; `fix` says what to do. */
export interface Finding {
  readonly code: string;
  readonly severity: FindingLevel;
  readonly message: string;
  readonly fix: string;
  /** The setting of the run spec that the finding is about, such as `["rewards", 0]`. */
  readonly path?: readonly (string | number)[];
  /** Where that setting stands in the file: line and column from 1, length in UTF-16 units. */
  readonly line?: number;
  readonly column?: number;
  readonly length?: number;
}

/** A mistake in a run spec with its place: line and column from 1, offset and length in UTF-16 units. */
export interface SpecProblem {
  readonly code: 'json' | 'unknown-key' | 'missing' | 'value';
  readonly message: string;
  readonly fix: string;
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly length: number;
  /** A change of the text that mends it. */
  readonly edit?: SpecEdit | undefined;
}

/** A change of a run spec's text: replaces `length` UTF-16 units at `offset`. */
export interface SpecEdit {
  readonly title: string;
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

export interface CheckpointData {
  step: number;
  path: string;
  kind: 'periodic' | 'best' | 'final' | 'interrupt';
  resumable: boolean;
  adapterOnly: boolean;
  bytes: number;
}

/** One run as lists show it, without its events. */
export interface RunListing {
  readonly id: string;
  readonly name: string;
  readonly stage: Stage;
  readonly trainer: string;
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly specPath: string | null;
  readonly status: RunStatus;
  readonly step: number;
  readonly maxSteps: number | null;
  readonly etaSeconds: number | null;
  /** Newest total reward (GRPO) or loss (SFT), and which way the last points went. */
  readonly headline: {
    readonly metric: string;
    readonly value: number;
    readonly trend: 'up' | 'down' | 'flat';
  } | null;
}

export interface RunViewData {
  id: string;
  name: string;
  stage: Stage;
  trainer: string;
  model: string;
  folder: string;
  status: RunStatus;
  seq: number;
  step: number;
  maxSteps: number | null;
  epoch: number | null;
  elapsedSeconds: number | null;
  etaSeconds: number | null;
  device: string;
  dataset: { path: string; traces: number };
  groupSize: number | null;
  rewards: { name: string; weight: number }[];
  restarts: { restart: number; fromStep: number }[];
  checkpoints: CheckpointData[];
  rolloutSteps: number[];
  metrics: string[];
  findings: { code: string; level: FindingLevel; step: number | null; detail: string }[];
  rewardErrors: number;
  droppedEvents: number;
  spec: RunSpec;
  totals: Record<string, number>;
}

/** What a dashboard shows of a run that its own is compared with. */
export type ComparedRunData = Pick<
  RunViewData,
  | 'id'
  | 'name'
  | 'stage'
  | 'trainer'
  | 'model'
  | 'status'
  | 'seq'
  | 'step'
  | 'maxSteps'
  | 'elapsedSeconds'
  | 'metrics'
  | 'spec'
>;

/** What runs are laid over each other by: the trainer's steps, or seconds in which it lived. */
export type RunAxis = 'step' | 'time';

export interface MetricsRequest {
  names: readonly string[];
  points: number;
  /** The unit of `from` and `to`; steps unless said. */
  axis?: RunAxis | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

export interface SeriesData {
  name: string;
  split: 'train' | 'eval';
  steps: number[];
  values: MetricValue[];
  /** Seconds in which the trainer had lived at each point. */
  seconds: number[];
}

export type GroupOrder = 'file' | 'worst' | 'best' | 'widest' | 'uniform';

export interface GroupsRequest {
  step: number;
  order: GroupOrder;
  search: string;
  offset: number;
  count: number;
}

export interface GroupSummaryData {
  step: number;
  group: number;
  traceId: string;
  prompt: string;
  groundTruth: string | null;
  images: number;
  mean: number | null;
  spread: number | null;
  rewards: MetricValue[];
  /** Rollouts that the search finds; empty without a search. */
  found: number[];
}

export interface GroupsPage {
  step: number;
  total: number;
  matched: number;
  groups: GroupSummaryData[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface RolloutData {
  index: number;
  completion: { text: string; truncated: boolean; segments: Mutable<Segment>[] };
  tokens: number | null;
  finish: 'stop' | 'length' | 'error' | 'unknown';
  rewards: Record<string, MetricValue>;
  reward: MetricValue;
  advantage: MetricValue;
  verdict: { state: VerdictState; extracted: string | null; rule: string } | null;
}

export interface GroupData {
  step: number;
  group: number;
  split: 'train' | 'eval';
  trace: { id: string; index: number | null; source: string };
  turns: { role: string; text: string }[];
  images: ImageViewData[];
  groundTruth: string | null;
  /** Sorted by reward, highest first; `index` is the trainer's own position. */
  rollouts: RolloutData[];
}

export interface LogText {
  text: string;
  truncated: boolean;
}

/** Names one rollout of a run. */
export interface RolloutAddress {
  readonly step: number;
  readonly group: number;
  readonly index: number;
}

/** A rollout that some run sampled for a trace. */
export interface RolloutLinkData {
  run: string;
  name: string;
  step: number;
  group: number;
  index: number;
  reward: number | null;
  verdict: VerdictState | 'none';
  preview: string;
}

/** What a trainer environment can do, as its own interpreter reports it. */
export interface EnvironmentData {
  trainer: string;
  /** Absolute path of the interpreter. */
  python: string;
  ready: boolean;
  versions: Record<string, string>;
  /** For people: `cpu`, or the name of the accelerator. */
  device: string;
  missing: string[];
  /** What to do when it is not ready; empty otherwise. */
  advice: string;
}

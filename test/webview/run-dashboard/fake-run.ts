import { orderGroups } from '../../../src/core/run/group-statistics.ts';
import { parseSegments } from '../../../src/core/trace/segments.ts';
import type { EvaluationView, PairingView } from '../../../src/protocol/evaluation-views.ts';
import {
  type GroupView,
  type RolloutView,
  type RunView,
  runDashboardContract,
} from '../../../src/protocol/run-dashboard.ts';
import { createFakeHost, type FakeHandlers, type FakeHost } from '../fake-host.ts';
import {
  type FakeFlip,
  type FakeMetrics,
  type FakeOther,
  flipsPage,
  flipView,
  otherView,
  seriesOf,
} from './fake-comparison.ts';

type Contract = typeof runDashboardContract;

/** One rollout as a test writes it; what is left out is what most rollouts have. */
export interface FakeRollout {
  readonly text: string;
  readonly rewards: RolloutView['rewards'];
  readonly reward: RolloutView['reward'];
  readonly advantage?: RolloutView['advantage'];
  readonly tokens?: number | null;
  readonly finish?: RolloutView['finish'];
  readonly verdict?: 'correct' | 'incorrect' | 'unparsed';
  readonly read?: string;
}

export interface FakeGroup {
  readonly prompt: string;
  readonly truth?: string | null;
  readonly images?: GroupView['images'];
  /** In the trainer's own order. */
  readonly rollouts: readonly FakeRollout[];
}

export interface FakeOptions {
  readonly run?: Partial<RunView>;
  /** Values by `split/name`, one a step from step 1. */
  readonly metrics?: FakeMetrics;
  /** Groups of a step; steps with rollouts are those of `run.rolloutSteps`. */
  groups?(step: number): readonly FakeGroup[];
  readonly evaluations?: readonly EvaluationView[];
  /** Tests of evaluations, by `a against b`; others are no pair. */
  readonly pairings?: Readonly<Record<string, PairingView>>;
  /** Rows that only one of two evaluations solves, in the order of the dataset. */
  readonly flips?: readonly FakeFlip[];
  /** Other runs of the workspace, with values as `metrics` has them; a step takes `secondsPerStep`. */
  readonly others?: readonly FakeOther[];
  /** What the person ticks when asked which runs to compare with; null leaves the question. */
  ticks?(before: readonly string[]): string[] | null;
  readonly logs?: { stdout: string; stderr: string };
  readonly handlers?: Partial<FakeHandlers<Contract>>;
  /** A list of groups, or one group, is there when this has come to pass. */
  arrival?(method: 'groups-read' | 'group-read', step: number): Promise<void> | undefined;
  picture?(
    step: number,
    group: number,
  ): { bytes: Uint8Array<ArrayBuffer>; width: number; height: number } | null;
}

export interface FakeRun extends FakeHost<Contract> {
  /** Changes what `run-read` says, and tells the page. */
  advance(change: Partial<RunView>): void;
}

const number = (value: RolloutView['reward']): number =>
  typeof value === 'number' ? value : Number.NEGATIVE_INFINITY;

/** A host with a run of its own making. */
export function fakeRun(options: FakeOptions = {}): FakeRun {
  let run: RunView = {
    id: '20260101-120000-ab12',
    name: 'tabmwp-3b',
    stage: 'grpo',
    trainer: 'trl 1.13.0',
    model: 'Qwen/Qwen2.5-VL-3B-Instruct',
    folder: '/data/.coldstart/runs/20260101-120000-ab12',
    status: { kind: 'running', phase: 'generating', done: 23, total: 64 },
    seq: 1,
    step: 34,
    maxSteps: 120,
    epoch: 0.28,
    elapsedSeconds: 1740,
    etaSeconds: 4320,
    device: 'NVIDIA H200',
    dataset: { path: '/data/traces.jsonl', traces: 1000 },
    groupSize: 8,
    rewards: [
      { name: 'answer', weight: 1 },
      { name: 'format', weight: 0.2 },
    ],
    restarts: [],
    checkpoints: [],
    rolloutSteps: [],
    metrics: [...new Set(Object.keys(options.metrics ?? {}).map((key) => key.slice(key.indexOf('/') + 1)))],
    findings: [],
    rewardErrors: 0,
    droppedEvents: 0,
    spec: { name: 'tabmwp-3b', stage: 'grpo', steps: 120 },
    totals: {},
    ...options.run,
  };
  const groupsOf = (step: number) => options.groups?.(step) ?? [];

  const view = (step: number, group: number): GroupView => {
    const one = groupsOf(step)[group];
    if (!one) throw { code: 'rollouts-not-found', message: 'No such group.', hint: '' };
    return {
      step,
      group,
      split: 'train',
      trace: { id: `row-${group}`, index: group, source: run.dataset.path },
      turns: [{ role: 'user', text: one.prompt }],
      images: one.images ?? [],
      groundTruth: one.truth ?? null,
      rollouts: one.rollouts
        .map((rollout, index) => ({
          index,
          completion: { text: rollout.text, truncated: false, segments: parseSegments(rollout.text) },
          tokens: rollout.tokens ?? rollout.text.split(/\s+/).length,
          finish: rollout.finish ?? ('stop' as const),
          rewards: rollout.rewards,
          reward: rollout.reward,
          advantage: rollout.advantage ?? 0,
          verdict: rollout.verdict
            ? { state: rollout.verdict, extracted: rollout.read ?? null, rule: 'string, then number' }
            : null,
        }))
        .sort((a, b) => number(b.reward) - number(a.reward)),
    };
  };

  const summaries = (step: number) =>
    groupsOf(step).map((one, group) => {
      const finite = one.rollouts.map(({ reward }) => reward).filter((reward) => typeof reward === 'number');
      return {
        step,
        group,
        traceId: `row-${group}`,
        prompt: one.prompt.slice(0, 200),
        groundTruth: one.truth ?? null,
        images: one.images?.length ?? 0,
        mean: finite.length === 0 ? null : finite.reduce((sum, value) => sum + value, 0) / finite.length,
        spread: finite.length === 0 ? null : Math.max(...finite) - Math.min(...finite),
        rewards: one.rollouts.map(({ reward }) => reward),
        found: [] as number[],
      };
    });

  const handlers: FakeHandlers<Contract> = {
    'run-read': () => run,
    'metrics-read': ({ run: id, ...asked }) => {
      const other = options.others?.find((one) => one.run.id === id);
      if (id !== null && !other) throw { code: 'request-invalid', message: 'Not compared.', hint: '' };
      const { metrics = {}, secondsPerStep = 50 } = other ?? { metrics: options.metrics };
      const step = other ? (other.run.step ?? Number.POSITIVE_INFINITY) : run.step;
      return { seq: run.seq, series: seriesOf(metrics, step, secondsPerStep, asked) };
    },
    'compared-choose': ({ runs }) => ({ runs: options.ticks?.(runs) ?? null }),
    'compared-read': ({ runs }) => ({
      runs: runs.flatMap((id) => options.others?.find((one) => one.run.id === id) ?? []).map(otherView),
      gone: runs.filter((id) => !options.others?.some((one) => one.run.id === id)),
    }),
    'groups-read': async ({ step, order, search, offset, count }) => {
      await options.arrival?.('groups-read', step);
      if (search.includes('><')) {
        throw {
          code: 'filter-invalid',
          message: "reward is compared with a number, not '<'.",
          hint: 'At character 8: “<”.',
        };
      }
      const all = summaries(step);
      const found = all.flatMap((summary) => {
        const rollouts = groupsOf(step)[summary.group]?.rollouts ?? [];
        const matching = rollouts.flatMap(({ text }, at) =>
          search !== '' && (summary.prompt.includes(search) || text.includes(search)) ? [at] : [],
        );
        return search === '' || matching.length > 0 ? [{ ...summary, found: matching }] : [];
      });
      const ordered = orderGroups(found, order);
      return {
        step,
        total: all.length,
        matched: ordered.length,
        groups: ordered.slice(offset, offset + count),
      };
    },
    'group-read': async ({ step, group }) => {
      await options.arrival?.('group-read', step);
      return view(step, group);
    },
    'image-read': ({ step, group }) => {
      const picture = options.picture?.(step, group);
      return picture
        ? { status: 'ready', mime: 'image/png', ...picture }
        : { status: 'refused', message: 'Could not read images/17.png (file not found).' };
    },
    'log-read': ({ stream }) => ({ text: options.logs?.[stream] ?? '', truncated: false }),
    'run-stop': () => ({}),
    'run-resume': () => ({}),
    'run-again': () => ({}),
    'grpo-start': () => ({}),
    'evaluations-read': () => ({ evaluations: [...(options.evaluations ?? [])] }),
    'pairings-read': ({ against }) => ({
      pairings: (options.evaluations ?? [])
        .filter(({ id }) => id !== against)
        .map(({ id }) => ({
          evaluation: id,
          pairing: options.pairings?.[`${id} against ${against}`] ?? {
            kind: 'unpaired',
            why: 'The single rows are missing.',
          },
        })),
    }),
    'flips-read': (asked) => flipsPage(options.flips ?? [], asked),
    'flip-read': ({ index }) => flipView(options.flips ?? [], index),
    'flip-image-read': () => ({ status: 'refused', message: 'The row has no such image.' }),
    'flip-trace-open': () => ({}),
    'evaluation-start': () => ({}),
    'folder-open': () => ({}),
    'spec-open': () => ({}),
    'rollout-promote': () => ({ dataset: '/data/promoted.jsonl' }),
    'promoted-open': () => ({}),
    'trace-open': () => ({}),
    'export-chart': () => ({}),
    'link-open': () => ({}),
    ...options.handlers,
  };
  const host = createFakeHost(runDashboardContract, handlers);
  return {
    ...host,
    advance(change) {
      run = { ...run, ...change, seq: run.seq + 1 };
      host.emit('run-advanced', { seq: run.seq });
    },
  };
}

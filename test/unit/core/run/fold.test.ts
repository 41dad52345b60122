import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/core/run/events.ts';
import { fold } from '../../../../src/core/run/fold.ts';
import {
  currentEnd,
  currentStep,
  droppedEvents,
  elapsedSeconds,
  emptyFold,
  etaSeconds,
  type RunFold,
  rolloutSteps,
  secondsOf,
} from '../../../../src/core/run/run-fold.ts';

const base = { version: 1, run: 'r' } as const;
const start = (restart: number, seq: number, step?: number): RunEvent => ({
  ...base,
  restart,
  seq,
  ts: restart * 1000 + seq,
  type: 'run_start',
  stage: 'grpo',
  model: 'm',
  rewards: [],
  caps: [],
  ...(step === undefined ? {} : { resume: { from: `checkpoints/checkpoint-${step}`, step } }),
});
const metrics = (restart: number, seq: number, step: number, reward: number): RunEvent => ({
  ...base,
  restart,
  seq,
  ts: restart * 1000 + seq,
  type: 'metrics',
  step,
  split: 'train',
  values: { reward },
  raw: {},
});
const batch = (restart: number, seq: number, step: number): RunEvent => ({
  ...base,
  restart,
  seq,
  ts: restart * 1000 + seq,
  type: 'rollout_batch',
  step,
  gen: 0,
  split: 'train',
  file: `rollouts/step-${step}.jsonl`,
  offset: restart * 100,
  bytes: 100,
  groups: 2,
  rollouts: 8,
  stats: {},
  preview: [],
});
const checkpoint = (restart: number, seq: number, step: number): RunEvent => ({
  ...base,
  restart,
  seq,
  ts: restart * 1000 + seq,
  type: 'checkpoint',
  step,
  path: `checkpoints/checkpoint-${step}`,
  kind: 'periodic',
  resumable: true,
  adapter_only: false,
  needs_merge: false,
  bytes: 1,
});

const foldAll = (events: readonly RunEvent[]): RunFold => events.reduce(fold, emptyFold());
const points = (state: RunFold) => {
  const series = state.series.get('train/reward');
  return series ? series.steps.map((step, index) => [step, series.values[index]]) : [];
};
/** Everything a dashboard reads, as plain data. */
const facts = (state: RunFold) => ({
  count: state.count,
  points: points(state),
  steps: rolloutSteps(state),
  places: rolloutSteps(state).map((step) => state.batches.get(step)),
  checkpoints: [...state.checkpoints].sort(([a], [b]) => a - b),
  step: currentStep(state),
  elapsed: elapsedSeconds(state),
  dropped: droppedEvents(state),
  end: currentEnd(state)?.status ?? null,
  findings: [...state.findings].sort(([a], [b]) => (a < b ? -1 : 1)),
  rewardErrors: state.rewardErrors,
  phase: state.phase,
  progress: state.progress,
});

const resumed: readonly RunEvent[] = [
  start(0, 0),
  metrics(0, 1, 1, 0.1),
  batch(0, 2, 2),
  metrics(0, 3, 2, 0.2),
  checkpoint(0, 4, 2),
  batch(0, 5, 3),
  metrics(0, 6, 3, 0.3),
  metrics(0, 7, 4, 0.4),
  checkpoint(0, 8, 4),
  start(1, 0, 2),
  batch(1, 1, 3),
  metrics(1, 2, 3, 0.33),
];

test('what an ended or earlier restart said of the time left is no longer said', () => {
  const timed = (restart: number, seq: number) => ({ ...metrics(restart, seq, 1, 0.1), eta_s: 60 });
  const end = { ...base, restart: 0, seq: 2, ts: 2, type: 'run_end', status: 'stopped', step: 1 } as RunEvent;
  const left = (...events: RunEvent[]) => etaSeconds(foldAll(events), events.at(-1)?.ts ?? 0);
  const first = [start(0, 0), timed(0, 1)];
  expect(left(start(0, 0))).toBe(null);
  expect(left(...first)).toBe(60);
  expect(left(...first, end)).toBe(null);
  expect(left(...first, start(1, 0, 1))).toBe(null);
  expect(left(...first, start(1, 0, 1), timed(1, 1))).toBe(60);
});

test('a resumed run replaces what came after its checkpoint, and nothing else', () => {
  const state = foldAll(resumed);
  expect(points(state)).toEqual([
    [1, 0.1],
    [2, 0.2],
    [3, 0.33],
  ]);
  expect(rolloutSteps(state)).toEqual([2, 3]);
  expect(state.batches.get(3)?.map((place) => place.restart)).toEqual([1]);
  expect([...state.checkpoints.keys()]).toEqual([2]);
  expect(currentStep(state)).toBe(3);
});

test('a restart that still loads stands at the checkpoint it goes on from', () => {
  const loading = { ...metrics(1, 0, 0, 0), values: {}, step: 0 } as RunEvent;
  const state = foldAll([start(0, 0), metrics(0, 1, 5, 0.1), checkpoint(0, 2, 4), loading]);
  expect(currentStep(state)).toBe(4);
});

test('a restart without a checkpoint begins the run anew', () => {
  const state = foldAll([
    start(0, 0),
    metrics(0, 1, 0, 1),
    metrics(0, 2, 1, 1),
    start(1, 0),
    metrics(1, 1, 1, 2),
  ]);
  expect(points(state)).toEqual([[1, 2]]);
});

test('numbers that never came are counted as dropped events', () => {
  expect(droppedEvents(foldAll([start(0, 0), metrics(0, 1, 1, 0), metrics(0, 5, 2, 0)]))).toBe(3);
});

test('an end counts only while no later restart has begun', () => {
  const end: RunEvent = {
    ...base,
    restart: 0,
    seq: 1,
    ts: 1,
    type: 'run_end',
    status: 'stopped',
    step: 4,
    totals: {},
  };
  expect(currentEnd(foldAll([start(0, 0), end]))?.status).toBe('stopped');
  expect(currentEnd(foldAll([start(0, 0), end, start(1, 0, 4)]))).toBeNull();
});

test('native keys are kept beside the canonical ones, and never twice', () => {
  const event = metrics(0, 0, 1, 0.5) as RunEvent & { type: 'metrics' };
  const raw = { reward: 0.5, 'completions/min_length': 3, epoch: 1, 'rewards/answer/mean': 0.25, text: 'no' };
  expect([...foldAll([{ ...event, raw }]).series.keys()]).toEqual([
    'train/reward',
    'train/completions/min_length',
    'train/rewards/answer/mean',
  ]);
});

test('what comes at every step of a long run is counted whole, and the newest of it is known', () => {
  const steps = Array.from({ length: 5000 }, (_, step) => step);
  const state = foldAll(
    steps.flatMap((step): RunEvent[] => {
      const common = { ...base, restart: 0, ts: step, step };
      const detail = `at ${step}`;
      return [
        { ...common, seq: 2 * step, type: 'diag', code: 'all-cut', level: 'warning', detail },
        {
          ...common,
          seq: 2 * step + 1,
          type: 'reward_error',
          reward: 'answer',
          error: detail,
          traceback: '',
        },
      ];
    }),
  );
  expect(state.findings.get('all-cut')).toMatchObject({
    count: 5000,
    first: { seq: 0 },
    newest: { step: 4999, detail: 'at 4999' },
  });
  expect(state.rewardErrors).toMatchObject({ count: 5000, newest: { step: 4999, error: 'at 4999' } });
});

describe('the fold depends on the set of events only', () => {
  const anyEvents = fc
    .array(
      fc.record({
        restart: fc.nat(2),
        step: fc.nat(8),
        kind: fc.constantFrom('metrics', 'batch', 'checkpoint', 'start', 'end', 'diag', 'fault'),
        value: fc.nat(9),
      }),
      { maxLength: 40 },
    )
    .map((specs) => {
      const next = [0, 0, 0];
      return specs.map(({ restart, step, kind, value }): RunEvent => {
        const seq = next[restart] ?? 0;
        next[restart] = seq + 1;
        const common = { ...base, restart, seq, ts: restart * 1000 + seq };
        switch (kind) {
          case 'metrics':
            return metrics(restart, seq, step, value);
          case 'batch':
            return batch(restart, seq, step);
          case 'checkpoint':
            return checkpoint(restart, seq, step);
          case 'start':
            return start(restart, seq, restart === 0 ? undefined : step);
          case 'end':
            return { ...common, type: 'run_end', status: 'stopped', step, totals: {} };
          case 'fault':
            return {
              ...common,
              type: 'reward_error',
              step,
              reward: 'answer',
              error: `${value}`,
              traceback: '',
              count: value + 1,
            };
          default:
            return { ...common, type: 'diag', code: `code-${value}`, level: 'warning', step, detail: 'x' };
        }
      });
    })
    // One start a restart, as the trainer writes it.
    .map((events) => {
      const started = new Set<number>();
      return events.filter((event) => {
        if (event.type !== 'run_start') return true;
        const isFirst = !started.has(event.restart);
        started.add(event.restart);
        return isFirst;
      });
    });

  test('not on their order', () => {
    fc.assert(
      fc.property(anyEvents, fc.infiniteStream(fc.nat()), (events, keys) => {
        const order = events.map((event) => ({ event, key: keys.next().value ?? 0 }));
        const shuffled = order.sort((a, b) => a.key - b.key).map(({ event }) => event);
        expect(facts(foldAll(shuffled))).toEqual(facts(foldAll(events)));
      }),
      { numRuns: 500 },
    );
  });

  test('not on duplicates', () => {
    fc.assert(
      fc.property(anyEvents, fc.nat(), (events, from) => {
        const again = events.slice(events.length === 0 ? 0 : from % events.length);
        expect(facts(foldAll([...events, ...again]))).toEqual(facts(foldAll(events)));
      }),
    );
  });
});

test('the time of a point is what the trainer had lived until then, without the breaks between restarts', () => {
  const state = foldAll([
    start(0, 0),
    metrics(0, 5, 1, 0.1),
    metrics(0, 10, 2, 0.2),
    metrics(0, 20, 3, 0.3),
    // A thousand seconds later, from the checkpoint of step 2.
    start(1, 0, 2),
    metrics(1, 7, 3, 0.4),
  ]);
  const series = state.series.get('train/reward');
  expect(series?.steps.map((_, place) => secondsOf(state, series)(place))).toEqual([5, 10, 27]);
});

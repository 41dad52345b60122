import { isAbsolute, join } from 'node:path';
import { rewardErrorWords } from '../../core/run/failure-words.ts';
import { compareMetrics } from '../../core/run/metric-names.ts';
import {
  currentEnd,
  currentStep,
  droppedEvents,
  elapsedSeconds,
  etaSeconds,
  newestRestart,
  type RunFold,
  rolloutSteps,
  secondsOf,
} from '../../core/run/run-fold.ts';
import { isLater, placeAtLeast, thin } from '../../core/run/series.ts';
import type { RunStatus } from '../../core/run/state.ts';
import type { RunRecord } from './run-record.ts';
import type { CheckpointData, MetricsRequest, RunViewData, SeriesData } from './views.ts';

/** Everything a dashboard shows of a run, from its record, its events and its state. */
export function viewRun(
  folder: string,
  record: RunRecord,
  fold: RunFold,
  status: RunStatus,
  seq: number,
  /** Absolute paths of the checkpoints that are complete on disk. */
  onDisk: ReadonlySet<string>,
): RunViewData {
  const { start, progress } = fold;
  const { spec } = record;
  const isLive = status.kind === 'running' || status.kind === 'stalled' || status.kind === 'stopping';
  return {
    id: record.run,
    name: record.name,
    stage: record.stage,
    trainer: record.trainer,
    model: record.model.given,
    folder,
    status: withNewestPhase(status, fold),
    seq,
    step: currentStep(fold),
    maxSteps: start?.max_steps ?? spec.max_steps ?? null,
    epoch: progress?.epoch ?? null,
    elapsedSeconds: elapsedSeconds(fold),
    etaSeconds: isLive ? etaSeconds(fold, Date.now() / 1000) : null,
    device: deviceText(fold) ?? spec.device,
    dataset: { path: record.dataset.path, traces: record.dataset.rows_selected },
    groupSize: spec.stage === 'grpo' ? (start?.group_size ?? spec.group_size) : null,
    rewards: rewardsOf(record, fold),
    restarts: [...fold.restarts.values()]
      .filter((restart) => restart.fromStep !== null)
      .map(({ restart, fromStep }) => ({ restart, fromStep: fromStep ?? 0 }))
      .sort((a, b) => a.restart - b.restart),
    checkpoints: checkpointsOf(folder, fold, onDisk),
    rolloutSteps: rolloutSteps(fold),
    metrics: metricNames(fold),
    findings: findingsOf(fold),
    rewardErrors: fold.rewardErrors?.count ?? 0,
    droppedEvents: droppedEvents(fold),
    spec,
    totals: totalsOf(fold),
  };
}

/** The rewards of a run as the trainer named them, or as its spec does before that; none for SFT. */
export function rewardsOf({ spec }: RunRecord, { start }: RunFold): { name: string; weight: number }[] {
  const asked = spec.stage === 'grpo' ? spec.rewards : [];
  return (start?.rewards.length ? start.rewards : asked).map(({ name, weight }) => ({ name, weight }));
}

/** Events tell a change of phase at once, heartbeats up to four seconds later; counts come with heartbeats. */
function withNewestPhase(status: RunStatus, fold: RunFold): RunStatus {
  const { phase } = fold;
  const isCurrent = status.kind === 'running' && phase && phase.restart === newestRestart(fold)?.restart;
  if (!isCurrent || phase.phase === status.phase) return status;
  return { kind: 'running', phase: phase.phase, done: phase.done, total: phase.total };
}

function deviceText({ start }: RunFold): string | null {
  if (!start?.device) return null;
  const { kind, name, count } = start.device;
  if (kind === 'cpu') return 'CPU';
  return count > 1 ? `${count} × ${name || kind}` : name || kind;
}

function checkpointsOf(folder: string, fold: RunFold, onDisk: ReadonlySet<string>): CheckpointData[] {
  return [...fold.checkpoints.values()]
    .map(({ step, path, kind, resumable, adapterOnly, bytes }) => {
      const absolute = isAbsolute(path) ? path : join(folder, path);
      return { step, path: absolute, kind, resumable, adapterOnly, bytes };
    })
    .filter((checkpoint) => onDisk.has(checkpoint.path))
    .sort((a, b) => a.step - b.step);
}

function metricNames(fold: RunFold): string[] {
  const names = [...fold.series.keys()].map((key) => key.slice(key.indexOf('/') + 1));
  return [...new Set(names)].sort(compareMetrics);
}

/** One line a kind of finding, the kind that came first on top: the newest, with how often it came. */
function findingsOf({ findings, rewardErrors }: RunFold): RunViewData['findings'] {
  const sorted = [...findings].sort(([, a], [, b]) => (isLater(a.first, b.first) ? 1 : -1));
  const found = sorted.map(
    ([
      code,
      {
        count,
        newest: { level, step, detail },
      },
    ]) => ({
      code,
      level,
      step,
      detail: count > 1 ? `${detail} (${count} times, last at step ${step ?? '?'})` : detail,
    }),
  );
  if (rewardErrors) {
    const { count, newest } = rewardErrors;
    found.push({
      code: 'reward_error',
      level: 'error',
      step: newest.step,
      detail: `${rewardErrorWords(newest)}${count > 1 ? ` (${count} times, this last)` : ''}`,
    });
  }
  return found;
}

function totalsOf(fold: RunFold): Record<string, number> {
  const end = currentEnd(fold);
  const totals = Object.entries(end?.totals ?? {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  let rollouts = 0;
  for (const places of fold.batches.values()) for (const place of places) rollouts += place.rollouts;
  return { ...Object.fromEntries(totals), ...(rollouts > 0 ? { rollouts } : {}) };
}

/** The asked metrics as columns, each split its own series, thinned to the asked number of points. */
export function readSeries(fold: RunFold, request: MetricsRequest): SeriesData[] {
  const found: SeriesData[] = [];
  for (const name of request.names) {
    for (const split of ['train', 'eval'] as const) {
      const series = fold.series.get(`${split}/${name}`);
      if (!series) continue;
      const seconds = secondsOf(fold, series);
      const { length } = series.steps;
      const placeOf = (from: number) =>
        request.axis === 'time' ? placeAtLeast(length, seconds, from) : series.placeOf(from);
      const first = placeOf(request.from ?? 0);
      const end = request.to === undefined ? length : placeOf(request.to + 1);
      const places = thin(series.values, request.points, first, Math.max(first, end));
      found.push({
        name,
        split,
        steps: places.map((place) => series.steps[place] ?? 0),
        values: places.map((place) => series.values[place] ?? null),
        seconds: places.map((place) => Math.round(seconds(place) * 10) / 10),
      });
    }
  }
  return found;
}

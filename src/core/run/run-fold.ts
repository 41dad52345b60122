import type { EventOfType } from './events.ts';
import type { SeenNumbers } from './seen.ts';
import type { Mark, Series } from './series.ts';

/** Where the groups of one generation batch lie. */
export interface BatchPlace extends Mark {
  readonly step: number;
  readonly gen: number;
  readonly split: 'train' | 'eval';
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly groups: number;
  readonly rollouts: number;
}

export interface CheckpointFact extends Mark {
  readonly step: number;
  readonly path: string;
  readonly kind: 'periodic' | 'best' | 'final' | 'interrupt';
  readonly resumable: boolean;
  readonly adapterOnly: boolean;
  readonly bytes: number;
}

/** What may come at every step of a long run: how often it came, where it began, and the newest of it. */
export interface Repeated<Fact extends Mark> {
  readonly count: number;
  readonly first: Mark;
  readonly newest: Fact;
}

export interface FindingFact extends Mark {
  readonly level: 'info' | 'warning' | 'error';
  readonly step: number | null;
  readonly detail: string;
}

export interface RewardErrorFact extends Mark {
  readonly step: number;
  readonly reward: string;
  readonly error: string;
}

/** One restart: when it ran, where it began and how far it came. */
export interface RestartFact {
  readonly restart: number;
  /** Step of the checkpoint it began from, 0 without one; null before its `run_start` was read. */
  fromStep: number | null;
  firstTs: number;
  lastTs: number;
  step: number;
  readonly seen: SeenNumbers;
}

export interface PhaseFact extends Mark {
  readonly phase: string;
  readonly done: number | null;
  readonly total: number | null;
}

/** Everything the events of a run say, in a form that is cheap to extend and to read. */
export interface RunFold {
  /** Events taken in; duplicates do not count. */
  count: number;
  readonly restarts: Map<number, RestartFact>;
  start: EventOfType<'run_start'> | null;
  end: EventOfType<'run_end'> | null;
  phase: PhaseFact | null;
  progress:
    | (Mark & { readonly epoch: number | null; readonly etaSeconds: number | null; readonly ts: number })
    | null;
  /** Keyed `train/<metric>` or `eval/<metric>`. */
  readonly series: Map<string, Series>;
  /** By step. */
  readonly batches: Map<number, BatchPlace[]>;
  readonly checkpoints: Map<number, CheckpointFact>;
  /** By code. */
  readonly findings: Map<string, Repeated<FindingFact>>;
  /** Counts calls and values of rewards that could not be used; null while all could. */
  rewardErrors: Repeated<RewardErrorFact> | null;
}

/** The fold of a run that has said nothing yet. */
export function emptyFold(): RunFold {
  return {
    count: 0,
    restarts: new Map(),
    start: null,
    end: null,
    phase: null,
    progress: null,
    series: new Map(),
    batches: new Map(),
    checkpoints: new Map(),
    findings: new Map(),
    rewardErrors: null,
  };
}

/** The newest restart that wrote anything, or null before the first event. */
export function newestRestart(state: RunFold): RestartFact | null {
  let newest: RestartFact | null = null;
  for (const restart of state.restarts.values())
    if (!newest || restart.restart > newest.restart) newest = restart;
  return newest;
}

/** The run's own end, when it belongs to the newest restart. */
export function currentEnd(state: RunFold): EventOfType<'run_end'> | null {
  return state.end && state.end.restart === newestRestart(state)?.restart ? state.end : null;
}

/**
 * Seconds to the end at `now` (seconds since 1970), by the newest metrics; null when they are of an earlier restart or
 * of one that has ended, which say nothing of the one that loads.
 */
export function etaSeconds(state: RunFold, now: number): number | null {
  const { progress } = state;
  if (progress?.etaSeconds == null || progress.restart !== newestRestart(state)?.restart) return null;
  return currentEnd(state) ? null : Math.max(0, progress.etaSeconds - (now - progress.ts));
}

/** The trainer's step that is done, 0 before the first; a restart that still loads stands where its checkpoint does. */
export function currentStep(state: RunFold): number {
  const newest = newestRestart(state);
  if (!newest) return 0;
  const from = newest.fromStep ?? Math.max(0, ...state.checkpoints.keys());
  return Math.max(newest.step, from);
}

/** Seconds in which the trainer lived, over all restarts. */
export function elapsedSeconds(state: RunFold): number | null {
  if (state.restarts.size === 0) return null;
  let sum = 0;
  for (const restart of state.restarts.values()) sum += Math.max(0, restart.lastTs - restart.firstTs);
  return sum;
}

/** Seconds in which the trainer had lived when each point of a series was written, over all restarts. */
export function secondsOf(state: RunFold, series: Series): (place: number) => number {
  const began = new Map<number, number>();
  let lived = 0;
  for (const one of [...state.restarts.values()].sort((a, b) => a.restart - b.restart)) {
    began.set(one.restart, lived - one.firstTs);
    lived += Math.max(0, one.lastTs - one.firstTs);
  }
  return (place) => Math.max(0, (began.get(series.restarts[place] ?? 0) ?? 0) + (series.times[place] ?? 0));
}

/** Events that were written off by a full disk or damaged afterwards. */
export function droppedEvents(state: RunFold): number {
  let sum = 0;
  for (const restart of state.restarts.values()) sum += restart.seen.missing;
  return sum;
}

/** Steps with rollouts, ascending. */
export function rolloutSteps(state: RunFold): number[] {
  return [...state.batches.keys()].sort((a, b) => a - b);
}

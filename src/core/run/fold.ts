import {
  type DiskNumber,
  type EventOfType,
  type RunEvent,
  resumedStep,
  type UnknownEvent,
} from './events.ts';
import { canonicalMetric } from './metric-names.ts';
import type { BatchPlace, FindingFact, Repeated, RestartFact, RewardErrorFact, RunFold } from './run-fold.ts';
import { SeenNumbers } from './seen.ts';
import { isLater, type Mark, Series } from './series.ts';

/**
 * Takes one event into the fold, in place, and returns the fold. The result depends on the set of events only: not on
 * their order, not on duplicates. A restart that began at a checkpoint replaces what earlier ones wrote after its step.
 */
export function fold(state: RunFold, event: RunEvent | UnknownEvent): RunFold {
  const restart = restartOf(state, event);
  if (!restart.seen.add(event.seq)) return state;
  state.count++;
  restart.firstTs = Math.min(restart.firstTs, event.ts);
  restart.lastTs = Math.max(restart.lastTs, event.ts);
  if (
    'step' in event &&
    typeof event.step === 'number' &&
    event.type !== 'rollout_batch' &&
    event.type !== 'reward_error'
  )
    restart.step = Math.max(restart.step, event.step);
  switch (event.type) {
    case 'run_start':
      if (!state.start || isLater(event, state.start)) state.start = event;
      beginRestart(state, restart, resumedStep(event.resume));
      break;
    case 'phase':
      if (!state.phase || isLater(event, state.phase))
        state.phase = {
          ...markOf(event),
          phase: event.phase,
          done: event.done ?? null,
          total: event.total ?? null,
        };
      break;
    case 'metrics':
      addMetrics(state, event);
      break;
    case 'rollout_batch':
      addBatch(state, event);
      break;
    case 'checkpoint':
      addCheckpoint(state, event);
      break;
    case 'diag': {
      const finding: FindingFact = {
        ...markOf(event),
        level: event.level,
        step: event.step ?? null,
        detail: textOf(event.detail),
      };
      state.findings.set(event.code, repeated(state.findings.get(event.code) ?? null, finding, 1));
      break;
    }
    case 'reward_error': {
      const failed: RewardErrorFact = {
        ...markOf(event),
        step: event.step,
        reward: event.reward,
        error: event.error,
      };
      state.rewardErrors = repeated(state.rewardErrors, failed, event.count ?? 1);
      break;
    }
    case 'run_end':
      if (!state.end || isLater(event, state.end)) state.end = event;
      break;
    case 'eval_completion':
    case 'log':
    case 'gap':
    case 'recovered':
    case 'heartbeat':
    case 'stop_ack':
    case 'unknown':
      break;
  }
  return state;
}

const markOf = (event: Mark): Mark => ({ restart: event.restart, seq: event.seq });

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

function restartOf(state: RunFold, event: RunEvent | UnknownEvent): RestartFact {
  let known = state.restarts.get(event.restart);
  if (!known) {
    known = {
      restart: event.restart,
      fromStep: null,
      firstTs: event.ts,
      lastTs: event.ts,
      step: 0,
      seen: new SeenNumbers(),
    };
    state.restarts.set(event.restart, known);
  }
  return known;
}

/** The last step up to which what `restart` wrote still counts. */
function lastValidStep(state: RunFold, restart: number): number {
  let last = Number.POSITIVE_INFINITY;
  for (const later of state.restarts.values())
    if (later.restart > restart && later.fromStep !== null) last = Math.min(last, keptUpTo(later.fromStep));
  return last;
}

/** A restart from step 0 begins the run anew, also what was logged before the first update. */
const keptUpTo = (fromStep: number): number => (fromStep === 0 ? -1 : fromStep);

function beginRestart(state: RunFold, restart: RestartFact, fromStep: number): void {
  restart.fromStep = fromStep;
  const last = keptUpTo(restart.fromStep);
  for (const [key, series] of state.series) {
    series.supersede(restart.restart, last);
    if (series.steps.length === 0) state.series.delete(key);
  }
  const stays = (fact: Mark & { step: number }) => fact.restart >= restart.restart || fact.step <= last;
  for (const [step, places] of state.batches) {
    const kept = places.filter(stays);
    if (kept.length > 0) state.batches.set(step, kept);
    else state.batches.delete(step);
  }
  for (const [step, checkpoint] of state.checkpoints) if (!stays(checkpoint)) state.checkpoints.delete(step);
}

function addMetrics(state: RunFold, event: EventOfType<'metrics'>): void {
  if (event.split === 'train' && (!state.progress || isLater(event, state.progress)))
    state.progress = {
      ...markOf(event),
      epoch: event.epoch ?? null,
      etaSeconds: event.eta_s ?? null,
      ts: event.ts,
    };
  if (event.step > lastValidStep(state, event.restart)) return;
  const put = (name: string, value: DiskNumber) => {
    const key = `${event.split}/${name}`;
    let series = state.series.get(key);
    if (!series) {
      series = new Series();
      state.series.set(key, series);
    }
    series.put(event.step, value, event);
  };
  for (const [name, value] of Object.entries(event.values)) if (value !== null) put(name, value);
  for (const [name, value] of Object.entries(event.raw)) {
    const canonical = shownAs(name);
    if (canonical === null || canonical in event.values || name in event.values) continue;
    if (typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity')
      put(name, value);
  }
}

/** Bookkeeping of the trainer's own log that says nothing on a chart. */
const bookkeeping =
  /^(?:eval_)?(?:epoch|step|total_flos|num_tokens|num_input_tokens_seen|runtime|samples_per_second|steps_per_second)$|^rewards\/.+\/std$/;
const shownNames = new Map<string, string | null>();

/** The canonical name of a native key, or the key itself; null for bookkeeping. The same few keys come at every step. */
function shownAs(name: string): string | null {
  let shown = shownNames.get(name);
  if (shown === undefined) {
    shown = bookkeeping.test(name) ? null : (canonicalMetric(name) ?? name);
    if (shownNames.size < 1000) shownNames.set(name, shown);
  }
  return shown;
}

function addBatch(state: RunFold, event: EventOfType<'rollout_batch'>): void {
  if (event.file === null || event.groups === 0 || event.step > lastValidStep(state, event.restart)) return;
  const place: BatchPlace = {
    ...markOf(event),
    step: event.step,
    gen: event.gen,
    split: event.split,
    file: event.file,
    offset: event.offset,
    bytes: event.bytes,
    groups: event.groups,
    rollouts: event.rollouts,
  };
  const places = state.batches.get(event.step);
  if (places) addSorted(places, place);
  else state.batches.set(event.step, [place]);
}

function addCheckpoint(state: RunFold, event: EventOfType<'checkpoint'>): void {
  if (event.step > lastValidStep(state, event.restart)) return;
  const known = state.checkpoints.get(event.step);
  if (known && !isLater(event, known)) return;
  state.checkpoints.set(event.step, {
    ...markOf(event),
    step: event.step,
    path: event.path,
    kind: event.kind,
    resumable: event.resumable,
    adapterOnly: event.adapter_only,
    bytes: event.bytes,
  });
}

/** One thing more of what came before; the same whatever is read first. */
function repeated<Fact extends Mark>(
  known: Repeated<Fact> | null,
  fact: Fact,
  count: number,
): Repeated<Fact> {
  if (!known) return { count, first: markOf(fact), newest: fact };
  return {
    count: known.count + count,
    first: isLater(fact, known.first) ? known.first : markOf(fact),
    newest: isLater(fact, known.newest) ? fact : known.newest,
  };
}

/** Inserts by (restart, seq). */
function addSorted<Fact extends Mark>(facts: Fact[], fact: Fact): void {
  let at = facts.length;
  while (at > 0) {
    const before = facts[at - 1];
    if (!before || isLater(fact, before)) break;
    at--;
  }
  facts.splice(at, 0, fact);
}

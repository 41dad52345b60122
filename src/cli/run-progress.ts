import { failureWords } from '../core/run/failure-words.ts';
import type { RunStatus } from '../core/run/state.ts';
import { many } from '../core/text/plural.ts';
import { isActive } from '../services/run/evidence.ts';
import { howToStartAgain } from '../services/run/launch.ts';
import { RunSource } from '../services/run/run-source.ts';
import type { RunViewData } from '../services/run/views.ts';
import type { CliContext } from './context.ts';
import { exit, note, progressLine } from './output.ts';

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** A number in at most about six characters. */
export function short(value: unknown): string {
  if (typeof value !== 'number') return String(value ?? '–');
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 0.01 ? value.toFixed(3) : value.toExponential(1);
}

/** One status in words, without the name of the run. */
export function statusText(status: RunStatus): string {
  switch (status.kind) {
    case 'running':
      return status.done !== null && status.total !== null
        ? `${status.phase} ${status.done}/${status.total}`
        : status.phase;
    case 'stalled':
      return `stalled while ${status.phase}: silent for ${duration(status.silentSeconds)}`;
    case 'stopping':
      return status.save ? 'stopping, with a checkpoint' : 'stopping, discarding';
    case 'failed':
      return `failed: ${status.error.message}`;
    case 'died':
      return `died: ${status.reason}`;
    case 'elsewhere':
      return `runs on ${status.host}`;
    case 'stopped':
      return status.resumable ? 'stopped, can be resumed' : 'stopped';
    default:
      return status.kind;
  }
}

/** The newest value of a metric of training, or undefined. */
export function latest(source: RunSource, name: string): unknown {
  const [series] = source
    .metricsRead({ names: [name], points: 10 })
    .series.filter(({ split }) => split === 'train');
  return series?.values.at(-1);
}

function progressText(source: RunSource, view: RunViewData): string {
  const parts = [`${view.name}: step ${view.step}${view.maxSteps === null ? '' : ` of ${view.maxSteps}`}`];
  for (const name of view.stage === 'grpo' ? ['reward', 'loss'] : ['loss', 'token_acc']) {
    const value = latest(source, name);
    if (value !== undefined) parts.push(`${name} ${short(value)}`);
  }
  const perStep = latest(source, 'step_s');
  if (typeof perStep === 'number') parts.push(`${short(perStep)} s a step`);
  if (view.etaSeconds !== null) parts.push(`${duration(view.etaSeconds)} left`);
  parts.push(statusText(view.status));
  return parts.join(' · ');
}

/**
 * Shows a run's progress on stderr until it ends; resolves with its last view. When interrupted the run goes on, which
 * `goesOn` says; then it resolves with null.
 */
export async function waitForRun(
  folder: string,
  context: CliContext,
  goesOn: string,
): Promise<RunViewData | null> {
  const source = await RunSource.open(folder, context);
  const line = progressLine();
  try {
    for (;;) {
      const view = source.view();
      if (!isActive(view.status)) {
        line.end();
        return view;
      }
      line.show(progressText(source, view));
      if (!(await advance(source, context.signal))) {
        line.end();
        note(goesOn);
        return null;
      }
    }
  } finally {
    await source.dispose();
  }
}

/** Waits for news, at most a second (an ETA counts down by itself); false when interrupted. */
function advance(source: RunSource, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const done = (goOn: boolean) => {
      release();
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(goOn);
    };
    const stop = () => done(false);
    const timer = setTimeout(() => done(true), 1000);
    const release = source.onAdvance(() => done(true));
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Says how a run ended on stderr, with the next action (`specPath` is what it was started from), and gives the exit code that belongs to it. */
export function reportOutcome(view: RunViewData, specPath: string | null): number {
  const { status, id, name } = view;
  const wayOn = (resumable: boolean) =>
    note(
      resumable
        ? `Resume it with: coldstart run resume ${id}`
        : `It has no checkpoint. ${howToStartAgain(specPath)}`,
    );
  switch (status.kind) {
    case 'completed': {
      const last = view.checkpoints.at(-1);
      note(`${name} completed ${many(view.step, 'step')}.${last ? ` Checkpoint: ${last.path}` : ''}`);
      // Such rollouts taught nothing, which the exit code does not say.
      if (view.rewardErrors > 0)
        note(`${many(view.rewardErrors, 'time')} a reward could not be used. See: coldstart run show ${id}`);
      return exit.fine;
    }
    case 'failed':
      note(`${name} failed at step ${view.step}: ${failureWords(status.error)}`);
      if (status.error.traceback) note(status.error.traceback.trimEnd());
      if (status.error.hint) note(status.error.hint);
      wayOn(status.resumable);
      return exit.problems;
    case 'died':
      note(`${name} died at step ${view.step}: ${status.reason}`);
      wayOn(status.resumable);
      return exit.problems;
    case 'stopped':
      note(`${name} was stopped at step ${view.step}.`);
      wayOn(status.resumable);
      return exit.problems;
    case 'missing':
      note(`The folder of ${name} is gone: ${view.folder}`);
      note('A run that was going on there is ended by its supervisor. Start its run spec again.');
      return exit.problems;
    default:
      note(`${name}: ${statusText(status)}`);
      return exit.problems;
  }
}

import type { RunStatus } from '../../../core/run/state.ts';
import type { RunListing } from '../../../services/run/views.ts';

interface Look {
  readonly icon: string;
  readonly color?: string;
  readonly words: string;
  /** Goes into `viewItem`, which the menus match. */
  readonly context: string;
}

/** How one run looks in lists: icon, words and menu context, from its state alone. */
export function lookOf(run: RunListing): Look {
  const { status } = run;
  const step = run.maxSteps === null ? `step ${run.step}` : `step ${run.step}/${run.maxSteps}`;
  switch (status.kind) {
    case 'preparing':
      return { icon: 'loading~spin', words: 'preparing', context: 'run-active' };
    case 'running':
      return {
        icon: 'sync~spin',
        color: 'charts.blue',
        words: withHeadline(step, run),
        context: 'run-active',
      };
    case 'stalled':
      return {
        icon: 'warning',
        color: 'charts.yellow',
        words: `${step} · silent for ${Math.round(status.silentSeconds)} s`,
        context: 'run-active',
      };
    case 'stopping':
      return {
        icon: 'debug-stop',
        color: 'charts.blue',
        words: `${step} · stopping`,
        context: 'run-active',
      };
    case 'unsupervised':
      return {
        icon: 'warning',
        color: 'charts.yellow',
        words: `${step} · unsupervised`,
        context: 'run-active',
      };
    case 'completed':
      return {
        icon: 'pass',
        color: 'testing.iconPassed',
        words: withHeadline(step, run),
        context: 'run-ended',
      };
    case 'stopped':
      return { icon: 'circle-slash', words: `stopped at ${step}`, context: ended(status.resumable) };
    case 'failed':
      return {
        icon: 'error',
        color: 'testing.iconFailed',
        words: `failed at ${step} · ${status.error.message.split('\n')[0] ?? ''}`,
        context: ended(status.resumable),
      };
    case 'died':
      return {
        icon: 'error',
        color: 'testing.iconFailed',
        words: `${step} · ${status.reason}`,
        context: ended(status.resumable),
      };
    case 'elsewhere':
      return { icon: 'remote', words: `on ${status.host}`, context: 'run-elsewhere' };
    case 'missing':
      return { icon: 'question', words: 'folder is gone', context: 'run-missing' };
  }
}

/** Whether a run is going on where it can be stopped from here: one on another machine cannot. */
export function offersStop(run: RunListing): boolean {
  return lookOf(run).context === 'run-active';
}

function ended(resumable: boolean): string {
  return resumable ? 'run-ended-resumable' : 'run-ended-again';
}

/** How a run that ended early goes on: the button and the command; null when it did not. */
export function wayOnOf(status: RunStatus): { readonly label: string; readonly command: string } | null {
  if (!('resumable' in status)) return null;
  return status.resumable
    ? { label: 'Resume', command: 'coldstart.resumeRun' }
    : { label: 'Start Again', command: 'coldstart.startRunAgain' };
}

/** What a wish to resume means by now: a run may have gone on elsewhere since its button was shown. */
export function asksToResume(status: RunStatus): 'resume' | 'show' | 'start-again' {
  if (status.kind === 'unsupervised') return 'resume';
  if (!('resumable' in status)) return 'show';
  return status.resumable ? 'resume' : 'start-again';
}

function withHeadline(step: string, run: RunListing): string {
  if (!run.headline) return step;
  const arrow = { up: ' ↑', down: ' ↓', flat: '' }[run.headline.trend];
  return `${step} · ${run.headline.metric} ${Number(run.headline.value.toPrecision(3))}${arrow}`;
}

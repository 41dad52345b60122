import { failureWords } from '../../src/core/run/failure-words.ts';
import type { RunView } from '../../src/protocol/run-dashboard.ts';
import { formatCount, formatDuration } from '../elements/format.ts';

export type RunStatusView = RunView['status'];

export interface StatusLook {
  readonly icon: string;
  readonly tone: 'active' | 'good' | 'bad' | 'warning' | 'quiet';
  readonly word: string;
  /** What goes on inside, such as the phase and how far it is. */
  readonly detail: string;
  /** What can be done about it; an ended run goes on from a checkpoint, or begins again without one. */
  readonly next: 'stop' | 'resume' | 'start-again' | null;
}

const quiet = { next: null } as const;
const wayOn = (resumable: boolean): Pick<StatusLook, 'next'> => ({
  next: resumable ? 'resume' : 'start-again',
});
const wayOnText = (resumable: boolean): string =>
  resumable
    ? 'Resume goes on from the last checkpoint.'
    : 'There is no checkpoint to go on from: it can only be started again.';

/** How a status looks in the header: shape, colour, word, and what can be done about it. */
export function statusLook(status: RunStatusView): StatusLook {
  switch (status.kind) {
    case 'starting':
      return {
        icon: 'circle-large-outline',
        tone: 'active',
        word: 'preparing',
        detail: status.doing.charAt(0).toLowerCase() + status.doing.slice(1),
        ...quiet,
      };
    case 'preparing':
      return {
        icon: 'circle-large-outline',
        tone: 'active',
        word: 'preparing',
        detail: '',
        next: 'stop',
      };
    case 'running':
      return {
        icon: 'circle-filled',
        tone: 'active',
        word: 'running',
        detail: phaseWords(status.phase, status.done, status.total),
        next: 'stop',
      };
    case 'stalled':
      return {
        icon: 'warning',
        tone: 'warning',
        word: 'stalled',
        detail: `${status.phase} silent for ${formatDuration(status.silentSeconds)}`,
        next: 'stop',
      };
    case 'stopping':
      return {
        icon: 'debug-stop',
        tone: 'active',
        word: 'stopping',
        detail: status.save ? 'saving a checkpoint' : 'without saving',
        ...quiet,
      };
    case 'unsupervised':
      return { icon: 'warning', tone: 'warning', word: 'unsupervised', detail: '', next: 'stop' };
    case 'completed':
      return { icon: 'pass', tone: 'good', word: 'completed', detail: '', ...quiet };
    case 'stopped':
      return {
        icon: 'circle-slash',
        tone: 'quiet',
        word: 'stopped',
        detail: '',
        ...wayOn(status.resumable),
      };
    case 'failed':
      return {
        icon: 'error',
        tone: 'bad',
        word: 'failed',
        detail: '',
        ...wayOn(status.resumable),
      };
    case 'died':
      return { icon: 'error', tone: 'bad', word: 'died', detail: '', ...wayOn(status.resumable) };
    case 'elsewhere':
      return { icon: 'remote', tone: 'quiet', word: 'elsewhere', detail: `on ${status.host}`, ...quiet };
    case 'missing':
      return { icon: 'question', tone: 'bad', word: 'folder is gone', detail: '', ...quiet };
  }
}

function phaseWords(phase: string, done: number | null, total: number | null): string {
  if (done === null) return phase;
  return total === null
    ? `${phase} ${formatCount(done)}`
    : `${phase} ${formatCount(done)}/${formatCount(total)}`;
}

/** `step 34 of 120`. */
export function stepWords(run: Pick<RunView, 'step' | 'maxSteps'>): string {
  const step = `step ${formatCount(run.step)}`;
  return run.maxSteps === null ? step : `${step} of ${formatCount(run.maxSteps)}`;
}

/** `1 h 12 m left` while that is known and matters, else how long the run has taken; nothing before the first second. */
export function timeWords(run: Pick<RunView, 'status' | 'etaSeconds' | 'elapsedSeconds'>): string {
  const active = run.status.kind === 'running' || run.status.kind === 'stalled';
  if (active && run.etaSeconds !== null) return `${formatDuration(run.etaSeconds)} left`;
  if (run.elapsedSeconds === null || run.elapsedSeconds < 1) return '';
  const taken = formatDuration(run.elapsedSeconds);
  return statusLook(run.status).next === 'stop' ? `${taken} so far` : `took ${taken}`;
}

export interface Outcome {
  readonly icon: string;
  readonly tone: StatusLook['tone'];
  readonly title: string;
  readonly text: string;
  readonly traceback: string;
}

/** What a person should know before the charts; null when the header says it all. */
export function outcomeOf(run: Pick<RunView, 'status' | 'step' | 'maxSteps'>): Outcome | null {
  const { status } = run;
  const at = stepWords(run);
  switch (status.kind) {
    case 'failed': {
      const lines = status.error.message.trim().split('\n');
      const last = lines.at(-1) ?? '';
      const first = failureWords({ type: status.error.type, message: last });
      return {
        icon: 'error',
        tone: 'bad',
        title: first || 'The trainer ended with an error',
        text: [status.error.hint, wayOnText(status.resumable)].filter(Boolean).join(' '),
        traceback: status.error.traceback || (lines.length > 1 ? status.error.message : ''),
      };
    }
    case 'died':
      return {
        icon: 'error',
        tone: 'bad',
        title: `Ended without a record at ${at}: ${status.reason}`,
        text: `${wayOnText(status.resumable)} The log holds the last words of the trainer.`,
        traceback: '',
      };
    case 'stopped':
      return {
        icon: 'circle-slash',
        tone: 'quiet',
        title: `Stopped at ${at}`,
        text: wayOnText(status.resumable),
        traceback: '',
      };
    case 'stalled':
      return {
        icon: 'warning',
        tone: 'warning',
        title: `No sign of life for ${formatDuration(status.silentSeconds)} while ${status.phase}`,
        text: 'The trainer is alive and is never ended without you. Read the log, or stop the run.',
        traceback: '',
      };
    case 'unsupervised':
      return {
        icon: 'warning',
        tone: 'warning',
        title: 'The trainer goes on without its supervisor',
        text: 'Metrics still arrive. Stop still works; how the run ends may not be recorded.',
        traceback: '',
      };
    case 'elsewhere':
      return {
        icon: 'remote',
        tone: 'quiet',
        title: `This run belongs to ${status.host}`,
        text: 'It can be read here. Stop and resume work on that machine.',
        traceback: '',
      };
    case 'missing':
      return {
        icon: 'question',
        tone: 'bad',
        title: 'The run folder is gone',
        text: 'What was read before is still shown. Put the folder back and the dashboard goes on.',
        traceback: '',
      };
    case 'starting':
    case 'preparing':
    case 'running':
    case 'stopping':
    case 'completed':
      return null;
  }
}

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEventLine } from '../../core/run/events.ts';
import type { RunError, RunStatus } from '../../core/run/state.ts';
import { readJsonObject, readLastLines } from '../files/small-files.ts';
import { completeCheckpoints } from './checkpoints.ts';
import { isStillAlive, type Machine, type ProcessIdentity, thisMachine } from './processes.ts';

type Facts = Record<string, unknown>;

/** How a trainer said that it ended. */
export interface LastWord {
  readonly status: 'completed' | 'stopped' | 'failed';
  readonly error: RunError | null;
}

/** What decides the state of a run: the records of its folder, and which of its processes live. */
export interface Evidence {
  readonly hasRecord: boolean;
  /** Seconds since the epoch. */
  readonly now: number;
  /** When run.json was written. */
  readonly prepared: number;
  readonly proc: Facts | null;
  readonly heartbeat: Facts | null;
  readonly exit: Facts | null;
  readonly machine: Machine;
  readonly supervisorLives: boolean;
  readonly trainerLives: boolean;
  readonly resumable: boolean;
  /** A stop request for the current restart that nobody has answered yet. */
  readonly stopRequest: { readonly save: boolean } | null;
  /** The trainer's own `run_end` of this restart. */
  readonly lastWord: LastWord | null;
}

/** Seconds without a sign of life after which a trainer counts as stalled, by phase; imports hold the interpreter. */
const patience: Readonly<Record<string, number>> = { loading: 180, starting: 180, saving: 180, syncing: 180 };
const usualPatience = 60;
/** Another machine that was silent for this long is taken for gone, as the supervisor does. */
const elsewhereSeconds = 60;
const startSeconds = 60;

/** The state that the evidence proves, by the order of reliability.md §2. */
export function judge(evidence: Evidence): RunStatus {
  const { proc, heartbeat, exit, machine, now, resumable } = evidence;
  if (!evidence.hasRecord) return { kind: 'missing' };
  if (!proc) return judgeUnstarted(evidence);
  if (exit && exit.restart === proc.restart) return ended(evidence, exit);
  const beat = heartbeat?.restart === proc.restart ? heartbeat : null;
  const isHere = proc.host === machine.host && proc.pid_namespace === machine.pidNamespace;
  if (!isHere) {
    const silent = now - (numberOf(beat?.ts) ?? numberOf(proc.started) ?? 0);
    const host = String(proc.host ?? 'another machine');
    if (silent < elsewhereSeconds) return { kind: 'elsewhere', host };
    return {
      kind: 'died',
      reason: `It ran on ${host}, in another container or machine, which has been silent for ${duration(silent)}.`,
      resumable,
    };
  }
  if (proc.boot_id !== machine.bootId)
    return { kind: 'died', reason: 'The machine was restarted while the run was going.', resumable };
  if (!evidence.supervisorLives && !evidence.trainerLives) return endedUnwatched(evidence);
  const stop = stopOf(beat, evidence.stopRequest);
  if (stop) return stop;
  if (!evidence.supervisorLives) return { kind: 'unsupervised' };
  const phase = typeof beat?.phase === 'string' ? beat.phase : 'starting';
  // Before there is a trainer, the supervisor's own signs count: it may read a large checkpoint for minutes.
  const lastSign = numberOf(beat?.trainer_ts) ?? numberOf(proc.trainer ? proc.started : beat?.ts) ?? now;
  const silent = now - lastSign;
  const limit = Math.max(patience[phase] ?? usualPatience, 3 * (numberOf(beat?.step_s) ?? 0));
  if (silent > limit) return { kind: 'stalled', phase, silentSeconds: Math.round(silent) };
  return { kind: 'running', phase, done: numberOf(beat?.done), total: numberOf(beat?.total) };
}

function judgeUnstarted({ now, prepared, exit }: Evidence): RunStatus {
  if (exit) return failure(exit, null, false);
  if (now - prepared < startSeconds) return { kind: 'preparing' };
  return { kind: 'died', reason: 'It was prepared and never started.', resumable: false };
}

function stopOf(beat: Facts | null, request: { readonly save: boolean } | null): RunStatus | null {
  const climbing = beat?.stop;
  if (typeof climbing === 'object' && climbing !== null && 'save' in climbing)
    return { kind: 'stopping', save: climbing.save === true };
  return request ? { kind: 'stopping', save: request.save } : null;
}

/** Its supervisor was gone before it: only the trainer itself can have said how it ended. */
function endedUnwatched({ lastWord, resumable }: Evidence): RunStatus {
  if (lastWord?.status === 'completed') return { kind: 'completed' };
  if (lastWord?.error) return { kind: 'failed', error: lastWord.error, resumable };
  const reason =
    lastWord?.status === 'stopped'
      ? 'Its supervisor was ended, so the trainer stopped at the end of its step.'
      : 'Its processes are gone and left no record.';
  return { kind: 'died', reason, resumable };
}

function ended({ lastWord, resumable }: Evidence, exit: Facts): RunStatus {
  switch (exit.reason) {
    case 'completed':
      return { kind: 'completed' };
    case 'stopped':
      return { kind: 'stopped', resumable };
    case 'killed':
      return { kind: 'died', reason: messageOf(exit) || 'The trainer was killed.', resumable };
    default:
      return failure(exit, lastWord?.error ?? null, resumable);
  }
}

function failure(exit: Facts, error: RunError | null, resumable: boolean): RunStatus {
  const message = messageOf(exit);
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  // The last line of a trace-back is the exception.
  const shown = error ?? {
    type: exit.reason === 'start-failed' ? 'StartFailed' : 'TrainerFailed',
    message: lines.at(-1) ?? 'The trainer failed without a message.',
    traceback: message,
    hint:
      exit.reason === 'start-failed'
        ? 'Check the trainer environment, then start the run again.'
        : 'The log tells more.',
  };
  return { kind: 'failed', error: shown, resumable };
}

const messageOf = (exit: Facts): string => (typeof exit.message === 'string' ? exit.message : '');

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

/** Collects the evidence of one run folder; reads small files only. */
async function collectEvidence(folder: string): Promise<Evidence> {
  const [record, proc, heartbeat, exit, machine, checkpoints] = await Promise.all([
    stat(join(folder, 'run.json')).catch(() => null),
    readJsonObject(join(folder, 'proc.json')),
    readJsonObject(join(folder, 'heartbeat.json')),
    readJsonObject(join(folder, 'exit.json')),
    thisMachine(),
    completeCheckpoints(folder),
  ]);
  const restart = numberOf(proc?.restart);
  const hasEnded = exit !== null && exit.restart === proc?.restart;
  // The processes that a copy of a run folder names are those of its original.
  const isCopy = typeof proc?.folder === 'string' && proc.folder !== (await folderId(folder));
  const lives = (name: 'supervisor' | 'trainer') =>
    hasEnded || isCopy || proc?.boot_id !== machine.bootId ? false : isStillAlive(identityOf(proc?.[name]));
  const [supervisorLives, trainerLives, stopRequest] = await Promise.all([
    lives('supervisor'),
    lives('trainer'),
    hasEnded || restart === null ? null : readStopRequest(folder, restart),
  ]);
  const isOver = restart !== null && (hasEnded || !(supervisorLives || trainerLives));
  const lastWord = isOver ? await readLastWord(folder, restart) : null;
  return {
    hasRecord: record !== null,
    now: Date.now() / 1000,
    prepared: record ? record.mtimeMs / 1000 : 0,
    proc,
    heartbeat,
    exit,
    machine,
    supervisorLives,
    trainerLives,
    resumable: checkpoints.some((checkpoint) => checkpoint.resumable),
    stopRequest,
    lastWord,
  };
}

/** Which folder this is, whatever it is called, as the supervisor writes it: device and inode. */
async function folderId(folder: string): Promise<string> {
  const facts = await stat(folder, { bigint: true }).catch(() => null);
  return facts ? `${facts.dev}:${facts.ino}` : '';
}

/** The state of a run by the evidence in its folder and of live processes. */
export async function readStatus(folder: string, collect = collectEvidence): Promise<RunStatus> {
  const status = judge(await collect(folder));
  // A supervisor leaves its record and then ends: gone without a record may mean that the record came in between.
  return status.kind === 'died' ? judge(await collect(folder)) : status;
}

/** Whether the run is going on, here or for all we know on another machine, so that it must not be started again. */
export function isActive(status: RunStatus): boolean {
  switch (status.kind) {
    case 'preparing':
    case 'running':
    case 'stalled':
    case 'stopping':
    case 'unsupervised':
    case 'elsewhere':
      return true;
    case 'completed':
    case 'stopped':
    case 'failed':
    case 'died':
    case 'missing':
      return false;
  }
}

function identityOf(value: unknown): ProcessIdentity | null {
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('start_ticks' in value))
    return null;
  const { pid, start_ticks } = value;
  return typeof pid === 'number' && Number.isInteger(pid) && typeof start_ticks === 'number'
    ? { pid, start_ticks }
    : null;
}

async function readStopRequest(folder: string, restart: number): Promise<{ save: boolean } | null> {
  const control = join(folder, 'control');
  const names = await readdir(control).catch((): string[] => []);
  for (const name of names) {
    if (!name.endsWith('.json') || name.startsWith('.')) continue;
    const request = await readJsonObject(join(control, name));
    if (request?.cmd === 'stop' && request.restart === restart && typeof request.save === 'boolean')
      return { save: request.save };
  }
  return null;
}

async function readLastWord(folder: string, restart: number): Promise<LastWord | null> {
  const lines = await readLastLines(join(folder, 'events.jsonl'), 256 << 10);
  for (const line of lines.reverse()) {
    if (!line.includes('"run_end"')) continue;
    const parsed = parseEventLine(line);
    if (!parsed.ok || parsed.event.type !== 'run_end' || parsed.event.restart !== restart) continue;
    return { status: parsed.event.status, error: parsed.event.error ?? null };
  }
  return null;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import { cancelled, throwIfAborted } from '../cancelled.ts';
import { childEnvironment } from '../environment/child-environment.ts';
import { started } from '../environment/child-process.ts';
import { checkWay } from '../environment/ways.ts';
import { takeLock } from '../files/lock-file.ts';
import { readJsonObject, writeFileWhole } from '../files/small-files.ts';
import { completeCheckpoints } from './checkpoints.ts';
import { isActive, readStatus } from './evidence.ts';
import { type PrepareOptions, prepareRun } from './prepare.ts';
import type { SpecSource } from './resolve-run.ts';
import { runIds } from './run-folder.ts';
import { runFolderError } from './run-folder-error.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';
import type { RunHost } from './views.ts';

export interface StartOptions extends PrepareOptions {
  /** Whether the person trusts the workspace; without it nothing is started. */
  readonly trusted: boolean;
  /** Starts although the same spec is running. */
  readonly force?: boolean;
  /** Asked once it is known that the spec is not running already; what it throws keeps the run from starting. */
  readonly check?: () => Promise<void>;
}

/** A supervisor that was told to end and has no trainer is ended by force after this. */
const endMs = 10_000;
/** Longer than a check may take, during which the lock is held. */
const staleLockMs = 30 * 60_000;

/**
 * Prepares a run folder and starts its supervisor, detached: the run outlives this process. Resolves when the trainer
 * was started. AppError workspace-untrusted, run-already-active (the same spec runs), selection-empty, model-not-found,
 * environment-incomplete, cancelled and what preparing can say.
 */
export async function startRun(
  source: SpecSource,
  options: StartOptions,
  signal?: AbortSignal,
): Promise<{ run: string; folder: string }> {
  requireTrusted(options.trusted);
  const specPath = typeof source === 'string' ? resolve(source) : source.path;
  const runsFolder = options.into ?? options.host.settings.runsFolder;
  const release = specPath === null ? async () => undefined : await lockSpec(runsFolder, specPath);
  try {
    if (specPath !== null && !options.force) await refuseTwice(runsFolder, specPath);
    await options.check?.();
    const { folder, record } = await prepareRun(source, options, signal);
    try {
      throwIfAborted(signal);
      await supervise(folder, record, [], signal);
    } catch (error) {
      // Nothing was trained: a folder that was not started would only be in the way.
      const proc = await readJsonObject(join(folder, 'proc.json'));
      if (!proc || (signal?.aborted && !proc.trainer)) await rm(folder, { recursive: true, force: true });
      throw error;
    }
    return { run: record.run, folder };
  } finally {
    await release();
  }
}

/**
 * Goes on from the newest complete checkpoint, or takes an unsupervised trainer under supervision again. AppError
 * run-already-active while it runs, run-not-resumable without a checkpoint, cancelled on abort while there is no trainer yet.
 */
export async function resumeRun(
  folder: string,
  options: { readonly host: RunHost; readonly trusted: boolean },
  signal?: AbortSignal,
): Promise<void> {
  requireTrusted(options.trusted);
  const record = await readRunRecord(folder);
  const status = await readStatus(folder);
  throwIfAborted(signal);
  if (status.kind === 'unsupervised') return supervise(folder, record, [], signal);
  if (isActive(status))
    throw new AppError('run-already-active', `The run ${record.name} is going on.`, wayToSee(record.run));
  if (status.kind === 'completed')
    throw new AppError(
      'run-not-resumable',
      `The run ${record.name} has completed all its steps.`,
      `Start a new run from its checkpoint: "model": "run:${record.name}".`,
    );
  const checkpoints = await completeCheckpoints(folder);
  if (!checkpoints.some((checkpoint) => checkpoint.resumable))
    throw new AppError(
      'run-not-resumable',
      checkpoints.length === 0
        ? `The run ${record.name} has no complete checkpoint.`
        : `The checkpoints of ${record.name} hold weights only.`,
      howToStartAgain(record.spec_path),
    );
  await supervise(folder, record, ['--resume', 'auto'], signal);
}

const wayToSee = (run: string) => `Open it in the dashboard, or follow it with: coldstart run tail ${run}`;

/** What to do about a run that nothing can be resumed of. */
export const howToStartAgain = (specPath: string | null): string =>
  specPath === null ? 'Start its run spec again.' : `Start it again with: coldstart run start ${specPath}`;

/**
 * Asks a run to stop at its next step: `save` leaves a checkpoint to resume from. Returns at once; the supervisor
 * sends signals when the trainer takes too long. AppError run-not-active when nothing runs.
 */
export async function stopRun(folder: string, options: { readonly save: boolean }): Promise<{ id: string }> {
  const record = await readRunRecord(folder);
  const status = await readStatus(folder);
  if (status.kind === 'elsewhere')
    throw new AppError('run-not-active', `The run ${record.name} runs on ${status.host}.`, 'Stop it there.');
  const proc = await readJsonObject(join(folder, 'proc.json'));
  if (!isActive(status) || typeof proc?.restart !== 'number')
    throw new AppError(
      'run-not-active',
      `The run ${record.name} is not going on.`,
      'There is nothing to stop.',
    );
  const now = new Date();
  const id = `stop-${now.getTime()}-${randomBytes(3).toString('hex')}`;
  const request = {
    id,
    restart: proc.restart,
    cmd: 'stop',
    save: options.save,
    ts: now.getTime() / 1000,
  };
  try {
    await mkdir(join(folder, 'control'), { recursive: true });
    await writeFileWhole(join(folder, 'control', `${id}.json`), `${JSON.stringify(request)}\n`);
  } catch (error) {
    throw runFolderError(error, folder);
  }
  return { id };
}

function requireTrusted(trusted: boolean): void {
  if (trusted) return;
  throw new AppError(
    'workspace-untrusted',
    'A run needs a trusted workspace, because it starts Python and the code that the run spec names.',
    'Trust the workspace (“Workspaces: Manage Workspace Trust”), then start the run again.',
  );
}

async function refuseTwice(runsFolder: string, specPath: string): Promise<void> {
  const running = await activeRunOf(runsFolder, specPath);
  if (running) throw alreadyActive(`This run spec is running already, as ${basename(running)}.`);
}

/** The folder of the newest run of a run spec that is going on, or null. */
export async function activeRunOf(runsFolder: string, specPath: string): Promise<string | null> {
  for (const id of await runIds(runsFolder)) {
    const folder = join(runsFolder, id);
    // An ended run is the usual case and costs one look; only live ones are read whole.
    const record = await readRunRecord(folder).catch(() => null);
    if (record?.spec_path === specPath && isActive(await readStatus(folder))) return folder;
  }
  return null;
}

const alreadyActive = (message: string) =>
  new AppError(
    'run-already-active',
    message,
    'Wait for it, stop it, or start another one beside it (--force on the command line).',
  );

/** Two starts of one spec at the same moment: the first one wins. */
async function lockSpec(runsFolder: string, specPath: string): Promise<() => Promise<void>> {
  const name = createHash('sha256').update(specPath).digest('hex').slice(0, 16);
  try {
    await mkdir(runsFolder, { recursive: true });
    const lock = await takeLock(join(runsFolder, `.starting-${name}`), staleLockMs);
    if (lock.kind === 'held') throw alreadyActive('This run spec is being started.');
    return lock.release;
  } catch (error) {
    throw error instanceof AppError ? error : runFolderError(error, runsFolder);
  }
}

/**
 * Starts the supervisor of a run folder and waits until it has a trainer, or has said why not; for as long as it lives,
 * since it compares a checkpoint with its manifest first. What it could not start, or was not to, has ended then.
 */
async function supervise(
  folder: string,
  record: RunRecord,
  more: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const read = () => readJsonObject(join(folder, 'proc.json'));
  const before = (await read())?.started;
  const newProc = async () => {
    const proc = await read();
    return proc && proc.started !== before ? proc : null;
  };
  const log = await open(join(folder, 'supervisor.log'), 'a').catch((error: unknown) => {
    throw runFolderError(error, folder);
  });
  let child: ChildProcess;
  try {
    child = spawn(record.interpreter, ['-m', 'coldstart_trainer', 'supervise', folder, ...more], {
      cwd: folder,
      env: childEnvironment(record.env),
      // Files, not pipes: pipes die with this process, and the run with them.
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      windowsHide: true,
    });
    await started(child, record.interpreter);
  } finally {
    await log.close();
  }
  child.unref();
  for (;;) {
    // Before the files are read: what it wrote before it ended is in them.
    const hasEnded = ended(child);
    const proc = await newProc();
    if (proc?.trainer) return;
    const exit = await readJsonObject(join(folder, 'exit.json'));
    if (proc && exit && exit.restart === proc.restart) return failIfNotStarted(exit);
    if (hasEnded) throw await supervisorError(folder, record, child.exitCode ?? -1);
    if (signal?.aborted) {
      await callOff(child, async () => Boolean((await newProc())?.trainer));
      throw cancelled();
    }
    await delay(50);
  }
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Ends a supervisor that has no trainer; one that got it in this very moment stops it as it stops every run. */
async function callOff(child: ChildProcess, hasTrainer: () => Promise<boolean>): Promise<void> {
  child.kill('SIGTERM');
  for (const until = Date.now() + endMs; !ended(child); await delay(50)) {
    if (await hasTrainer()) return;
    if (Date.now() > until) child.kill('SIGKILL');
  }
}

function failIfNotStarted(exit: Record<string, unknown>): void {
  if (exit.reason !== 'start-failed') return;
  throw new AppError('run-failed', String(exit.message ?? 'The trainer could not be started.'), checkWay);
}

async function supervisorError(folder: string, record: RunRecord, code: number): Promise<AppError> {
  if (code === 3)
    return new AppError(
      'run-already-active',
      `The run ${record.name} is supervised already.`,
      wayToSee(record.run),
    );
  const text = await readFile(join(folder, 'supervisor.log'), 'utf8').catch(() => '');
  const last = text.trim().split('\n').at(-1) ?? '';
  return new AppError(
    'run-failed',
    `The supervisor could not start: ${last || `exit code ${code}`}`,
    checkWay,
  );
}

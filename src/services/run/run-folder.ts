import { randomBytes } from 'node:crypto';
import { readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { parseEventLine } from '../../core/run/events.ts';
import { fold } from '../../core/run/fold.ts';
import { currentStep, emptyFold, etaSeconds } from '../../core/run/run-fold.ts';
import { runIdPattern } from '../../core/run/run-id.ts';
import type { Stage } from '../../core/run/spec.ts';
import { readLastLines } from '../files/small-files.ts';
import { isActive, readStatus } from './evidence.ts';
import { runFolderError } from './run-folder-error.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';
import type { RunListing } from './views.ts';

/** A new run id, in local time: sorts by start, is safe as a folder name. */
export function newRunId(stage: Stage, now = new Date()): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  return `${day}-${time}-${stage}-${randomBytes(2).toString('hex')}`;
}

/** Ids of the run folders of a folder, newest first; empty when there is none. */
export async function runIds(runsFolder: string): Promise<string[]> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && runIdPattern.test(entry.name))
    .map((entry) => entry.name)
    .sort()
    .reverse();
}

/** All runs of a folder, newest first; `damaged` is told the folder of each whose record cannot be read. */
export async function listRuns(
  runsFolder: string,
  damaged: (folder: string, error: unknown) => void = () => undefined,
): Promise<RunListing[]> {
  const ids = await runIds(runsFolder);
  const read = async (folder: string) => {
    try {
      return await readListing(folder);
    } catch (error) {
      damaged(folder, error);
      return null;
    }
  };
  const runs = await Promise.all(ids.map((id) => read(join(runsFolder, id))));
  return runs.filter((run) => run !== null);
}

/** One run as lists show it: its record, its state by evidence, and the end of its events. */
export async function readListing(folder: string, known?: RunRecord): Promise<RunListing> {
  const record = known ?? (await readRunRecord(folder));
  const [status, tail] = await Promise.all([readStatus(folder), readTail(folder, record)]);
  return {
    id: record.run,
    name: record.name,
    stage: record.stage,
    trainer: record.trainer,
    folder,
    created: Date.parse(record.created) || 0,
    specPath: record.spec_path,
    status,
    ...tail,
    etaSeconds: isActive(status) ? tail.etaSeconds : null,
  };
}

async function readTail(
  folder: string,
  record: RunRecord,
): Promise<Pick<RunListing, 'step' | 'maxSteps' | 'etaSeconds' | 'headline'>> {
  const metric = record.stage === 'grpo' ? 'reward' : 'loss';
  const state = emptyFold();
  for (const line of await readLastLines(join(folder, 'events.jsonl'), 256 << 10)) {
    if (line.includes('"type":"rollout_batch"')) continue;
    const parsed = parseEventLine(line);
    if (parsed.ok && parsed.event.run === record.run) fold(state, parsed.event);
  }
  const { start } = state;
  const values = state.series.get(`train/${metric}`)?.values ?? [];
  return {
    step: currentStep(state),
    maxSteps: start?.max_steps ?? record.spec.max_steps ?? null,
    etaSeconds: etaSeconds(state, Date.now() / 1000),
    headline: headlineOf(
      metric,
      values.filter((value) => typeof value === 'number'),
    ),
  };
}

function headlineOf(metric: string, values: readonly number[]): RunListing['headline'] {
  const value = values.at(-1);
  if (value === undefined) return null;
  const mean = (part: readonly number[]) =>
    part.reduce((sum, one) => sum + one, 0) / Math.max(1, part.length);
  const recent = values.slice(-20);
  const change =
    mean(recent.slice(-Math.ceil(recent.length / 2))) - mean(recent.slice(0, Math.floor(recent.length / 2)));
  const range = Math.max(...recent) - Math.min(...recent);
  const trend = recent.length < 4 || Math.abs(change) < range * 0.1 ? 'flat' : change > 0 ? 'up' : 'down';
  return { metric, value, trend };
}

/**
 * The folder of a run named by id, by an unambiguous start of an id, by display name (the newest of that name), as
 * `last`, or as a folder; AppError run-not-found otherwise.
 */
export async function findRun(runsFolder: string, reference: string): Promise<string> {
  const ids = await runIds(runsFolder);
  const notFound = (message: string, hint: string) => new AppError('run-not-found', message, hint);
  if (ids.includes(reference)) return join(runsFolder, reference);
  if (isAbsolute(reference) || /[\\/]/.test(reference) || reference === '.') {
    const folder = resolve(reference);
    if (await stat(join(folder, 'run.json')).catch(() => null)) return folder;
    throw notFound(`${folder} is not a run folder.`, 'A run folder holds run.json.');
  }
  if (reference === 'last') {
    const newest = ids[0];
    if (newest) return join(runsFolder, newest);
    throw notFound(`There are no runs in ${runsFolder} yet.`, 'Start one with: coldstart run start SPEC');
  }
  const starting = reference === '' ? [] : ids.filter((id) => id.startsWith(reference));
  if (starting.length > 1)
    throw notFound(
      `"${reference}" is the start of ${starting.length} runs: ${firstOf(starting)}.`,
      'Give more of the id.',
    );
  const only = starting[0];
  if (only) return join(runsFolder, only);
  for (const id of ids) {
    const record = await readRunRecord(join(runsFolder, id)).catch(() => null);
    if (record?.name === reference) return join(runsFolder, id);
  }
  const folder = resolve(reference);
  if (await stat(join(folder, 'run.json')).catch(() => null)) return folder;
  throw notFound(
    `There is no run "${reference}" in ${runsFolder}.`,
    ids.length > 0 ? 'List them with: coldstart run list' : 'No run was started there yet.',
  );
}

const mostNamed = 5;
const firstOf = (ids: readonly string[]): string =>
  `${ids.slice(0, mostNamed).join(', ')}${ids.length > mostNamed ? `, and ${ids.length - mostNamed} more` : ''}`;

const leftover = /^\.(?:preparing|checking|deleted)-/;
const leftoverMs = 24 * 3600_000;

/** Removes what a preparation, a check or a deletion left that was cut off a day ago or earlier, by a crash or a power cut. */
export async function sweepLeftovers(runsFolder: string, now = Date.now()): Promise<void> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const name = leftover.exec(entry.name)?.[0];
    if (!entry.isDirectory() || !name || !runIdPattern.test(entry.name.slice(name.length))) continue;
    const path = join(runsFolder, entry.name);
    const facts = await stat(path).catch(() => null);
    // A preparation is done within minutes; its folder changes at its beginning and its end.
    if (facts && now - facts.mtimeMs > leftoverMs)
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Removes the folder of a run that is not going on; AppError run-already-active otherwise. */
export async function deleteRun(folder: string): Promise<void> {
  const record = await readRunRecord(folder);
  const real = await realpath(folder);
  if (basename(real) !== record.run)
    throw new AppError(
      'run-not-found',
      `${real} is not called ${record.run}, so it is not deleted.`,
      'Delete the folder by hand if you are sure.',
    );
  if (isActive(await readStatus(real)))
    throw new AppError('run-already-active', `The run ${record.name} is going on.`, 'Stop it first.');
  // Out of the list at once, and away for good even when the removal is interrupted half-way.
  const away = join(dirname(real), `.deleted-${record.run}`);
  try {
    await rename(real, away);
    await rm(away, { recursive: true, force: true });
  } catch (error) {
    throw runFolderError(error, dirname(real));
  }
}

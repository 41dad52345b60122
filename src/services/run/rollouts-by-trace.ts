import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type GroupLine, parseGroupLine } from '../../core/run/group-line.ts';
import { createGrader, verdictOf } from '../../core/verify/verdict.ts';
import { throwIfAborted } from '../cancelled.ts';
import { groupNumber } from './rollout-files.ts';
import { runIds } from './run-folder.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';
import type { RolloutLinkData } from './views.ts';

/** A trace of a dataset: its file, its id, and its position in the file. */
export interface TraceAddress {
  readonly source: string;
  readonly id: string;
  readonly index: number;
}

interface LinePlace {
  readonly offset: number;
  readonly bytes: number;
}

/** Where the groups of each trace lie in one step file. */
interface StepFileIndex {
  readonly stamp: string;
  readonly byTrace: ReadonlyMap<string, readonly LinePlace[]>;
}

const chunkBytes = 4 << 20;
const headBytes = 4096;
const maxLinks = 200;
/** New bytes that one call looks through; what was indexed before costs nothing. */
const budgetBytes = 512 << 20;
const cachedFiles = 2000;
const previewChars = 160;

const indexes = new Map<string, StepFileIndex>();
const records = new Map<string, RunRecord>();
const grade = createGrader(20_000);

/**
 * Rollouts that runs of a folder have sampled for one trace, newest run and step first, at most 200. Step files are
 * indexed by trace once and then only when they change; at most 512 MB of new ones a call.
 */
export async function rolloutsForTrace(
  runsFolder: string,
  trace: TraceAddress,
  signal?: AbortSignal,
): Promise<RolloutLinkData[]> {
  const source = await realpath(trace.source).catch(() => trace.source);
  const links: RolloutLinkData[] = [];
  let budget = budgetBytes;
  for (const id of await runIds(runsFolder)) {
    const folder = join(runsFolder, id);
    const record = await recordOf(folder);
    if (record?.stage !== 'grpo' || !(await isOf(record, source))) continue;
    const files = await stepFiles(join(folder, 'rollouts'));
    for (const file of files) {
      throwIfAborted(signal);
      if (budget <= 0 || links.length >= maxLinks) return links;
      const path = join(folder, 'rollouts', file);
      const { index, read } = await indexOf(path);
      budget -= read;
      const places = index?.byTrace.get(trace.id) ?? [];
      if (places.length > 0) links.push(...(await linksOf(path, places, record, trace)));
    }
  }
  return links.slice(0, maxLinks);
}

async function recordOf(folder: string): Promise<RunRecord | null> {
  const known = records.get(folder);
  if (known) return known;
  const record = await readRunRecord(folder).catch(() => null);
  if (record) records.set(folder, record);
  return record;
}

async function isOf(record: RunRecord, source: string): Promise<boolean> {
  const { dataset, evaluation } = record.spec;
  for (const path of [dataset.path, evaluation?.path])
    if (path && (path === source || (await realpath(path).catch(() => path)) === source)) return true;
  return false;
}

/** Names of step files, newest step first. */
async function stepFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const stepOf = (name: string) => Number(/^step-(\d+)\.jsonl$/.exec(name)?.[1] ?? -1);
  return names.filter((name) => stepOf(name) >= 0).sort((a, b) => stepOf(b) - stepOf(a));
}

async function indexOf(path: string): Promise<{ index: StepFileIndex | null; read: number }> {
  const facts = await stat(path).catch(() => null);
  if (!facts) return { index: null, read: 0 };
  const stamp = `${facts.ino}:${facts.size}:${facts.mtimeMs}`;
  const known = indexes.get(path);
  if (known?.stamp === stamp) return { index: known, read: 0 };
  const index = { stamp, byTrace: await scan(path, facts.size) };
  indexes.set(path, index);
  for (const old of indexes.keys()) {
    if (indexes.size <= cachedFiles) break;
    indexes.delete(old);
  }
  return { index, read: facts.size };
}

/** The trace id stands near the start of a line, so only line heads are decoded. */
async function scan(path: string, size: number): Promise<Map<string, LinePlace[]>> {
  const found = new Map<string, LinePlace[]>();
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    let lineStart = 0;
    let head = '';
    for (let offset = 0; offset < size; ) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, offset);
      if (bytesRead === 0) break;
      let start = 0;
      for (;;) {
        const newline = buffer.indexOf(10, start);
        const end = newline < 0 || newline >= bytesRead ? bytesRead : newline;
        if (head.length < headBytes) head += buffer.toString('utf8', start, Math.min(end, start + headBytes));
        if (end === bytesRead) break;
        const id = traceIdOf(head);
        if (id !== null) {
          const places = found.get(id) ?? [];
          places.push({ offset: lineStart, bytes: offset + end - lineStart });
          found.set(id, places);
        }
        start = end + 1;
        lineStart = offset + start;
        head = '';
      }
      offset += bytesRead;
    }
  } finally {
    await handle.close();
  }
  return found;
}

function traceIdOf(head: string): string | null {
  const text = /"trace":\{[^{}]*?"id":("(?:[^"\\]|\\.)*")/.exec(head)?.[1];
  if (!text) return null;
  try {
    return JSON.parse(text) as string;
  } catch {
    return null;
  }
}

async function linksOf(
  path: string,
  places: readonly LinePlace[],
  record: RunRecord,
  trace: TraceAddress,
): Promise<RolloutLinkData[]> {
  const groups = await readGroups(path, places);
  const ofTrace = groups.filter((group) => group.trace.index === null || group.trace.index === trace.index);
  // After a resume the same step was sampled again: the later restart counts.
  const newest = Math.max(...ofTrace.map((group) => group.restart));
  return ofTrace
    .filter((group) => group.restart === newest)
    .flatMap((group) =>
      group.rollouts.map((rollout): RolloutLinkData => {
        const verdict =
          rollout.cut === undefined
            ? verdictOf(rollout.completion, group.ground_truth ?? null, record.spec.extraction, grade)
            : null;
        return {
          run: record.run,
          name: record.name,
          step: group.step,
          group: groupNumber(group),
          index: rollout.i,
          reward: typeof rollout.reward === 'number' ? rollout.reward : null,
          verdict: verdict?.state ?? 'none',
          preview: rollout.completion.slice(0, previewChars),
        };
      }),
    );
}

async function readGroups(path: string, places: readonly LinePlace[]): Promise<GroupLine[]> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const groups: GroupLine[] = [];
    for (const { offset, bytes } of places) {
      const buffer = Buffer.allocUnsafe(bytes);
      const { bytesRead } = await handle.read(buffer, 0, bytes, offset);
      const group = parseGroupLine(buffer.toString('utf8', 0, bytesRead));
      if (group) groups.push(group);
    }
    return groups;
  } catch {
    return [];
  } finally {
    await handle?.close();
  }
}

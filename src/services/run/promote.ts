import { constants, copyFile, mkdir, open, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { exportShapes, writeRow } from '../../core/dataset/export-shapes.ts';
import { jsonLine } from '../../core/dataset/export-turns.ts';
import { AppError } from '../../core/errors.ts';
import type { GroupLine, Rollout } from '../../core/run/group-line.ts';
import type { Origin } from '../../core/run/origin.ts';
import { detectShape, readTrace } from '../../core/trace/lens.ts';
import type { Json, PromptPart, Trace, Turn } from '../../core/trace/trace.ts';
import { throwIfAborted } from '../cancelled.ts';
import { openToRead } from '../dataset/open-file.ts';
import { fileError } from '../files/file-errors.ts';
import { syncFolder } from '../files/small-files.ts';
import { readGroup } from './read-fold.ts';
import { groupNumber, turnsOf } from './rollout-files.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';
import type { RolloutAddress } from './views.ts';

export interface PromoteRequest {
  /** Run folder. */
  readonly folder: string;
  readonly rollout: RolloutAddress;
  /** Dataset (.jsonl) to append to; made when it is not there. */
  readonly to: string;
}

const headBytes = 256 << 10;
const chunkBytes = 1 << 20;

/**
 * Appends one rollout to a dataset as a trace in the dataset's own shape, with its origin, in one durable write. The
 * file's other bytes stay as they are. AppError request-invalid when it is there already, was cut, or the shape of
 * the dataset has no room for a completion.
 */
export async function promoteRollout(
  request: PromoteRequest,
  signal?: AbortSignal,
): Promise<{ dataset: string; id: string; line: number }> {
  const to = resolve(request.to);
  const record = await readRunRecord(request.folder);
  const { step, group: number, index } = request.rollout;
  const group = await readGroup(request.folder, record, step, number, signal);
  const rollout = group.rollouts.find((one) => one.i === index);
  const address = `${step}/${number}/${index}`;
  if (!rollout) throw refused(`There is no rollout ${address} in ${record.name}.`, 'Choose another one.');
  if (rollout.cut !== undefined)
    throw refused(
      `Only a part of rollout ${address} was kept.`,
      'Start the run without a limit on characters.',
    );
  const id = promotedId(record.run, request.rollout);
  const target = await lookAt(to, id, signal);
  if (target.idLine !== null)
    throw refused(
      `Rollout ${address} of ${record.name} is in ${basename(to)} already.`,
      'Nothing was written.',
    );
  const images = await imagePaths(group, request.folder, to);
  const line = rowOf(record, group, rollout, images, target.shape, to);
  throwIfAborted(signal);
  await append(to, line, target);
  return { dataset: to, id, line: target.lines + 1 };
}

/** The row, from 0, that a rollout became in the dataset it was promoted to; null when it is not there any more. */
export async function promotedRow(request: PromoteRequest, signal?: AbortSignal): Promise<number | null> {
  const { run } = await readRunRecord(request.folder);
  const { idLine } = await lookAt(resolve(request.to), promotedId(run, request.rollout), signal);
  return idLine === null ? null : idLine - 1;
}

const refused = (message: string, hint: string) => new AppError('request-invalid', message, hint);

/** The id of the trace that a rollout of a run becomes. */
export const promotedId = (run: string, { step, group, index }: RolloutAddress): string =>
  `${run}-${step}-${group}-${index}`;

interface Target {
  /** Null when there is no file yet. */
  readonly mode: number | null;
  readonly shape: string;
  readonly lines: number;
  readonly lineEnd: '\n' | '\r\n';
  readonly endsOpen: boolean;
  /** First line, from 1, that names the id; null when none does. */
  readonly idLine: number | null;
}

async function lookAt(to: string, id: string, signal?: AbortSignal): Promise<Target> {
  if (extname(to) !== '.jsonl')
    throw refused(
      `${basename(to)} is not a .jsonl file.`,
      'Rollouts are appended as lines: name a .jsonl file.',
    );
  const fresh: Target = {
    mode: null,
    shape: 'coldstart',
    lines: 0,
    lineEnd: '\n',
    endsOpen: false,
    idLine: null,
  };
  const facts = await stat(to).catch(() => null);
  if (!facts) return fresh;
  if (!facts.isFile()) throw refused(`${to} is not a regular file.`, 'Name a .jsonl file.');
  const handle = await openToRead(to);
  try {
    const needle = Buffer.from(JSON.stringify(id));
    const buffer = Buffer.allocUnsafe(chunkBytes + needle.length);
    let head = Buffer.alloc(0);
    let lines = 0;
    let idLine: number | null = null;
    let last = 10;
    let beforeLast = 0;
    let kept = 0;
    for (let offset = 0; offset < facts.size; ) {
      throwIfAborted(signal);
      const { bytesRead } = await handle.read(buffer, kept, chunkBytes, offset);
      if (bytesRead === 0) break;
      const filled = buffer.subarray(0, kept + bytesRead);
      if (head.length < headBytes) head = Buffer.concat([head, filled.subarray(kept)]);
      const found = idLine === null ? filled.indexOf(needle) : -1;
      let before = lines;
      for (let at = filled.indexOf(10, kept); at >= 0; at = filled.indexOf(10, at + 1)) {
        lines++;
        if (at < found) before++;
      }
      if (found >= 0) idLine = before + 1;
      beforeLast = filled.length > 1 ? (filled[filled.length - 2] ?? 0) : last;
      last = filled[filled.length - 1] ?? 10;
      // The id may lie across two reads.
      kept = Math.min(needle.length, filled.length);
      filled.copy(buffer, 0, filled.length - kept);
      offset += bytesRead;
    }
    const text = head.toString('utf8').replace(/^\uFEFF/, '');
    if (/^\s*\[/.test(text))
      throw refused(`${basename(to)} is a JSON array.`, 'Rollouts are appended as lines: name a JSONL file.');
    const isCrLf = last === 10 ? beforeLast === 13 : /\r\n/.test(text);
    const endsOpen = last !== 10;
    return {
      mode: facts.mode,
      shape: shapeOf(text, head.length < facts.size),
      lines: lines + (endsOpen ? 1 : 0),
      lineEnd: isCrLf ? '\r\n' : '\n',
      endsOpen,
      idLine,
    };
  } finally {
    await handle.close();
  }
}

/** The shape of the first rows; a file without readable rows gets Coldstart's own. */
function shapeOf(head: string, isCut: boolean): string {
  const lines = head.split('\n').slice(0, isCut ? -1 : undefined);
  const rows = lines.flatMap((line): Json[] => {
    try {
      return line.trim() === '' ? [] : [JSON.parse(line) as Json];
    } catch {
      return [];
    }
  });
  const isKnown =
    rows.length > 0 && Object.keys(detectShape(rows).rowsByShape).some((name) => name !== 'unknown');
  return isKnown ? detectShape(rows).shape : 'coldstart';
}

/** Image paths as the target names them: relative to it; pictures of the run folder are copied beside it. */
async function imagePaths(group: GroupLine, folder: string, to: string): Promise<string[]> {
  const base = dirname(to);
  const paths: string[] = [];
  for (const { path } of group.images) {
    const way = relative(folder, path);
    const isInRun = way !== '' && !way.startsWith('..') && !isAbsolute(way);
    let source = path;
    if (isInRun) {
      source = join(base, 'images', basename(path));
      try {
        await mkdir(dirname(source), { recursive: true });
        // Named by content, so one that is there is the same.
        await copyFile(path, source, constants.COPYFILE_EXCL).catch((error: unknown) => {
          if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
        });
      } catch (error) {
        throw fileError(error, source, 'write');
      }
    }
    paths.push(posix(relative(base, source)));
  }
  return paths;
}

const posix = (path: string): string => path.split(sep).join('/');

function rowOf(
  record: RunRecord,
  group: GroupLine,
  rollout: Rollout,
  images: readonly string[],
  shape: string,
  to: string,
): string {
  const trace = traceOf(record, group, rollout, images);
  const name = exportShapes.some((one) => one.name === shape) ? shape : 'coldstart';
  const row = JSON.parse(writeRow(trace, name, images)) as { [key: string]: Json };
  const back = readTrace(row, { index: 0, line: 1, hash: '' }, { shape: name });
  if (back.completion?.text !== rollout.completion)
    throw refused(
      `${basename(to)} holds prompts without completions (${name}), so a rollout has no place in it.`,
      'Choose another dataset, or a new file.',
    );
  const origin: Origin = {
    run: record.run,
    name: record.name,
    step: group.step,
    group: groupNumber(group),
    index: rollout.i,
    rewards: rollout.rewards,
    reward: rollout.reward,
    model: record.model.given,
    trace: {
      id: group.trace.id,
      index: group.trace.index,
      source: group.trace.source ? posix(relative(dirname(to), group.trace.source)) : '',
    },
  };
  return jsonLine({ ...row, origin });
}

function traceOf(record: RunRecord, group: GroupLine, rollout: Rollout, images: readonly string[]): Trace {
  let next = 0;
  const turns = askedTurns(record, group).map(({ role, text }): Turn => {
    const pieces = group.images.length > 0 ? text.split('<image>') : [text];
    const parts = pieces.flatMap((piece, position): PromptPart[] => [
      ...(position > 0 ? [{ kind: 'image' as const, image: next < images.length ? next++ : null }] : []),
      ...(piece === '' ? [] : [{ kind: 'text' as const, value: { text: piece, at: null } }]),
    ]);
    return { role, parts };
  });
  return {
    index: 0,
    line: 1,
    id: promotedId(record.run, { step: group.step, group: groupNumber(group), index: rollout.i }),
    hash: '',
    shape: 'coldstart',
    turns,
    images: images.map((source) => ({ kind: 'path', source, at: [] })),
    completion: { text: rollout.completion, at: ['completion'] },
    groundTruth: group.ground_truth == null ? null : { text: group.ground_truth, at: ['ground_truth'] },
    problems: [],
    meta: {},
  };
}

/** The prompt without what the run spec put around it: a later run puts it there again. */
function askedTurns(record: RunRecord, group: GroupLine): { role: Turn['role']; text: string }[] {
  const { system, template } = record.spec.prompt;
  const turns = turnsOf(group).filter(
    (turn, position) => !(position === 0 && turn.role === 'system' && system !== '' && turn.text === system),
  );
  const [before = '', after = ''] = template.split('{prompt}');
  const last = turns.findLastIndex((turn) => turn.role === 'user');
  return turns.map(({ role, text }, position) => {
    const isWrapped = position === last && text.startsWith(before) && text.endsWith(after);
    const bare = isWrapped ? text.slice(before.length, text.length - after.length) : text;
    return { role: roleOf(role), text: bare };
  });
}

function roleOf(role: string): Turn['role'] {
  return role === 'system' || role === 'assistant' || role === 'tool' ? role : 'user';
}

async function append(to: string, line: string, target: Target): Promise<void> {
  try {
    if (target.mode === null) await mkdir(dirname(to), { recursive: true });
    const handle = await open(to, target.mode === null ? 'ax' : 'a', 0o644);
    try {
      const lead = target.endsOpen ? target.lineEnd : '';
      const bytes = Buffer.from(`${lead}${line}${target.lineEnd}`, 'utf8');
      const before = (await handle.stat()).size;
      const { bytesWritten } = await handle.write(bytes);
      if (bytesWritten < bytes.length) {
        await handle.truncate(before);
        throw Object.assign(new Error('only a part could be written'), { code: 'ENOSPC' });
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (target.mode === null) await syncFolder(dirname(to));
  } catch (error) {
    throw fileError(error, to, 'write');
  }
}

import { OccurrenceCounter, statusCodes, verdictCodes } from '../../core/dataset/row-codes.ts';
import { isObject } from '../../core/trace/lenses/draft.ts';
import { parseSegments } from '../../core/trace/segments.ts';
import type { Json } from '../../core/trace/trace.ts';
import { readRow, readRowText, rowHash } from './row-reading.ts';
import { faultsOf, problemsOf, RowReader } from './row-view.ts';
import { walkRows } from './row-walk.ts';
import {
  type IdentityTask,
  PostPace,
  type PostScan,
  type ProblemCount,
  type VerdictTask,
} from './scan-tasks.ts';
import { maxFields, maxPaths } from './survey.ts';

const checkEvery = 64;
/** Rows whose completions are cut into segments, to know which kinds there are. */
const rowsWithKinds = 100;
/** Objects inside objects beyond this depth are data, not fields. */
const deepestPath = 3;

/** Hashes every row as it is on disk, and says which are JSON, broken or blank. */
export function surveyIdentity(task: IdentityTask, post: PostScan): void {
  const { rows, scan } = task;
  const count = rows.starts.length;
  const occurrences = new OccurrenceCounter(count);
  const pace = new PostPace();
  let from = 0;
  let hashes: number[] = [];
  let statuses: number[] = [];
  let repeats: number[] = [];
  const send = (to: number): void => {
    const message = {
      kind: 'identity',
      scan,
      from,
      to,
      hashes: Uint32Array.from(hashes),
      statuses: Uint8Array.from(statuses),
      repeats: Uint32Array.from(repeats),
    } as const;
    post(message, [message.hashes.buffer, message.statuses.buffer, message.repeats.buffer]);
    [from, hashes, statuses, repeats] = [to, [], [], []];
  };
  walkRows(task.path, rows, 0, (index, bytes) => {
    const hash = bytes === null ? '0'.repeat(16) : rowHash(bytes);
    const high = Number.parseInt(hash.slice(0, 8), 16);
    const low = Number.parseInt(hash.slice(8), 16);
    hashes.push(high, low);
    statuses.push(statusCodes[readRow(bytes).status]);
    const seen = occurrences.next(high, low);
    if (seen > 0) repeats.push(index, seen);
    if (index % checkEvery === 0 && pace.isDue()) send(index + 1);
    return true;
  });
  send(count);
}

/** Grades every row, edits included, and counts problems and top-level fields. */
export function surveyVerdicts(task: VerdictTask, post: PostScan): void {
  const { rows, scan } = task;
  const count = rows.starts.length;
  const reader = new RowReader(task.lens, task.extraction);
  const pace = new PostPace();
  const problems = new Map<string, ProblemCount>();
  const fields = new Set<string>();
  const paths = new Set<string>();
  const kinds = new Set<string>();
  let from = 0;
  let verdicts: number[] = [];
  let faults: number[] = [];
  const send = (to: number): void => {
    const codes = Uint8Array.from(verdicts);
    const bits = Uint8Array.from(faults);
    post(
      {
        kind: 'verdicts',
        scan,
        from,
        to,
        verdicts: codes,
        problems: [...problems.values()],
        faults: bits,
        fields: [...fields],
        paths: [...paths],
        kinds: [...kinds],
      },
      [codes.buffer, bits.buffer],
    );
    [from, verdicts, faults] = [to, [], []];
  };
  walkRows(task.path, rows, 0, (index, bytes) => {
    const edited = task.edits.get(index);
    const row = reader.view(edited === undefined ? readRow(bytes) : readRowText(edited), {
      index,
      line: rows.lines?.[index] ?? index + 1,
      hash: '',
    });
    const codes = new Set<string>();
    faults.push(faultsOf(row));
    for (const { code, message } of problemsOf(row)) {
      if (codes.has(code)) continue;
      codes.add(code);
      const known = problems.get(code);
      problems.set(code, { code, message: known?.message ?? message, count: (known?.count ?? 0) + 1 });
    }
    let verdict: number = verdictCodes.none;
    if (row.status === 'ok') {
      verdict = verdictCodes[reader.verdict(row.trace)?.state ?? 'none'];
      if (index < rowsWithKinds)
        for (const { kind } of parseSegments(row.trace.completion?.text ?? '')) kinds.add(kind);
      if (isObject(row.json)) collectNames(row.json, fields, paths);
    }
    verdicts.push(verdict);
    if (index % checkEvery === 0 && pace.isDue()) send(index + 1);
    return true;
  });
  send(count);
}

function collectNames(row: { readonly [key: string]: Json }, fields: Set<string>, paths: Set<string>): void {
  for (const key in row) {
    if (fields.size < maxFields) fields.add(key);
    if (paths.size < maxPaths) collectPaths(row[key], key, 2, paths);
  }
}

function collectPaths(value: Json | undefined, before: string, depth: number, paths: Set<string>): void {
  if (!isObject(value)) return;
  for (const key in value) {
    const path = `${before}.${key}`;
    if (depth < deepestPath && isObject(value[key])) collectPaths(value[key], path, depth + 1, paths);
    else if (paths.size < maxPaths) paths.add(path);
  }
}

import { isSpace, skipSpace, skipString } from '../trace/json-scan.ts';
import type { Json, RowProblem } from '../trace/trace.ts';
import { explainFailure, type RowFailureCode } from './row-scan-failure.ts';

export type RowReading =
  /** `problems` are oddities that JSON.parse passes over: a key given twice, a byte order mark. */
  | { readonly ok: true; readonly row: Json; readonly problems: readonly RowProblem[] }
  /** `offset` is where the row stops being JSON, UTF-16 units. */
  | { readonly ok: false; readonly code: RowFailureCode; readonly message: string; readonly offset: number };

/** Deeper rows are refused: trainers' own readers and every recursive consumer give up somewhere near. */
const deepestRow = 512;

/** Reads one line as strict JSON (RFC 8259); a line that is not says in plain words why. Never throws. */
export function parseRow(line: string): RowReading {
  const marked = line.charCodeAt(0) === 0xfeff;
  const scan = scanRow(line);
  if (scan.depth > deepestRow) {
    const message = `The row is nested ${scan.depth} levels deep; ${deepestRow} are read.`;
    return { ok: false, code: 'too-deep', message, offset: 0 };
  }
  let row: Json;
  try {
    row = JSON.parse(marked ? line.slice(1) : line) as Json;
  } catch {
    return { ok: false, ...explainFailure(line) };
  }
  const problems: RowProblem[] = [];
  if (marked) {
    const message = 'A byte order mark stands before the row.';
    problems.push({ code: 'byte-order-mark', severity: 'warning', message });
  }
  for (const key of scan.duplicates) {
    const message = `The key "${key.slice(0, 60)}" is given twice; the last one counts.`;
    problems.push({ code: 'duplicate-key', severity: 'warning', message, field: key });
  }
  return { ok: true, row, problems };
}

/**
 * One pass without recursion over text that may be broken: how deep it nests, and which keys of an object come twice.
 * Strings are skipped by searching their closing quote, so a long completion costs almost nothing.
 */
function scanRow(line: string): { depth: number; duplicates: string[] } {
  const keys: (Set<string> | null)[] = [];
  const duplicates: string[] = [];
  let depth = 0;
  let position = skipSpace(line, 0);
  while (position < line.length) {
    const unit = line.charCodeAt(position);
    if (unit === 0x22) {
      const end = skipString(line, position);
      const seen = keys.at(-1);
      if (seen != null && isKey(line, end)) noteKey(line.slice(position, end), seen, duplicates);
      position = end;
      continue;
    }
    if (unit === 0x7b || unit === 0x5b) {
      keys.push(unit === 0x7b ? new Set() : null);
      depth = Math.max(depth, keys.length);
    } else if (unit === 0x7d || unit === 0x5d) {
      keys.pop();
    }
    position += 1;
  }
  return { depth, duplicates };
}

function isKey(line: string, end: number): boolean {
  let position = end;
  while (position < line.length && isSpace(line.charCodeAt(position))) position += 1;
  return line.charCodeAt(position) === 0x3a;
}

function noteKey(literal: string, seen: Set<string>, duplicates: string[]): void {
  let key = literal.slice(1, -1);
  if (key.includes('\\')) {
    try {
      key = JSON.parse(literal) as string;
    } catch {
      return;
    }
  }
  if (seen.has(key)) duplicates.push(key);
  seen.add(key);
}

import type { SegmentView } from '../../src/protocol/trace-views.ts';
import { isBlankSegment } from '../elements/segment-view.ts';

/** A stretch of text that both sides share, or that only one side has. */
export interface DiffPart {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Cells of the comparison table; beyond this, whole lines are compared, and beyond that nothing is marked. */
const maxCells = 4_000_000;

const wordsOf = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+/g) ?? [];

/** What turns `before` into `after`, by words; joined without `added` it is `before`, without `removed` `after`. */
export function diffWords(before: string, after: string): DiffPart[] {
  if (before === after) return before === '' ? [] : [{ kind: 'same', text: before }];
  return (
    diffTokens(wordsOf(before), wordsOf(after)) ??
    diffTokens(linesOf(before), linesOf(after)) ??
    replaced(before, after)
  );
}

const replaced = (before: string, after: string): DiffPart[] =>
  joined([
    { kind: 'removed', text: before },
    { kind: 'added', text: after },
  ]);

/** Longest common subsequence after the ends that are alike; null when that would take too much. */
function diffTokens(left: readonly string[], right: readonly string[]): DiffPart[] | null {
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
  let tail = 0;
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left[left.length - 1 - tail] === right[right.length - 1 - tail]
  )
    tail += 1;
  const a = left.slice(head, left.length - tail);
  const b = right.slice(head, right.length - tail);
  if ((a.length + 1) * (b.length + 1) > maxCells) return null;
  const parts: DiffPart[] = [{ kind: 'same', text: left.slice(0, head).join('') }];
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i * width + j] =
        a[i] === b[j]
          ? (table[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0);
    }
  }
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i], b[j]];
    if (x !== undefined && x === y) {
      parts.push({ kind: 'same', text: x });
      i += 1;
      j += 1;
    } else if (
      x !== undefined &&
      (y === undefined || (table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0))
    ) {
      parts.push({ kind: 'removed', text: x });
      i += 1;
    } else {
      parts.push({ kind: 'added', text: y ?? '' });
      j += 1;
    }
  }
  parts.push({ kind: 'same', text: left.slice(left.length - tail).join('') });
  return joined(parts);
}

/** Neighbours of one kind become one; between two unlike ones the removed part comes first. */
function joined(parts: readonly DiffPart[]): DiffPart[] {
  const out: DiffPart[] = [];
  let removed = '';
  let added = '';
  const flush = () => {
    if (removed) out.push({ kind: 'removed', text: removed });
    if (added) out.push({ kind: 'added', text: added });
    removed = '';
    added = '';
  };
  for (const { kind, text } of parts) {
    if (text === '') continue;
    if (kind === 'removed') removed += text;
    else if (kind === 'added') added += text;
    else {
      flush();
      const last = out.at(-1);
      if (last?.kind === 'same') out[out.length - 1] = { kind, text: last.text + text };
      else out.push({ kind, text });
    }
  }
  flush();
  return out;
}

export interface Completion {
  readonly text: string;
  readonly segments: readonly SegmentView[];
}

/** Segments of two completions that stand beside each other; a side without a partner is null. */
export interface SegmentPair {
  readonly kind: string;
  readonly left: string | null;
  readonly right: string | null;
}

/** Pairs segments of one kind in their order; white space between tags is left out. */
export function pairSegments(left: Completion, right: Completion): SegmentPair[] {
  const [a, b] = [left, right].map(({ text, segments }) =>
    segments
      .filter((segment) => !isBlankSegment(text, segment))
      .map(({ kind, contentStart, contentEnd }) => ({
        kind,
        text: text.slice(contentStart, contentEnd).trim(),
      })),
  );
  const pairs: SegmentPair[] = [];
  let at = 0;
  for (const one of a ?? []) {
    const match = (b ?? []).findIndex((other, place) => place >= at && other.kind === one.kind);
    if (match === -1) {
      pairs.push({ kind: one.kind, left: one.text, right: null });
      continue;
    }
    for (const skipped of (b ?? []).slice(at, match))
      pairs.push({ kind: skipped.kind, left: null, right: skipped.text });
    pairs.push({ kind: one.kind, left: one.text, right: b?.[match]?.text ?? null });
    at = match + 1;
  }
  for (const rest of (b ?? []).slice(at)) pairs.push({ kind: rest.kind, left: null, right: rest.text });
  return pairs;
}

import { lastBox } from './boxed.ts';
import type { Segment } from './trace.ts';

/** Tags that make segments; other look-alikes (`<image>`, `<b>`, `x < y`) stay text. */
export const knownTags: readonly string[] = [
  'think',
  'thinking',
  'thought',
  'reasoning',
  'reason',
  'caption',
  'description',
  'observation',
  'look',
  'answer',
  'final_answer',
  'solution',
  'conclusion',
  'summary',
  'reflection',
  'reflect',
  'rethink',
  'critique',
  'verification',
  'verify',
  'check',
  'draft',
  'plan',
  'step',
  'tool_call',
  'tool_response',
];

export interface SegmentOptions {
  /** Tags of the user's own, beside the known ones. */
  readonly tags?: readonly string[];
}

interface Mark {
  readonly start: number;
  readonly end: number;
  readonly tag: string;
  readonly kind: string;
  readonly closing: boolean;
}

interface Open {
  readonly kind: string;
  readonly tag: string;
  /** Positions in the list of segments, to settle `closed` at the end. */
  readonly pieces: number[];
}

type Draft = { -readonly [K in keyof Segment]: Segment[K] };

/**
 * Splits a completion into segments that cover all of it, in order, without gap or overlap. A tag that holds another
 * one is cut into a piece before, the inner segment, and a piece after. The last box outside all tags is `boxed`.
 */
export function parseSegments(completion: string, options: SegmentOptions = {}): Segment[] {
  const out: Draft[] = [];
  const open: Open[] = [];
  /** How often each kind is open: a close that fits none must not search the whole stack. */
  const waiting = new Map<string, number>();
  let from = 0;

  const emit = (
    kind: string,
    tag: string | null,
    start: number,
    end: number,
    content: [number, number],
  ): number => {
    out.push({
      kind,
      start,
      end,
      contentStart: content[0],
      contentEnd: content[1],
      tag,
      closed: tag === null,
    });
    return out.length - 1;
  };
  /** Text up to `end` belongs to the innermost open tag, or to nobody. `inner` is where its content begins. */
  const flush = (end: number, contentEnd = end): void => {
    const top = open.at(-1);
    if (from === end) return;
    if (top === undefined) emit('prose', null, from, end, [from, end]);
    else top.pieces.push(emit(top.kind, top.tag, from, end, [Math.min(inner, contentEnd), contentEnd]));
    from = end;
    inner = end;
  };
  let inner = 0;

  for (const mark of marks(completion, options.tags ?? [])) {
    if (!mark.closing) {
      flush(mark.start);
      open.push({ kind: mark.kind, tag: mark.tag, pieces: [] });
      waiting.set(mark.kind, (waiting.get(mark.kind) ?? 0) + 1);
      inner = mark.end;
      continue;
    }
    if ((waiting.get(mark.kind) ?? 0) === 0) {
      strayClose(mark);
      continue;
    }
    while (open.at(-1)?.kind !== mark.kind) {
      flush(mark.start);
      pop();
    }
    flush(mark.end, mark.start);
    for (const piece of pop()?.pieces ?? []) {
      const segment = out[piece];
      if (segment !== undefined) segment.closed = true;
    }
  }
  while (open.length > 0) {
    flush(completion.length);
    open.pop();
  }
  flush(completion.length);
  return splitBox(completion, out);

  function pop(): Open | undefined {
    const last = open.pop();
    if (last !== undefined) waiting.set(last.kind, (waiting.get(last.kind) ?? 1) - 1);
    return last;
  }

  /** A close without an open labels the text since the last tag: `…</think>` is how templates with a prefilled tag end. */
  function strayClose(mark: Mark): void {
    if (open.length > 0) {
      flush(mark.start);
      emit(mark.kind, mark.tag, mark.start, mark.end, [mark.start, mark.start]);
    } else {
      emit(mark.kind, mark.tag, from, mark.end, [from, mark.start]);
    }
    from = mark.end;
    inner = mark.end;
    const last = out.at(-1);
    if (last !== undefined) last.closed = false;
  }
}

const knownSet: ReadonlySet<string> = new Set(knownTags);

function* marks(text: string, more: readonly string[]): Generator<Mark> {
  const known =
    more.length === 0 ? knownSet : new Set([...knownTags, ...more.map((tag) => tag.toLowerCase())]);
  for (const found of text.matchAll(/<(\/?)([a-z][a-z0-9_-]{0,40})>/gi)) {
    const tag = found[2] ?? '';
    const kind = tag.toLowerCase();
    if (!known.has(kind)) continue;
    yield { start: found.index, end: found.index + found[0].length, tag, kind, closing: found[1] === '/' };
  }
}

/** The last box in the untagged text becomes a segment with the math delimiters around it, so that no formula is torn. */
function splitBox(text: string, segments: readonly Draft[]): Segment[] {
  for (let position = segments.length - 1; position >= 0; position -= 1) {
    const prose = segments[position];
    if (prose === undefined || prose.kind !== 'prose') continue;
    const box = lastBox(text.slice(prose.start, prose.end));
    if (box === null) continue;
    const contentStart = prose.start + box.contentStart;
    const contentEnd = prose.start + box.contentEnd;
    const [start, end] = box.closed
      ? withDelimiters(text, prose, prose.start + box.start, prose.start + box.end)
      : [prose.start + box.start, prose.end];
    const boxed: Segment = {
      kind: 'boxed',
      start,
      end,
      contentStart,
      contentEnd,
      tag: null,
      closed: box.closed,
    };
    const pieces = [proseOf(prose.start, start), boxed, proseOf(end, prose.end)].filter(
      (piece) => piece.start < piece.end,
    );
    return [...segments.slice(0, position), ...pieces, ...segments.slice(position + 1)];
  }
  return [...segments];
}

function proseOf(start: number, end: number): Segment {
  return { kind: 'prose', start, end, contentStart: start, contentEnd: end, tag: null, closed: true };
}

const delimiters = [
  ['$$', '$$'],
  ['\\[', '\\]'],
  ['\\(', '\\)'],
  ['$', '$'],
] as const;

/** Widens a box to the formula that it stands in, when that formula opens and closes within the same prose. */
function withDelimiters(text: string, prose: Segment, start: number, end: number): [number, number] {
  for (const [opening, closing] of delimiters) {
    const before = text.slice(prose.start, start);
    const at = before.lastIndexOf(opening);
    if (at < 0 || before.indexOf(closing, at + opening.length) >= 0) continue;
    if (opening === closing && count(before, opening) % 2 === 0) continue;
    const until = text.indexOf(closing, end);
    if (until < 0 || until + closing.length > prose.end) continue;
    if (opening === '$' && text.slice(prose.start + at, until).includes('\n')) continue;
    return [prose.start + at, until + closing.length];
  }
  return [start, end];
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

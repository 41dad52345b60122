import {
  encodeText,
  isNumberLiteral,
  type LiteralStyle,
  literalStyle,
  stringLiteral,
} from './json-literal.ts';
import { elements, members, type RawSpan, skipSpace, skipValue } from './json-scan.ts';
import type { JsonPath, TextValue } from './trace.ts';

/**
 * Where the value at `path` stands in the text of a valid JSON row (UTF-16 units, the literal with its quotes); null when
 * the path leads nowhere. Of a key given twice the last counts, as for JSON.parse.
 */
export function findValueSpan(line: string, path: JsonPath): RawSpan | null {
  const start = skipSpace(line, 0);
  let span: RawSpan | null = { start, end: skipValue(line, start) };
  for (const step of path) {
    span =
      typeof step === 'number' ? elementSpan(line, span.start, step) : memberSpan(line, span.start, step);
    if (span === null) return null;
  }
  return span;
}

function memberSpan(line: string, at: number, key: string): RawSpan | null {
  if (line[at] !== '{') return null;
  let found: RawSpan | null = null;
  for (const member of members(line, at)) if (member.key === key) found = member.value;
  return found;
}

function elementSpan(line: string, at: number, index: number): RawSpan | null {
  if (line[at] !== '[') return null;
  let position = 0;
  for (const element of elements(line, at)) {
    if (position === index) return element;
    position += 1;
  }
  return null;
}

/**
 * Replaces the text, number, true/false or null at `path`; all else stays byte for byte. A number stays a number when
 * the new text is one; everything else becomes a string in the row's own style. Null when there is no such value.
 */
export function spliceValue(line: string, path: JsonPath, text: string, style?: LiteralStyle): string | null {
  const span = findValueSpan(line, path);
  if (span === null) return null;
  const first = line[span.start];
  if (first === '{' || first === '[') return null;
  if (first === '"') return spliceString(line, span, 0, null, text, style);
  const old = line.slice(span.start, span.end);
  if (text === old || text === String(JSON.parse(old))) return line;
  const keepsNumber = isNumberLiteral(old) && isNumberLiteral(text);
  return splice(line, span, keepsNumber ? text : stringLiteral(text, style ?? literalStyle(line)));
}

/**
 * Replaces units `start`..`end` of the decoded string at `path`: escapes outside that range keep their spelling. Null
 * when there is no string at the path or the range is not within it.
 */
export function editStringRange(
  line: string,
  path: JsonPath,
  start: number,
  end: number,
  text: string,
  style?: LiteralStyle,
): string | null {
  const span = findValueSpan(line, path);
  if (span === null || line[span.start] !== '"') return null;
  return spliceString(line, span, start, end, text, style);
}

/**
 * Replaces units `start`..`end` of a text as the row holds it: a whole value, a part of one, or a range within one piece
 * of a composed text. Null when the range crosses pieces and so cannot be edited as one.
 */
export function editTextRange(
  line: string,
  value: TextValue,
  start: number,
  end: number,
  text: string,
  style?: LiteralStyle,
): string | null {
  if (start < 0 || end < start || end > value.text.length) return null;
  if (value.at === null) {
    const piece = value.pieces?.find((candidate) => candidate.start <= start && end <= candidate.end);
    if (piece === undefined) return null;
    return editStringRange(line, piece.at, start - piece.start, end - piece.start, text, style);
  }
  const offset = value.range?.[0] ?? 0;
  const edited = editStringRange(line, value.at, offset + start, offset + end, text, style);
  if (edited !== null) return edited;
  return spliceValue(line, value.at, value.text.slice(0, start) + text + value.text.slice(end), style);
}

/** Appends a field to the row's top-level object, spaced as its last field is; `literal` is JSON. Null for other rows. */
export function insertField(line: string, key: string, literal: string): string | null {
  const open = skipSpace(line, 0);
  if (line[open] !== '{') return null;
  let last: { key: RawSpan; value: RawSpan } | null = null;
  let before = open + 1;
  let beforeLast = before;
  for (const member of members(line, open)) {
    last = { key: member.keySpan, value: member.value };
    beforeLast = before;
    before = skipSpace(line, member.value.end) + 1;
  }
  const name = stringLiteral(key, literalStyle(line));
  if (last === null) return splice(line, { start: open + 1, end: open + 1 }, `${name}: ${literal}`);
  const colon = line.slice(last.key.end, last.value.start);
  const single = beforeLast === open + 1;
  const space = line.slice(beforeLast, last.key.start);
  const gap = single && space === '' ? (colon.endsWith(' ') ? ' ' : '') : space;
  return splice(line, { start: last.value.end, end: last.value.end }, `,${gap}${name}${colon}${literal}`);
}

function splice(line: string, span: RawSpan, literal: string): string {
  return line.slice(0, span.start) + literal + line.slice(span.end);
}

/** Only what differs from the old text is replaced, so that an unchanged stretch keeps its spelling. */
function spliceString(
  line: string,
  span: RawSpan,
  start: number,
  end: number | null,
  text: string,
  style: LiteralStyle | undefined,
): string | null {
  const old = JSON.parse(line.slice(span.start, span.end)) as string;
  let from = start;
  let to = end ?? old.length;
  if (from < 0 || to < from || to > old.length) return null;
  let insert = text;
  const same = commonEnds(old.slice(from, to), text);
  from += same.prefix;
  to -= same.suffix;
  insert = text.slice(same.prefix, text.length - same.suffix);
  if (insert === '' && from === to) return line;
  let rawFrom = rawOffset(line, span, from);
  let rawTo = rawOffset(line, span, to);
  // An edit that cuts through a character written raw takes its other half along, as UTF-8 has no halves.
  if (cutsRawPair(line, span, rawFrom)) {
    insert = line.charAt(rawFrom - 1) + insert;
    rawFrom -= 1;
  }
  if (cutsRawPair(line, span, rawTo)) {
    insert += line.charAt(rawTo);
    rawTo += 1;
  }
  const literal = encodeText(insert, style ?? literalStyle(line));
  return line.slice(0, rawFrom) + literal + line.slice(rawTo);
}

function cutsRawPair(line: string, span: RawSpan, raw: number): boolean {
  if (raw <= span.start + 1 || raw >= span.end - 1) return false;
  const high = line.charCodeAt(raw - 1) & 0xfc00;
  return high === 0xd800 && (line.charCodeAt(raw) & 0xfc00) === 0xdc00;
}

function commonEnds(before: string, after: string): { prefix: number; suffix: number } {
  const limit = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < limit && before.charCodeAt(prefix) === after.charCodeAt(prefix)) prefix += 1;
  let suffix = 0;
  while (
    suffix < limit - prefix &&
    before.charCodeAt(before.length - 1 - suffix) === after.charCodeAt(after.length - 1 - suffix)
  ) {
    suffix += 1;
  }
  return { prefix, suffix };
}

/** Raw position of decoded unit `unit` (at most the length) of the literal, in one pass over its escapes. */
function rawOffset(line: string, span: RawSpan, unit: number): number {
  const last = span.end - 1;
  let raw = span.start + 1;
  let left = unit;
  while (left > 0 && raw < last) {
    const backslash = line.indexOf('\\', raw);
    const plain = backslash < 0 || backslash > last ? last : backslash;
    if (raw + left <= plain) return raw + left;
    left -= plain - raw;
    raw = plain + (line[plain + 1] === 'u' ? 6 : 2);
    left -= 1;
  }
  return raw;
}

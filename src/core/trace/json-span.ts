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
  const keepsNumber = isNumberLiteral(line.slice(span.start, span.end)) && isNumberLiteral(text);
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

/** One pass over the literal maps decoded offsets to raw ones; then only the raw range between them is replaced. */
function spliceString(
  line: string,
  span: RawSpan,
  start: number,
  end: number | null,
  text: string,
  style: LiteralStyle | undefined,
): string | null {
  let from = start;
  let to = end ?? JSON.parse(line.slice(span.start, span.end)).length;
  if (from < 0 || to < from) return null;
  let insert = text;
  let rawFrom = rawOffset(line, span, from);
  let rawTo = rawOffset(line, span, to);
  if (rawFrom === null || rawTo === null) return null;
  // An edit that cuts through a character written raw takes its other half along, as UTF-8 has no halves.
  if (cutsRawPair(line, span, rawFrom)) {
    insert = line.charAt(rawFrom - 1) + insert;
    from -= 1;
    rawFrom -= 1;
  }
  if (cutsRawPair(line, span, rawTo)) {
    insert += line.charAt(rawTo);
    to += 1;
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

/** Raw position of decoded unit `unit` of the literal; its end counts as a unit, beyond it there is null. */
function rawOffset(line: string, span: RawSpan, unit: number): number | null {
  const last = span.end - 1;
  let raw = span.start + 1;
  let left = unit;
  while (left > 0) {
    if (raw >= last) return null;
    const backslash = line.indexOf('\\', raw);
    const plain = backslash < 0 || backslash > last ? last : backslash;
    if (raw + left <= plain) return raw + left;
    left -= plain - raw;
    raw = plain;
    if (raw >= last) continue;
    raw += line[raw + 1] === 'u' ? 6 : 2;
    left -= 1;
  }
  return raw;
}

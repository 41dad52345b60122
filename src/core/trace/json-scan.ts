/** Scanning of JSON text that is known to be valid: positions are UTF-16 units, nothing is decoded or copied. */

export interface RawSpan {
  readonly start: number;
  readonly end: number;
}

export function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}

/** The first position from `at` that is not white space; a byte order mark at the very start counts as white space. */
export function skipSpace(text: string, at: number): number {
  let position = at === 0 && text.charCodeAt(0) === 0xfeff ? 1 : at;
  while (position < text.length && isSpace(text.charCodeAt(position))) position += 1;
  return position;
}

/** The position after the string literal whose opening quote stands at `at`. */
export function skipString(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** The position after the value that starts at `at` (no white space before it). Deep nesting costs no stack. */
export function skipValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === 0x22) return skipString(text, at);
  if (first !== 0x7b && first !== 0x5b) {
    let position = at;
    while (position < text.length && !isDelimiter(text.charCodeAt(position))) position += 1;
    return position;
  }
  let depth = 0;
  let position = at;
  while (position < text.length) {
    const unit = text.charCodeAt(position);
    if (unit === 0x22) {
      position = skipString(text, position);
      continue;
    }
    position += 1;
    if (unit === 0x7b || unit === 0x5b) depth += 1;
    else if (unit === 0x7d || unit === 0x5d) depth -= 1;
    if (depth === 0) return position;
  }
  return position;
}

function isDelimiter(unit: number): boolean {
  return unit === 0x2c || unit === 0x7d || unit === 0x5d || isSpace(unit);
}

export interface RawMember {
  readonly key: string;
  readonly keySpan: RawSpan;
  readonly value: RawSpan;
}

/** The members of the object that starts at `at`, duplicates included, in the order of the text. */
export function* members(text: string, at: number): Generator<RawMember> {
  let position = skipSpace(text, at + 1);
  while (position < text.length && text.charCodeAt(position) !== 0x7d) {
    const keyEnd = skipString(text, position);
    const literal = text.slice(position, keyEnd);
    const key = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = skipValue(text, valueStart);
    yield { key, keySpan: { start: position, end: keyEnd }, value: { start: valueStart, end: valueEnd } };
    position = skipSpace(text, valueEnd);
    if (text.charCodeAt(position) === 0x2c) position = skipSpace(text, position + 1);
  }
}

/** The elements of the array that starts at `at`. */
export function* elements(text: string, at: number): Generator<RawSpan> {
  let position = skipSpace(text, at + 1);
  while (position < text.length && text.charCodeAt(position) !== 0x5d) {
    const end = skipValue(text, position);
    yield { start: position, end };
    position = skipSpace(text, end);
    if (text.charCodeAt(position) === 0x2c) position = skipSpace(text, position + 1);
  }
}

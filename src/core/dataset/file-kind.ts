import type { RowFormat } from './row-scanner.ts';

export type FileKind =
  | { readonly kind: 'rows'; readonly format: RowFormat; readonly skip: number }
  | { readonly kind: 'refused'; readonly what: string; readonly hint: string };

const utf8 = 'Save it as UTF-8 first, for example with: iconv -f UTF-16 -t UTF-8 FILE > NEW.jsonl';
const signatures: readonly (readonly [bytes: readonly number[], what: string, hint: string])[] = [
  [[0xff, 0xfe, 0, 0], 'UTF-32 (little endian) text', utf8.replace('UTF-16', 'UTF-32')],
  [[0, 0, 0xfe, 0xff], 'UTF-32 (big endian) text', utf8.replace('UTF-16', 'UTF-32')],
  [[0xff, 0xfe], 'UTF-16 LE text', utf8],
  [[0xfe, 0xff], 'UTF-16 BE text', utf8],
  [[0x7b, 0], 'UTF-16 LE text without a byte order mark', utf8],
  [[0, 0x7b], 'UTF-16 BE text without a byte order mark', utf8],
  [
    [0x50, 0x41, 0x52, 0x31],
    'a Parquet file',
    'Convert it to JSONL first, for example with the datasets library.',
  ],
  [[0x1f, 0x8b], 'gzip-compressed', 'Unpack it first: rows are read and edited in place.'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd-compressed', 'Unpack it first: rows are read and edited in place.'],
  [[0x50, 0x4b, 3, 4], 'a zip archive', 'Unpack it first: rows are read and edited in place.'],
];

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Tells from the first bytes of a file (`complete` when they are all of it) whether rows are its lines or the elements
 * of one JSON array, whatever its name says; other encodings and containers are refused by name.
 */
export function fileKind(
  head: Uint8Array,
  complete: boolean,
  parses: (line: Uint8Array) => boolean,
): FileKind {
  const known = signatures.find(([bytes]) => bytes.every((byte, at) => head[at] === byte));
  if (known && head.length >= 2) return { kind: 'refused', what: known[1], hint: known[2] };
  const skip = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  let first = skip;
  while (first < head.length && isSpace(head[first])) first++;
  const jsonl = { kind: 'rows', format: 'jsonl', skip } as const;
  if (first === head.length) return jsonl;
  const newline = head.indexOf(0x0a, first);
  const lineEnd = newline === -1 ? head.length : newline;
  if (head[first] === 0x5b) {
    const more = hasText(head, lineEnd) || !complete;
    return newline !== -1 && more && parses(head.subarray(first, lineEnd))
      ? jsonl
      : { kind: 'rows', format: 'array', skip };
  }
  if (head[first] === 0x7b && isPrettyObject(head, first + 1))
    return {
      kind: 'refused',
      what: 'one pretty-printed JSON object',
      hint: 'A dataset is JSONL (one object a line) or a JSON array of objects.',
    };
  return jsonl;
}

/** A brace alone on its line and a key on the next. */
function isPrettyObject(bytes: Uint8Array, from: number): boolean {
  let at = from;
  let lines = 0;
  for (; isSpace(bytes[at]); at++) if (bytes[at] === 0x0a) lines++;
  return lines > 0 && bytes[at] === 0x22;
}

function hasText(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if (!isSpace(bytes[at])) return true;
  return false;
}

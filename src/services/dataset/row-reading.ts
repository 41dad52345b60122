import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { members, skipSpace } from '../../core/trace/json-scan.ts';
import type { Json, RowProblem } from '../../core/trace/trace.ts';

/** A row as bytes say it: JSON with its text, nothing but white space, or something that no JSON reader takes. */
export type ReadRow =
  | { readonly status: 'ok'; readonly json: Json; readonly text: string }
  | { readonly status: 'blank' }
  | { readonly status: 'broken'; readonly text: string; readonly problem: RowProblem };

const maxDepth = 512;

/** First 16 hex digits of the SHA-256 of a row's bytes. */
export function rowHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** Reads one row strictly (RFC 8259, valid UTF-8); null stands for a row too long to be read. */
export function readRow(bytes: Buffer | null): ReadRow {
  if (bytes === null)
    return broken('', 'row-too-long', 'The row is longer than 64 MB and is not read.');
  if (!isUtf8(bytes)) return broken(bytes.toString('utf8'), 'row-not-utf8', notUtf8(bytes));
  return readRowText(bytes.toString('utf8'));
}

/** The same for text that is known to be Unicode, such as an edited row. */
export function readRowText(text: string): ReadRow {
  if (/^[\s\ufeff]*$/.test(text)) return { status: 'blank' };
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    return broken(text, 'row-not-json', notJson(text, error instanceof Error ? error.message : String(error)));
  }
  if (isTooDeep(text)) return broken(text, 'row-too-deep', `The row nests more than ${maxDepth} levels deep.`);
  return { status: 'ok', json, text };
}

/** A warning for each top-level key that a row gives more than once: readers disagree on which one counts. */
export function duplicateKeys(text: string): RowProblem[] {
  const open = skipSpace(text, 0);
  if (text[open] !== '{') return [];
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { key } of members(text, open)) {
    if (seen.has(key)) repeated.add(key);
    seen.add(key);
  }
  return [...repeated].map((key) => ({
    code: 'duplicate-key',
    severity: 'warning',
    message: `The key "${key}" stands in the row more than once; the last one counts.`,
    field: key,
  }));
}

function broken(text: string, code: string, message: string): ReadRow {
  return { status: 'broken', text, problem: { code, severity: 'error', message } };
}

function notUtf8(bytes: Buffer): string {
  const latin = [...bytes.toString('utf8')].indexOf('\ufffd');
  return `The row is not valid UTF-8 (from character ${latin + 1} on). Its bytes are kept as they are.`;
}

function notJson(text: string, reason: string): string {
  const why = reason.replace(/^Unexpected token.*is not valid JSON$/s, 'unexpected text').slice(0, 160);
  if (/^\s*[{[]\s*'/.test(text)) return `The row is a Python literal, not JSON (single quotes). Write it with json.dumps.`;
  if (/[:[,]\s*(NaN|-?Infinity)\b/.test(text)) return 'The row holds NaN or Infinity, which JSON does not have.';
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\t]/.test(text.trim()))
    return `The row holds a raw control character in a string, which JSON does not allow: ${why}.`;
  return `The row is not JSON: ${why}.`;
}

function isTooDeep(text: string): boolean {
  let opened = 0;
  for (const bracket of ['[', '{'])
    for (let at = text.indexOf(bracket); at !== -1 && opened <= maxDepth; at = text.indexOf(bracket, at + 1)) opened++;
  if (opened <= maxDepth) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === 0x5c) at++;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) inString = true;
    else if (unit === 0x5b || unit === 0x7b) {
      depth++;
      if (depth > maxDepth) return true;
    } else if (unit === 0x5d || unit === 0x7d) depth--;
  }
  return false;
}

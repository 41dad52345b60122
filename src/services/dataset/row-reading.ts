import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { parseRow } from '../../core/dataset/row-scan.ts';
import type { Json, RowProblem } from '../../core/trace/trace.ts';

/** A row as its bytes say it: JSON with its text, nothing but white space, or something that no JSON reader takes. */
export type ReadRow =
  | {
      readonly status: 'ok';
      readonly json: Json;
      readonly text: string;
      readonly problems: readonly RowProblem[];
    }
  | { readonly status: 'blank' }
  | { readonly status: 'broken'; readonly text: string; readonly problem: RowProblem };

/** First 16 hex digits of the SHA-256 of a row's bytes. */
export function rowHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** Reads one row strictly (RFC 8259, valid UTF-8); null stands for a row too long to be read. */
export function readRow(bytes: Buffer | null): ReadRow {
  if (bytes === null) return broken('', 'row-too-long', 'The row is longer than 64 MB and is not read.');
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return readRowText(text);
  const column = text.indexOf('\ufffd') + 1;
  const message = `The row is not valid UTF-8 (column ${column}). Its bytes are kept as they are.`;
  return broken(text, 'not-utf8', message);
}

/** The same for text that is known to be Unicode, such as an edited row. */
export function readRowText(text: string): ReadRow {
  const read = parseRow(text);
  if (read.ok) return { status: 'ok', json: read.row, text, problems: read.problems };
  return read.code === 'row-empty' ? { status: 'blank' } : broken(text, read.code, read.message);
}

function broken(text: string, code: string, message: string): ReadRow {
  return { status: 'broken', text, problem: { code, severity: 'error', message } };
}

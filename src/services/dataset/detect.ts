import { type DetectedShape, detectShape } from '../../core/trace/lens.ts';
import type { Json } from '../../core/trace/trace.ts';
import { readRow } from './row-reading.ts';
import type { RowSource } from './row-source.ts';

const detectRows = 100;

/** The shape of the first hundred rows. */
export async function detectIn(source: RowSource): Promise<DetectedShape> {
  const count = Math.min(source.index.count, detectRows);
  const rows: Json[] = [];
  for (const bytes of await source.read(Array.from({ length: count }, (_, index) => index))) {
    const row = readRow(bytes);
    if (row.status === 'ok') rows.push(row.json);
  }
  return detectShape(rows);
}

import { type DetectedShape, detectShape, readTrace } from '../../core/trace/lens.ts';
import type { Json } from '../../core/trace/trace.ts';
import { readRow } from './row-reading.ts';
import type { RowSource } from './row-source.ts';
import type { Misfits } from './views.ts';

const detectRows = 100;

/** The shape of the first hundred rows. */
export const detectIn = async (source: RowSource): Promise<DetectedShape> =>
  detectShape(await firstRows(source));

/** How many of the first hundred rows are not of a shape, and so are read as what they are. */
export async function misfitsOf(shape: string, source: RowSource): Promise<Misfits> {
  const rows = await firstRows(source);
  const place = { index: 0, line: 1, hash: '' };
  const misfits = rows.filter((row) =>
    readTrace(row, place, { shape }).problems.some(({ code }) => /^shape-(differs|unknown)$/.test(code)),
  );
  return { misfits: misfits.length, of: rows.length };
}

async function firstRows(source: RowSource): Promise<Json[]> {
  const count = Math.min(source.index.count, detectRows);
  const rows: Json[] = [];
  for (const bytes of await source.read(Array.from({ length: count }, (_, index) => index))) {
    const row = readRow(bytes);
    if (row.status === 'ok') rows.push(row.json);
  }
  return rows;
}

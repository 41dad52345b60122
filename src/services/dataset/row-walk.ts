import { closeSync, openSync, readSync } from 'node:fs';
import type { RawRow } from '../../core/dataset/filter-raw.ts';
import type { RowBlock } from '../../core/dataset/row-index.ts';
import { maxRowBytes } from './row-limits.ts';

const windowBytes = 4 << 20;
/** Skipping less than this costs more than reading it. */
const gapBytes = 64 << 10;

/** The row that is visited as characters, together with all that were read with it: made when it is asked for. */
class ReadRows implements RawRow {
  start = 0;
  end = 0;
  #text: string | null = null;

  constructor(
    private readonly bytes: Buffer,
    private readonly size: number,
  ) {}

  get text(): string {
    this.#text ??= this.bytes.toString('latin1', 0, this.size);
    return this.#text;
  }
}

/**
 * Walks the rows of a file in order with large reads, for worker threads: `visit` gets each row's bytes (null when it
 * is too long), which stay valid only during the call, and may return false to stop. Rows that are not `wanted` are
 * left out, and long stretches of them are not read.
 */
export function walkRows(
  path: string,
  rows: RowBlock,
  from: number,
  visit: (index: number, bytes: Buffer | null, raw: RawRow | null) => boolean,
  wanted: (index: number) => boolean = () => true,
): void {
  const descriptor = openSync(path, 'r');
  let buffer = Buffer.allocUnsafeSlow(windowBytes);
  try {
    const count = rows.starts.length;
    for (let first = from; first < count; ) {
      if (!wanted(first)) {
        first++;
        continue;
      }
      const start = rows.starts[first] ?? 0;
      const firstLength = rows.lengths[first] ?? 0;
      if (firstLength >= maxRowBytes) {
        if (!visit(first++, null, null)) return;
        continue;
      }
      let last = first;
      let end = start + firstLength;
      for (let next = first + 1; next < count; next++) {
        const nextStart = rows.starts[next] ?? 0;
        const nextEnd = nextStart + (rows.lengths[next] ?? 0);
        if (nextEnd - start > windowBytes || nextStart - end > gapBytes) break;
        if (!wanted(next)) continue;
        end = nextEnd;
        last = next;
      }
      const size = end - start;
      if (size > buffer.length) buffer = Buffer.allocUnsafeSlow(size);
      readFully(descriptor, buffer, size, start);
      const raw = new ReadRows(buffer, size);
      for (; first <= last; first++) {
        if (!wanted(first)) continue;
        raw.start = (rows.starts[first] ?? 0) - start;
        raw.end = raw.start + (rows.lengths[first] ?? 0);
        if (!visit(first, buffer.subarray(raw.start, raw.end), raw)) return;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

function readFully(descriptor: number, buffer: Buffer, size: number, position: number): void {
  for (let done = 0; done < size; ) {
    const got = readSync(descriptor, buffer, done, size - done, position + done);
    if (got === 0) throw new Error('the file became shorter while it was read');
    done += got;
  }
}

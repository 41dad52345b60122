import { closeSync, openSync, readSync } from 'node:fs';
import type { RowBlock } from '../../core/dataset/row-index.ts';
import { maxRowBytes } from './row-limits.ts';

const windowBytes = 4 << 20;

/**
 * Walks the rows of a file in order with large reads, for worker threads: `visit` gets each row's bytes (null when it
 * is too long), which stay valid only during the call, and may return false to stop.
 */
export function walkRows(
  path: string,
  rows: RowBlock,
  from: number,
  visit: (index: number, bytes: Buffer | null) => boolean,
): void {
  const descriptor = openSync(path, 'r');
  let buffer = Buffer.allocUnsafeSlow(windowBytes);
  try {
    const count = rows.starts.length;
    for (let first = from; first < count; ) {
      const start = rows.starts[first] ?? 0;
      const firstLength = rows.lengths[first] ?? 0;
      if (firstLength >= maxRowBytes) {
        if (!visit(first++, null)) return;
        continue;
      }
      let last = first;
      let end = start + firstLength;
      while (last + 1 < count) {
        const nextEnd = (rows.starts[last + 1] ?? 0) + (rows.lengths[last + 1] ?? 0);
        if (nextEnd - start > windowBytes) break;
        end = nextEnd;
        last++;
      }
      const size = end - start;
      if (size > buffer.length) buffer = Buffer.allocUnsafeSlow(size);
      readFully(descriptor, buffer, size, start);
      for (; first <= last; first++) {
        const at = (rows.starts[first] ?? 0) - start;
        if (!visit(first, buffer.subarray(at, at + (rows.lengths[first] ?? 0)))) return;
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

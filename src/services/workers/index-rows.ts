import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { RowBlock } from '../../core/dataset/row-index.ts';
import { type RowFormat, rowScanner } from '../../core/dataset/row-scanner.ts';

/** What the indexing thread is started with; it reads bytes 0..size of the file. */
export interface IndexTask {
  readonly path: string;
  readonly format: RowFormat;
  readonly skip: number;
  readonly size: number;
  /** Bytes that the starter has already shown: the first block covers at least these. */
  readonly shown: number;
}

export type IndexMessage =
  | { readonly kind: 'rows'; readonly block: RowBlock; readonly bytes: number }
  | { readonly kind: 'done' };

const chunkBytes = 1 << 20;
const postEveryMs = 50;

function run(task: IndexTask, post: (message: IndexMessage, transfer: ArrayBuffer[]) => void): void {
  const scanner = rowScanner(task.format, task.skip);
  const descriptor = openSync(task.path, 'r');
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  const send = (bytes: number): void => {
    const block = scanner.take();
    const arrays = [block.starts, block.lengths, ...(block.lines ? [block.lines] : [])];
    post(
      { kind: 'rows', block, bytes },
      arrays.map((array) => array.buffer as ArrayBuffer),
    );
  };
  try {
    let posted = performance.now();
    let position = 0;
    while (position < task.size) {
      const got = readSync(descriptor, buffer, 0, Math.min(chunkBytes, task.size - position), position);
      if (got === 0) break;
      scanner.push(got === chunkBytes ? buffer : buffer.subarray(0, got));
      position += got;
      if (position >= task.shown && performance.now() - posted > postEveryMs) {
        send(position);
        posted = performance.now();
      }
    }
    scanner.finish();
    send(position);
    post({ kind: 'done' }, []);
  } finally {
    closeSync(descriptor);
  }
}

if (parentPort) {
  const port = parentPort;
  run(workerData as IndexTask, (message, transfer) => port.postMessage(message, transfer));
}

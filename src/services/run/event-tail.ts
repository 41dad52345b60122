import { type FileHandle, open } from 'node:fs/promises';
import { errorCode } from '../files/file-errors.ts';
import { sealedCrc } from './checksum.ts';

const chunkBytes = 1 << 20;

/**
 * Follows an append-only file of lines by byte offset. Only whole lines are given; a file that became shorter or was
 * replaced is read again from its start, so whoever listens must ignore what it knows.
 */
export class EventTail {
  readonly path: string;
  #offset = 0;
  #identity = '';
  readonly #buffer = Buffer.allocUnsafe(chunkBytes);

  constructor(path: string) {
    this.path = path;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Gives every line that was completed since the last call, with its checksum for `parseEventLine`; calls must not overlap. */
  async read(line: (text: string, crc: string | undefined) => void, signal?: AbortSignal): Promise<void> {
    let handle: FileHandle;
    try {
      handle = await open(this.path, 'r');
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return;
      throw error;
    }
    try {
      const { size, dev, ino } = await handle.stat();
      const identity = `${dev}:${ino}`;
      if (identity !== this.#identity || size < this.#offset) this.#offset = 0;
      this.#identity = identity;
      while (this.#offset < size && !signal?.aborted) {
        const { bytesRead } = await handle.read(this.#buffer, 0, chunkBytes, this.#offset);
        if (bytesRead === 0) return;
        const used = this.#lines(bytesRead, line);
        if (used === 0 && bytesRead < chunkBytes) return;
        // A mebibyte without a newline is damage: events end after 64 KiB.
        this.#offset += used || bytesRead;
      }
    } finally {
      await handle.close();
    }
  }

  #lines(length: number, line: (text: string, crc: string | undefined) => void): number {
    let start = 0;
    for (;;) {
      const end = this.#buffer.indexOf(10, start);
      if (end < 0 || end >= length) return start;
      if (end > start)
        line(this.#buffer.toString('utf8', start, end), sealedCrc(this.#buffer.subarray(start, end)));
      start = end + 1;
    }
  }
}

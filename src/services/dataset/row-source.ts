import { isUtf8 } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fileKind } from '../../core/dataset/file-kind.ts';
import { RowIndex, type RowSpan } from '../../core/dataset/row-index.ts';
import { type RowFormat, rowScanner } from '../../core/dataset/row-scanner.ts';
import { AppError } from '../../core/errors.ts';
import { cancelled, throwIfAborted } from '../cancelled.ts';
import { fileError } from '../files/file-errors.ts';
import { type Fingerprint, fingerprintOf } from '../files/fingerprint.ts';
import type { Assets } from '../ports.ts';
import type { IndexMessage, IndexTask } from '../workers/index-rows.ts';
import { openToRead } from './open-file.ts';
import { maxRowBytes } from './row-limits.ts';

const headBytes = 256 * 1024;
const maxGapBytes = 64 * 1024;
const maxReadBytes = 4 * 1024 * 1024;

export type IndexState =
  | { readonly kind: 'indexing'; readonly bytes: number; readonly totalBytes: number }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: AppError };

/** Where rows come from: bytes of row i on demand, and a place for each row that exists so far. */
export interface RowSource {
  readonly path: string;
  readonly format: RowFormat;
  readonly bytes: number;
  readonly fingerprint: Fingerprint;
  readonly state: IndexState;
  readonly index: RowIndex;
  /** Resolves when all rows are known; rejects when the file could not be read to its end. */
  readonly indexed: Promise<void>;
  /** Bytes of the rows in the order asked for; null for a row that is too long to read. */
  read(indexes: readonly number[], signal?: AbortSignal): Promise<(Buffer | null)[]>;
  /**
   * After a save by ourselves: the same rows, with new lengths (bytes) for the edited ones, in the file that was `written`.
   * What stands there by now may be another one, which then does not pass for ours.
   */
  follow(lengths: ReadonlyMap<number, number>, written: Fingerprint): Promise<void>;
  close(): Promise<void>;
}

function parsesAsJson(bytes: Uint8Array): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Opens a JSONL file or JSON array: the first rows are there when this resolves, the rest follow (`onRows`). */
export async function openRowSource(
  path: string,
  assets: Assets,
  onRows: () => void,
  signal?: AbortSignal,
): Promise<RowSource> {
  throwIfAborted(signal);
  const handle = await openToRead(path);
  try {
    return await FileRows.start(path, handle, assets, onRows);
  } catch (error) {
    await handle.close();
    throw fileError(error, path, 'read');
  }
}

class FileRows implements RowSource {
  readonly index = new RowIndex();
  state: IndexState = { kind: 'ready' };
  indexed: Promise<void> = Promise.resolve();
  #worker: Worker | null = null;
  readonly #reading = new Set<Promise<unknown>>();

  private constructor(
    readonly path: string,
    private handle: FileHandle,
    readonly format: RowFormat,
    public bytes: number,
    public fingerprint: Fingerprint,
  ) {}

  static async start(
    path: string,
    handle: FileHandle,
    assets: Assets,
    onRows: () => void,
  ): Promise<FileRows> {
    const stats = await handle.stat({ bigint: true });
    if (stats.isDirectory())
      throw new AppError('file-unreadable', `${path} is a folder.`, 'Name a file in it.');
    if (!stats.isFile()) throw new AppError('file-unreadable', `${path} is not a regular file.`);
    const size = Number(stats.size);
    const head = Buffer.alloc(Math.min(size, headBytes));
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const shown = head.subarray(0, bytesRead);
    const complete = bytesRead >= size;
    const kind = fileKind(shown, complete, parsesAsJson);
    if (kind.kind === 'refused')
      throw new AppError(
        'encoding-unsupported',
        `${basename(path)} is ${kind.what}, which cannot be opened.`,
        kind.hint,
      );
    const rows = new FileRows(path, handle, kind.format, size, fingerprintOf(stats));
    const scanner = rowScanner(kind.format, kind.skip);
    scanner.push(shown);
    if (complete) scanner.finish();
    rows.index.append(scanner.take());
    if (!complete)
      rows.#startWorker(
        assets,
        { path, format: kind.format, skip: kind.skip, size, shown: bytesRead },
        onRows,
      );
    return rows;
  }

  #startWorker(assets: Assets, task: IndexTask, onRows: () => void): void {
    this.state = { kind: 'indexing', bytes: task.shown, totalBytes: task.size };
    // Loaders and inspectors of the host are not for our threads, and take long to start.
    const worker = new Worker(join(assets.workers, 'index-rows.js'), { workerData: task, execArgv: [] });
    this.#worker = worker;
    this.indexed = new Promise((resolve, reject) => {
      const fail = (error: AppError): void => {
        if (this.state.kind !== 'indexing') return;
        this.state = { kind: 'failed', error };
        onRows();
        reject(error);
      };
      let first = true;
      worker.on('message', (message: IndexMessage) => {
        if (message.kind === 'rows') {
          if (first) this.index.clear();
          first = false;
          this.index.append(message.block);
          this.state = { kind: 'indexing', bytes: message.bytes, totalBytes: task.size };
          onRows();
          return;
        }
        this.state = { kind: 'ready' };
        onRows();
        resolve();
      });
      worker.on('error', (error) => fail(fileError(error, this.path, 'read')));
      worker.on('exit', () => fail(cancelled()));
    });
    this.indexed.catch(() => undefined);
  }

  read(indexes: readonly number[], signal?: AbortSignal): Promise<(Buffer | null)[]> {
    const reading = this.#read(this.handle, indexes, signal);
    this.#reading.add(reading);
    const end = (): boolean => this.#reading.delete(reading);
    reading.then(end, end);
    return reading;
  }

  /** Places and file belong together: a save that comes between leaves this read with the file that it began with. */
  async #read(
    handle: FileHandle,
    indexes: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<(Buffer | null)[]> {
    const wanted = indexes
      .map((index, slot) => ({ slot, place: this.index.place(index) }))
      .filter(({ place }) => place.length < maxRowBytes)
      .sort((a, b) => a.place.start - b.place.start);
    const rows: (Buffer | null)[] = indexes.map(() => null);
    for (let from = 0; from < wanted.length; ) {
      throwIfAborted(signal);
      const first = wanted[from]?.place as RowSpan;
      let end = first.start + first.length;
      let to = from + 1;
      for (; to < wanted.length; to++) {
        const next = wanted[to]?.place as RowSpan;
        const nextEnd = next.start + next.length;
        if (next.start - end > maxGapBytes || nextEnd - first.start > maxReadBytes) break;
        end = Math.max(end, nextEnd);
      }
      const bytes = await this.#bytes(handle, first.start, end - first.start);
      for (const { slot, place } of wanted.slice(from, to)) {
        const at = place.start - first.start;
        rows[slot] = bytes.subarray(at, at + place.length);
      }
      from = to;
    }
    return rows;
  }

  async #bytes(handle: FileHandle, start: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(buffer, done, length - done, start + done);
      if (bytesRead === 0)
        throw new AppError(
          'file-changed-on-disk',
          `${basename(this.path)} became shorter while it was open.`,
          'Reload it from disk.',
        );
      done += bytesRead;
    }
    return buffer;
  }

  async follow(lengths: ReadonlyMap<number, number>, written: Fingerprint): Promise<void> {
    const handle = await open(this.path, 'r');
    const before = this.handle;
    this.handle = handle;
    this.index.resize(lengths);
    this.bytes = Number(written.size);
    this.fingerprint = written;
    await this.#settled();
    await before.close();
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    await this.#settled();
    await this.handle.close();
  }

  async #settled(): Promise<void> {
    await Promise.allSettled([...this.#reading]);
  }
}

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors.ts';
import { cancelled } from '../cancelled.ts';
import type { Assets } from '../ports.ts';
import type { ScanMessage, ScanTask } from './scan-tasks.ts';

type Unnumbered<T> = T extends ScanTask ? Omit<T, 'scan'> : never;
export type ScanRequest = Unnumbered<ScanTask>;

interface Running {
  readonly scan: number;
  readonly onMessage: (message: ScanMessage) => void;
  readonly resolve: () => void;
  readonly reject: (error: AppError) => void;
}

/** A thread for one kind of scan. A new request ends the one before: the thread is killed, so nothing can hang it. */
export class ScanThread {
  #worker: Worker | null = null;
  #scan = 0;
  #running: Running | null = null;
  #disposed = false;

  constructor(private readonly assets: Assets) {}

  /** Resolves when the scan is complete; rejects with `cancelled` when a newer one took its place, or the thread is disposed. */
  run(request: ScanRequest, onMessage: (message: ScanMessage) => void): Promise<void> {
    this.cancel();
    if (this.#disposed) return Promise.reject(cancelled());
    const scan = ++this.#scan;
    const worker = this.#worker ?? this.#start();
    return new Promise((resolve, reject) => {
      this.#running = { scan, onMessage, resolve, reject };
      worker.ref();
      worker.postMessage({ ...request, scan });
    });
  }

  /** Ends a scan that is under way. */
  cancel(): void {
    if (this.#running) this.#stop(cancelled());
  }

  dispose(): void {
    this.#disposed = true;
    this.#stop(cancelled());
  }

  #start(): Worker {
    // Loaders and inspectors of the host are not for our threads, and take long to start.
    const worker = new Worker(join(this.assets.workers, 'scan-rows.js'), { execArgv: [] });
    const fail = (message: string): void => {
      if (worker === this.#worker)
        this.#stop(new AppError('internal', `The rows could not be scanned: ${message}.`));
    };
    worker.on('error', (error) => fail(error.message));
    worker.on('exit', (code) => fail(`the scanning thread ended (${code})`));
    worker.on('message', (message: ScanMessage) => {
      if (worker === this.#worker) this.#take(message, worker);
    });
    this.#worker = worker;
    return worker;
  }

  #take(message: ScanMessage, worker: Worker): void {
    const running = this.#running;
    if (!running || message.scan !== running.scan) return;
    if (message.kind !== 'done' && message.kind !== 'failed') {
      running.onMessage(message);
      return;
    }
    this.#running = null;
    // An idle thread does not keep the process alive.
    worker.unref();
    if (message.kind === 'done') running.resolve();
    else
      running.reject(new AppError('file-unreadable', `The rows could not be scanned: ${message.message}.`));
  }

  #stop(error: AppError): void {
    const worker = this.#worker;
    const running = this.#running;
    this.#worker = null;
    this.#running = null;
    void worker?.terminate();
    running?.reject(error);
  }
}

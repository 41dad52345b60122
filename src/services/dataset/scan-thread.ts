import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors.ts';
import type { Assets } from '../ports.ts';
import { cancelled } from './file-errors.ts';
import type { FilterTask, IdentityTask, ScanMessage, VerdictTask } from './scan-tasks.ts';

export type ScanRequest = Omit<IdentityTask, 'job'> | Omit<VerdictTask, 'job'> | Omit<FilterTask, 'job'>;

/** A thread for one kind of scan. A new request ends the one before: the thread is killed, so nothing can hang it. */
export class ScanThread {
  #worker: Worker | null = null;
  #job = 0;
  #reject: ((error: AppError) => void) | null = null;

  constructor(private readonly assets: Assets) {}

  /** Resolves when the scan is complete; rejects with `cancelled` when a newer one took its place. */
  run(request: ScanRequest, onMessage: (message: ScanMessage) => void): Promise<void> {
    this.cancel();
    const job = ++this.#job;
    const worker = this.#worker ?? this.#start();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#reject = null;
        worker.removeAllListeners();
      };
      const fail = (message: string): void => {
        end();
        this.#worker = null;
        reject(new AppError('internal', `The rows could not be scanned: ${message}.`));
      };
      this.#reject = (error) => {
        end();
        reject(error);
      };
      worker.on('error', (error) => fail(error.message));
      worker.on('exit', (code) => fail(`the scanning thread ended (${code})`));
      worker.on('message', (message: ScanMessage) => {
        if (message.job !== job) return;
        if (message.kind === 'failed') {
          end();
          reject(new AppError('file-unreadable', `The rows could not be scanned: ${message.message}.`));
        } else if (message.kind === 'done') {
          end();
          resolve();
        } else onMessage(message);
      });
      worker.postMessage({ ...request, job });
    });
  }

  /** Ends a scan that is under way. */
  cancel(): void {
    const reject = this.#reject;
    if (!reject) return;
    this.#stop();
    reject(cancelled());
  }

  dispose(): void {
    this.cancel();
    this.#stop();
  }

  #start(): Worker {
    const worker = new Worker(join(this.assets.workers, 'scan-rows.js'), { stderr: false });
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #stop(): void {
    const worker = this.#worker;
    this.#worker = null;
    worker?.removeAllListeners();
    void worker?.terminate();
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { cancelled } from '../cancelled.ts';
import type { Assets, Log } from '../ports.ts';
import type { DecodeReply, DecodeRequest } from '../workers/decode-image.ts';

const idleMs = 60_000;
/** The child's exit status when it ended itself for its memory; the same number as in the worker, which is no module to import. */
const tooMuchMemory: typeof import('../workers/decode-image.ts').tooMuchMemory = 86;

/** What one picture may cost. */
export interface DecodeLimits {
  readonly milliseconds: number;
  /** Memory of the whole child, bytes. */
  readonly memory: number;
}

const usualLimits: DecodeLimits = { milliseconds: 5000, memory: 512 * 1024 * 1024 };

type Waiting = {
  readonly request: DecodeRequest;
  readonly settle: (reply: DecodeReply) => void;
  readonly giveUp: () => void;
};

/**
 * Decodes pictures of strangers in a child process, one at a time, with a time limit: a picture that crashes or hangs
 * the child costs that child, and nothing else. The child starts on first use and goes when idle for a minute.
 */
export class ImageDecoder {
  #child: ChildProcess | null = null;
  #queue: Waiting[] = [];
  #current: Waiting | null = null;
  #timer: NodeJS.Timeout | null = null;
  #nextId = 1;
  #disposed = false;

  constructor(
    private readonly assets: Assets,
    private readonly log: Log,
    private readonly limits: DecodeLimits = usualLimits,
  ) {}

  /** AppError cancelled when `signal` is aborted or the decoder goes first. */
  decode(bytes: Uint8Array, side: number, as: 'png' | 'webp', signal?: AbortSignal): Promise<DecodeReply> {
    return new Promise((resolve, reject) => {
      const request = { id: this.#nextId++, bytes, side, as, maxMemory: this.limits.memory };
      if (this.#disposed || signal?.aborted) {
        reject(cancelled());
        return;
      }
      const giveUp = (): void => {
        this.#queue = this.#queue.filter((other) => other !== waiting);
        reject(cancelled());
      };
      const waiting: Waiting = { request, settle: resolve, giveUp };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#queue.push(waiting);
      this.#next();
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.#stop();
    this.#current?.giveUp();
    this.#current = null;
    for (const waiting of this.#queue) waiting.giveUp();
  }

  #next(): void {
    if (this.#current) return;
    const waiting = this.#queue.shift();
    if (!waiting) {
      this.#after(idleMs, () => this.#stop());
      return;
    }
    this.#current = waiting;
    const child = this.#child ?? this.#start();
    this.#after(this.limits.milliseconds, () => {
      this.#stop();
      this.#settle({
        id: waiting.request.id,
        status: 'failed',
        message: `it took longer than ${this.limits.milliseconds / 1000} s to decode`,
      });
    });
    child.send(waiting.request, (error) => {
      if (error && this.#current === waiting) this.#crashed(child, error.message);
    });
  }

  #start(): ChildProcess {
    const kept = ['PATH', 'HOME', 'SystemRoot', 'TEMP', 'TMPDIR', 'LD_LIBRARY_PATH'];
    const inherited = kept.flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]],
    );
    const child = fork(join(this.assets.workers, 'decode-image.js'), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      env: { ...Object.fromEntries(inherited), ELECTRON_RUN_AS_NODE: '1' },
    });
    this.#child = child;
    child.on('message', (reply: DecodeReply) => {
      if (reply.id === this.#current?.request.id) this.#settle(reply);
    });
    child.on('error', (error) => this.#crashed(child, error.message));
    child.on('exit', (code, signal) => this.#crashed(child, this.#ending(code, signal)));
    return child;
  }

  #ending(code: number | null, signal: NodeJS.Signals | null): string {
    if (code !== tooMuchMemory) return `the decoder ended (${signal ?? code})`;
    return `it needs more than ${Math.round(this.limits.memory / 2 ** 20)} MB to decode`;
  }

  #crashed(child: ChildProcess, message: string): void {
    if (child !== this.#child) return;
    this.#child = null;
    const current = this.#current;
    if (!current) return;
    this.log.warn(`Image decoder: ${message}`);
    this.#settle({ id: current.request.id, status: 'failed', message });
  }

  #settle(reply: DecodeReply): void {
    const current = this.#current;
    this.#current = null;
    current?.settle(reply);
    this.#next();
  }

  #after(milliseconds: number, run: () => void): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(run, milliseconds);
    this.#timer.unref();
  }

  #stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const child = this.#child;
    this.#child = null;
    child?.removeAllListeners('message');
    child?.kill('SIGKILL');
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AppError } from '../../core/errors.ts';
import { cancelled, throwIfAborted } from '../cancelled.ts';
import { errorCode } from '../files/file-errors.ts';

export interface ChildOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to standard input, once it is there, which is closed then; without it there is none. */
  readonly input?: string | Promise<string>;
  /** Every line of standard output, as it comes. */
  readonly onLine?: (line: string) => void;
  /** Every line of standard error, as it comes. */
  readonly onErrorLine?: (line: string) => void;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** Last 200 lines of standard error. */
  readonly errorLines: readonly string[];
}

const keptLines = 200;
const killAfterMs = 3000;
/** What the program said is read by then; longer, only a process that it left behind holds its output. */
const drainMs = 3000;

/**
 * Runs a program to its end, without a shell, in its own process group; an abort or a timeout ends the whole group, and
 * so does its end for what it left behind with its output open. AppError python-missing when the program cannot be started, cancelled on abort.
 */
export async function runChild(
  program: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<ChildResult> {
  throwIfAborted(options.signal);
  const child = spawn(program, args, {
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const ended = endOf(child);
  await started(child, program);
  let timedOut = false;
  const stop = () => endGroup(child);
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop();
        }, options.timeoutMs);
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted) stop();
  try {
    // A child that ends early closes its input; its exit says why.
    child.stdin?.on('error', () => undefined);
    Promise.resolve(options.input).then(
      (input) => child.stdin?.end(input),
      () => child.stdin?.end(),
    );
    const errorLines: string[] = [];
    const reading = [
      eachLine(child.stdout, (line) => options.onLine?.(line)),
      eachLine(child.stderr, (line) => {
        errorLines.push(line);
        if (errorLines.length > keptLines) errorLines.shift();
        options.onErrorLine?.(line);
      }),
    ];
    const { code, signal } = await ended;
    const late = setTimeout(() => {
      stop();
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, drainMs);
    await Promise.all(reading).finally(() => clearTimeout(late));
    if (options.signal?.aborted) throw cancelled();
    return { code, signal, timedOut, errorLines };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
  }
}

/** Resolves when the program runs; AppError python-missing when it cannot be started. */
export function started(child: ChildProcess, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      const why = errorCode(error) === 'EACCES' ? 'it may not be executed' : 'there is no such program';
      reject(
        new AppError(
          'python-missing',
          `${program} could not be started: ${why}.`,
          'Choose another interpreter, or create the trainer environment.',
          { cause: error },
        ),
      );
    });
  });
}

function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
}

function eachLine(stream: NodeJS.ReadableStream | null, line: (text: string) => void): Promise<void> {
  if (!stream) return Promise.resolve();
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', line);
  return new Promise((resolve) => {
    lines.once('close', resolve);
    stream.once('close', resolve);
  });
}

function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  setTimeout(() => signalGroup(child, 'SIGKILL'), killAfterMs).unref();
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left; its first process alone may have ended long before the others.
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');

/** Real data beside the repository; tests on it say that they were skipped where it is absent. */
export const sharedData = join(root, '..', 'shared', 'data');

let built: Promise<string> | undefined;

/** The command line and its workers as the product ships them, bundled once for each test file. */
function commandLine(): Promise<string> {
  built ??= bundle();
  return built;
}

async function bundle(): Promise<string> {
  const outdir = join(root, 'node_modules', '.cache', 'coldstart-test-cli', `${process.pid}`);
  const workers = readdirSync(join(root, 'src/services/workers')).map((file) => [
    `workers/${file.replace(/\.ts$/, '')}`,
    join(root, 'src/services/workers', file),
  ]);
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: { cli: join(root, 'src/cli/main.ts'), ...Object.fromEntries(workers) },
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['sharp', 'onnxruntime-node'],
    logLevel: 'error',
  });
  rmSync(join(outdir, 'trainer'), { force: true });
  symlinkSync(join(root, 'src/trainer'), join(outdir, 'trainer'));
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  return join(outdir, 'cli.js');
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON, one value a line; throws for a line that is none. */
  records(): Record<string, unknown>[];
}

export interface Surroundings {
  readonly cwd: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A file that stdout goes to; `stdout` of the outcome is empty then. */
  readonly stdoutTo?: string;
  /** Called with the first piece of stdout: send a signal, or close the pipe. */
  readonly onOutput?: (child: ReturnType<typeof spawn>) => void;
  /** The same for the first piece of stderr. */
  readonly onNote?: (child: ReturnType<typeof spawn>) => void;
}

/** Runs `coldstart …` as a process of its own, without a terminal. */
export async function coldstart(
  args: readonly string[],
  { cwd, stdin = '', env = {}, stdoutTo, onOutput, onNote }: Surroundings,
): Promise<Outcome> {
  const output = stdoutTo === undefined ? 'pipe' : openSync(stdoutTo, 'w');
  const child = spawn(process.execPath, [await commandLine(), ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', output, 'pipe'],
  });
  if (typeof output === 'number') closeSync(output);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (stdout === '') onOutput?.(child);
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (stderr === '') onNote?.(child);
    stderr += text;
  });
  child.stdin?.on('error', () => undefined).end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  const records = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, stdout, stderr, records };
}

/** A folder with the given files that goes when the test is over. */
export function workFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** A PNG of one pixel. */
export const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

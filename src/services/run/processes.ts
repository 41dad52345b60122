import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { isAlive } from '../files/is-alive.ts';

const run = promisify(execFile);
const isLinux = process.platform === 'linux';

/** A process as proc.json names it; `start_ticks` are clock ticks since boot, or unix seconds where there is no /proc. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start_ticks: number | null;
}

/** What tells this machine, this start of it and this container from others. */
export interface Machine {
  readonly host: string;
  readonly bootId: string | null;
  readonly pidNamespace: string | null;
}

/** Facts of this machine, as the supervisor writes them. */
export async function thisMachine(): Promise<Machine> {
  return {
    host: hostname(),
    bootId: isLinux
      ? await readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
          (text) => text.trim(),
          () => null,
        )
      : await answer('sysctl', ['-n', 'kern.bootsessionuuid']),
    pidNamespace: await readlink('/proc/self/ns/pid').catch(() => null),
  };
}

/** Whether that very process still lives: a later one with the same pid does not count, nor does a zombie. */
export async function isStillAlive(identity: ProcessIdentity | null): Promise<boolean> {
  if (!identity || identity.pid <= 0 || identity.start_ticks === null) return false;
  if (isLinux) {
    const text = await readFile(`/proc/${identity.pid}/stat`, 'latin1').catch(() => '');
    // The name stands in parentheses and may hold spaces and parentheses itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return text !== '' && !/^[ZX]/.test(fields[0] ?? '') && Number(fields[19]) === identity.start_ticks;
  }
  if (!isAlive(identity.pid)) return false;
  const started = await answer('ps', ['-o', 'lstart=', '-p', String(identity.pid)]);
  return started !== null && Math.abs(Date.parse(started) / 1000 - identity.start_ticks) < 2;
}

async function answer(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run(command, args, { timeout: 5000, env: { ...process.env, LC_ALL: 'C' } });
    return stdout.trim() || null;
  } catch {
    return null;
  }
}

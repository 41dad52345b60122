// What the VS Code host needs from the machine: a Chromium, Debian packages, a cache folder.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** Folder for things that are slow to make and safe to delete: `$COLDSTART_CACHE`, else the user's cache folder. */
export function cacheFolder() {
  const base = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return process.env.COLDSTART_CACHE || path.join(base, 'coldstart');
}

/** Runs a command to its end and returns its exit code; what it prints goes to `log`, a file descriptor. */
export function run(command, args, { cwd = '/', log = 2, extraPath, env = {} } = {}) {
  const PATH = extraPath ? `${extraPath}${path.delimiter}${process.env.PATH}` : process.env.PATH;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH, ...env },
      stdio: ['ignore', log, log],
    });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Full path of a program on the PATH, or an empty string. */
export const onPath = (name) =>
  spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();

/** Path of the Chromium that drives the host: `$COLDSTART_CHROMIUM`, else one on the PATH; undefined when there is none. */
export function chromiumPath() {
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  return process.env.COLDSTART_CHROMIUM || names.map(onPath).find(Boolean);
}

/** Makes sure that the named Debian packages are there, by apt-get when run as root; else throws naming what to install. */
export async function ensureSystemPackages(names = ['chromium', 'ripgrep', 'libkrb5-dev']) {
  const present = {
    chromium: () => Boolean(chromiumPath()),
    ripgrep: () => Boolean(onPath('rg')),
    'libkrb5-dev': () => process.platform !== 'linux' || existsSync('/usr/include/gssapi/gssapi.h'),
  };
  const missing = names.filter((name) => !present[name]());
  if (missing.length === 0) return;
  const hint = `Coldstart's tests need ${missing.join(', ')}: sudo apt-get install ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) throw new Error(hint);
  process.stderr.write(`Installing ${missing.join(', ')} with apt-get\n`);
  await run('apt-get', ['update', '-q']);
  const install = [
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    'install',
    '-y',
    '-q',
    '--no-install-recommends',
  ];
  if ((await run('env', [...install, ...missing])) !== 0) throw new Error(hint);
}

// What the suites need before they start. Each step is quick when its result is there, and safe to repeat.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, run } from './vscode-host/system.mjs';

const pytest = 'pytest==9.2.0';

/** True when node_modules is what package-lock.json asks for, by npm's own record of what it installed. */
function hasLockedPackages(root) {
  const record = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([name, { version, optional, peer, link }]) =>
      name === '' || link || ((optional || peer) && !installed[name]) || installed[name]?.version === version,
  );
}

/** Installs the Node packages of package-lock.json when they are missing or differ. */
export async function nodePackages(root) {
  if (hasLockedPackages(root)) return;
  const code = await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root });
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}`);
}

/** The first Python of 3.10 to 3.12 on the PATH; throws naming what to install. */
export function findPython() {
  const probe = 'import sys, venv, ensurepip; print(*sys.version_info[:2])';
  for (const name of ['python3', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    const { stdout } = spawnSync(name, ['-c', probe], { encoding: 'utf8' });
    const [major, minor] = (stdout ?? '').trim().split(' ').map(Number);
    if (major === 3 && minor >= 10 && minor <= 12) return name;
  }
  throw new Error(
    'Python 3.10, 3.11 or 3.12 with venv is needed (Debian: apt-get install python3 python3-venv).',
  );
}

/** A small virtual environment with pytest in the cache; resolves to its python. */
export async function pytestEnvironment() {
  const python = findPython();
  const key = createHash('sha256')
    .update(`${pytest} ${realPython(python)}`)
    .digest('hex')
    .slice(0, 12);
  const folder = path.join(cacheFolder(), `pytest-${key}`);
  const ready = path.join(folder, 'bin', 'python');
  if (spawnSync(ready, ['-c', 'import pytest']).status === 0) return ready;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  if ((await run(python, ['-m', 'venv', folder])) !== 0)
    throw new Error('Could not create a virtual environment.');
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', pytest];
  if ((await run(ready, pip)) !== 0) throw new Error(`Could not install ${pytest}.`);
  return ready;
}

const realPython = (python) =>
  spawnSync(python, ['-c', 'import sys; print(sys.executable, sys.version)'], { encoding: 'utf8' }).stdout;

/**
 * The trainer environment that `coldstart env create` makes, in the cache; resolves to its python. Its name holds the hash
 * of the requirements, so that a change of theirs makes a new one; `$COLDSTART_TEST_TRAINER` names a finished one instead.
 */
export async function trainerEnvironment(root) {
  const given = process.env.COLDSTART_TEST_TRAINER;
  if (given) return given;
  const pins = ['trl.txt', 'torchvision.txt'].map((name) =>
    readFileSync(path.join(root, 'src/trainer/requirements', name), 'utf8'),
  );
  const key = createHash('sha256').update(pins.join('')).digest('hex').slice(0, 12);
  const folder = path.join(cacheFolder(), `trainer-trl-${key}`);
  const python = path.join(folder, 'bin', 'python');
  if (existsSync(`${folder}.complete`) && existsSync(python)) return python;
  rmSync(folder, { recursive: true, force: true });
  const args = [
    'dist/cli.js',
    'env',
    'create',
    'trl',
    '--dir',
    folder,
    '--python',
    findPython(),
    '--device',
    'cpu',
  ];
  const code = await run(process.execPath, args, { cwd: root });
  if (code !== 0) throw new Error(`coldstart env create trl failed with exit code ${code}`);
  mkdirSync(`${folder}.complete.partial`, { recursive: true });
  renameSync(`${folder}.complete.partial`, `${folder}.complete`);
  return python;
}

// Installs the Node packages of the lock file unless they are there already; used by the commands of the README.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const stamp = path.join(root, 'node_modules', '.coldstart-lock');

/** Runs `npm ci` when node_modules is missing or made from another lock file; says what it does. */
export function ensurePackages(say = (line) => process.stdout.write(`${line}\n`)) {
  const hash = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  say('Installing Node packages (npm ci, about a minute) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const done = spawnSync(npm, ['ci', '--no-progress', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (done.status !== 0) {
    say('npm ci failed. Check the network and the messages above, then run the command again.');
    process.exit(1);
  }
  writeFileSync(stamp, hash);
}

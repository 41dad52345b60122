// Leads the process group of a host. When the process that started it is gone, however that ended, the pipe on stdin
// closes: the group is ended and its temporary folder removed. Usage: node guard.mjs TEMPORARY_FOLDER COMMAND ARGUMENTS…
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { endGroup } from './processes.mjs';

const [temporary, command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });

let ending = false;
async function end(code, isAlone = false) {
  if (ending) return;
  ending = true;
  await endGroup(process.pid, [process.pid]);
  if (isAlone) rmSync(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.exit(code);
}
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  end(1);
});
child.on('exit', (code) => end(code ?? 1));
process.on('SIGTERM', () => end(143));
process.on('SIGINT', () => end(130));
process.on('SIGHUP', () => {});
process.stdin.on('end', () => end(0, true)).on('error', () => end(0, true));
process.stdin.resume();

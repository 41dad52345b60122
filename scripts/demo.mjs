// npm run demo: the main job on a fresh machine, from an empty checkout to the four-arm table.
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPython, nodePackages } from './prepare.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const usage = `Usage: npm run demo [-- OPTIONS]

Trains the four arms (base, RL only, SFT only, SFT + RL) through the same code as the extension and prints a table.
Without options: an example that is drawn here and known to learn, about 10 minutes on 2 CPU cores the first time.

  --dir DIR          workspace to write (default: demo-workspace, or demo-data with --data)
  --seed N           seed of data, model and sampling (default 0)
  --data FILE        the same loop on your own dataset (any shape that the trace editor opens)
  --model M          with --data: folder or Hugging Face id (default: a tiny random model made from the data)
  --sft-steps N      with --data: SFT steps (default 20)
  --grpo-steps N     with --data: GRPO steps (default 5)
  --test-rows N      with --data: rows held out for evaluation, from the end (default a tenth, at most 100)
  --ablation         also answer-only traces, with and without RL
  --width N          runs side by side (default 2, one torch thread each)
  --scale X          shorten datasets and runs of the example, such as 0.1 (default 1)
  --json             one JSON record per arm on stdout, everything else on stderr
  --no-open          do not open VS Code at the end
  --help
`;

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(usage);
  process.exit(0);
}

const told = args.includes('--json') ? process.stderr : process.stdout;
const say = (line = '') => told.write(`${line}\n`);
const stop = (...lines) => {
  for (const line of lines) say(line);
  process.exit(1);
};
const works = (command, ...rest) =>
  spawnSync(command, [...rest, '--version'], { stdio: 'ignore' }).status === 0;

say('Coldstart demo: install packages and a trainer environment (about 1.5 GB on a machine without a GPU),');
say(
  'build, write a workspace, train SFT and GRPO, evaluate four arms. 10 to 15 minutes the first time, 5 to 7 later.',
);
say();
if (Number(process.versions.node.split('.')[0]) < 20)
  stop(
    `Node 20 or newer is needed; this is ${process.version}.`,
    'Install it from nodejs.org or your package manager.',
  );
if (!works('git')) stop('git is needed and was not found on the PATH.');
try {
  findPython();
  await nodePackages(root);
} catch (error) {
  stop(error.message);
}
say('Building …');
const { build } = await import('./build.mjs');
await build();

// Signals reach the child by the process group; this process waits, so that what was kept is said last.
const child = spawn(process.execPath, [path.join(root, 'dist', 'cli.js'), 'demo', ...args], {
  cwd: process.env.INIT_CWD ?? root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));

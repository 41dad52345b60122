// npm run bench [-- NAME…]: measures the built product against named baselines in the same run.
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodePackages, trainerEnvironment } from './prepare.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);

/** The person's trainer environment, else the one of the tests, which is made when it is missing. */
function trainer() {
  const list = spawnSync(process.execPath, ['dist/cli.js', 'env', 'list', '--json'], {
    cwd: root,
    encoding: 'utf8',
  });
  const lines = list.stdout.split('\n').filter(Boolean);
  const ready = lines.map((line) => JSON.parse(line)).find((one) => one.trainer === 'trl' && one.ready);
  return ready?.python ?? trainerEnvironment(root);
}

async function prepare() {
  await nodePackages(root);
  if (args.includes('--help')) return;
  // Loaded late: these modules need the packages.
  const { build, isStale } = await import('./build.mjs');
  if (isStale()) {
    process.stderr.write('Building …\n');
    await build();
  }
  const needsTrainer = args.every((name) => name.startsWith('-')) || args.some((name) => name !== 'webview');
  if (needsTrainer) process.env.COLDSTART_PYTHON ??= await trainer();
}

try {
  await prepare();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const child = spawn(process.execPath, ['--import', 'tsx', path.join(root, 'test/bench/main.ts'), ...args], {
  cwd: root,
  stdio: 'inherit',
});
// A terminal's Ctrl-C reaches the child by itself; this process waits for what it has to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));

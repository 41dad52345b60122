// npm run bench [-- NAME…]: measures the built product against named baselines in the same run.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, isStale } from './build.mjs';
import { ensurePackages } from './ensure-packages.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);

ensurePackages();
if (!args.includes('--help') && isStale()) {
  process.stderr.write('Building …\n');
  await build();
}
const child = spawn(process.execPath, ['--import', 'tsx', path.join(root, 'test/bench/main.ts'), ...args], {
  cwd: root,
  stdio: 'inherit',
});
// A terminal's Ctrl-C reaches the child by itself; this process waits for what it has to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));

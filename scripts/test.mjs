// npm test: installs what the suites need and runs them. Needs Node, Python and git on the machine.
// npm test -- unit host runs only those. The last line is "N passed, N failed, N skipped".
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodePackages, pytestEnvironment, trainerEnvironment } from './prepare.mjs';
import { add, none, ofCommand } from './test/counts.mjs';
import { reportsFolder, stages } from './test/stages.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(0)} s`;
const say = (text) => process.stderr.write(`${text}\n`);

const names = process.argv.slice(2);
const list = () => {
  for (const { name, about } of stages) say(`  ${name.padEnd(10)} ${about}`);
};
if (names.includes('--help')) {
  say('Usage: npm test [-- STAGE …]; without a stage all of them:');
  list();
  process.exit(0);
}
const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  say(`Unknown: ${unknown.join(', ')}. Choose from:`);
  list();
  process.exit(2);
}
const chosen = stages.filter(({ name }) => names.length === 0 || names.includes(name));
const context = { root, reports: reportsFolder(root) };

/** What stages need, by name. Modules that import packages are loaded only after `npm ci`. */
const preparations = {
  build: async () => {
    const { build } = await import('./build.mjs');
    await build();
  },
  system: async () => {
    const { ensureSystemPackages } = await import('./vscode-host/system.mjs');
    await ensureSystemPackages();
  },
  hosts: async () => {
    const { ensureHost, releases } = await import('./vscode-host/install.mjs');
    await prepared('system');
    for (const name of Object.keys(releases)) await ensureHost(name);
  },
  pytest: async () => {
    context.pytest = await pytestEnvironment();
  },
  trainer: async () => {
    await prepared('build');
    context.trainer = await trainerEnvironment(root);
  },
};

const begun = new Map();
/** Starts a preparation once; resolves when it is done, rejects when it failed. */
function prepared(name) {
  const started = Date.now();
  const done =
    begun.get(name) ?? preparations[name]().then(() => say(`prepared ${name} (${seconds(started)})`));
  begun.set(name, done);
  done.catch(() => {}); // whoever needs it is told
  return done;
}

const started = Date.now();
say(`npm test: ${chosen.map(({ name }) => name).join(', ')}`);
say(
  'A first run downloads Node packages, two releases of VS Code and a CPU build of torch: allow 20 minutes.',
);
const results = [];
try {
  await nodePackages(root);
  // Downloads go on while the quick suites run.
  for (const name of new Set(chosen.flatMap(({ needs }) => needs))) void prepared(name);
} catch (error) {
  say(error.message);
  results.push({ name: 'packages', counts: ofCommand(1), time: seconds(started) });
}
for (const stage of results.length > 0 ? [] : chosen) {
  const from = Date.now();
  say(`\n=== ${stage.name}: ${stage.about}`);
  try {
    for (const need of stage.needs) await prepared(need);
    results.push({ name: stage.name, counts: await stage.run(context), time: seconds(from) });
  } catch (error) {
    say(`${stage.name} could not run: ${error.message}`);
    results.push({ name: stage.name, counts: ofCommand(1), time: seconds(from) });
  }
}

const total = results.map(({ counts }) => counts).reduce(add, none);
const row = (name, { passed, failed, skipped }, time) =>
  [
    name.padEnd(12),
    ...[passed, failed, skipped].map((count) => String(count).padStart(8)),
    time.padStart(8),
  ].join('');
const header = [
  'suite'.padEnd(12),
  ...['passed', 'failed', 'skipped', 'time'].map((word) => word.padStart(8)),
];
process.stdout.write(`\n${header.join('')}\n`);
for (const { name, counts, time } of results) process.stdout.write(`${row(name, counts, time)}\n`);
process.stdout.write(`${row('all', total, seconds(started))}\n\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);

import { appendFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readArguments } from '../../scripts/arguments.mjs';
import { Bench, type BenchOptions, type Result } from './bench.ts';
import { benchDataset } from './dataset.ts';
import { benchLearning } from './learning.ts';
import { benchRuns } from './runs.ts';
import { benchWebview } from './webview.ts';

const benches: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  dataset: benchDataset,
  runs: benchRuns,
  webview: benchWebview,
  learning: benchLearning,
};
/** What runs without a name: minutes, not an hour. */
const quick = ['dataset', 'runs', 'webview'];

const usage = `Usage: npm run bench [-- NAME… OPTIONS]

Measures the built product; every result is a ratio to a baseline of the same run. Prints a table and appends lines to
bench-results.jsonl.

  dataset    opening, indexing, paging, filtering, grading and saving a generated 1 GB file
  runs       opening a long run; what writing events costs a real training run
  webview    a key press until the next trace is painted
  learning   the four arms and answer-only traces over seeds (about 10 minutes a seed; not run unless named)

  --seeds 0,1,2   learning: seeds
  --scale X       shorten: file sizes, key presses, datasets and steps (1 is the real thing)
  --width N       learning: runs side by side (default 2, one torch thread each)
  --dir DIR       learning: keep results there and go on where they end (default .cache/bench-learning)
  --help
`;

const { values, positionals, fail } = readArguments(usage, {
  seeds: { type: 'string', default: '0,1,2' },
  scale: { type: 'string', default: '1' },
  width: { type: 'string', default: '2' },
  dir: { type: 'string' },
});
const names = positionals.length > 0 ? positionals : quick;
const unknown = names.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) fail(`There is no bench "${unknown}".`);
const seeds = values.seeds.split(',').map(Number);
const [scale, width] = [Number(values.scale), Number(values.width)];
if (seeds.some((seed) => !Number.isInteger(seed) || seed < 0)) fail('--seeds is a list such as 0,1,2.');
if (!(scale > 0 && scale <= 1)) fail('--scale is above 0 and at most 1.');
if (!(Number.isInteger(width) && width > 0)) fail('--width is a whole number.');

const root = resolve(import.meta.dirname, '..', '..');
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
const options: BenchOptions = {
  seeds,
  scale,
  width,
  dir: values.dir === undefined ? null : resolve(values.dir),
  signal: stop.signal,
};

const number = (value: number) =>
  Math.abs(value) >= 1000 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString();

const columns = ['measure', 'value', 'baseline', '', 'ratio', 'bar', ''];
function table(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.measure,
    `${number(result.value)} ${result.unit}`,
    result.baseline,
    `${number(result.baseline_value)} ${result.unit}`,
    Number.isFinite(result.ratio) ? `${number(result.ratio)}x` : '-',
    result.bar ?? '',
    result.holds === null ? '' : result.holds ? 'holds' : 'MISSED',
  ]);
  const widths = columns.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const isNumber = [false, true, false, true, true, false, false];
  return [columns, ...rows]
    .map((row) =>
      row
        .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const isTerminal = process.stderr.isTTY;
const say = (text: string) => {
  if (isTerminal) process.stderr.write(`\r\u001b[K${text}`);
};
async function main(): Promise<number> {
  if (scale !== 1)
    process.stdout.write(`Everything is shortened to ${scale} of its size: the bars are meant for 1.\n`);
  let failed = false;
  for (const name of names) {
    const results: Result[] = [];
    const keep = (result: Result) => {
      results.push(result);
      const { value, baseline_value, ratio } = result;
      const line = {
        ...result,
        scale,
        value: round(value),
        baseline_value: round(baseline_value),
        ratio: round(ratio),
      };
      appendFileSync(join(root, 'bench-results.jsonl'), `${JSON.stringify(line)}\n`);
    };
    const bench = new Bench(name, options, keep, say);
    try {
      await benches[name]?.(bench);
    } catch (error) {
      failed = true;
      const { message, hint = '' } = error as Error & { hint?: string };
      process.stderr.write(
        stop.signal.aborted ? '\nStopped.\n' : `\n${name}: ${[message, hint].filter(Boolean).join(' ')}\n`,
      );
    } finally {
      bench.dispose();
      say('');
      if (results.length > 0) process.stdout.write(`\n${name}\n${table(results)}\n`);
    }
    if (stop.signal.aborted) return 130;
  }
  return failed ? 1 : 0;
}

void main().then((code) => process.exit(code));

function round(value: number): number {
  return Number(value.toPrecision(6));
}

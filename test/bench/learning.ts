import { join, resolve } from 'node:path';
import { wilsonInterval } from '../../src/core/run/wilson.ts';
import { arms, armTitles, boardRuns } from '../../src/services/demo/demo-specs.ts';
import { createExampleWorkspace } from '../../src/services/demo/example-workspace.ts';
import { type ArmReports, evaluateArms, trainRuns } from '../../src/services/demo/four-arms.ts';
import { interpreterOf } from '../../src/services/environment/environments.ts';
import type { Accuracy } from '../../src/services/run/grade-completions.ts';
import { assets, type Bench } from './bench.ts';
import { trainerHost } from './trainer.ts';

const titles: Readonly<Record<string, string>> = {
  ...armTitles,
  'answer-sft': 'answer-only SFT',
  'answer-sft-rl': 'answer-only SFT + RL',
};

/** Accuracy by arm. */
type Accuracies = ReadonlyMap<string, Accuracy>;

/**
 * The four arms and answer-only traces over seeds, each seed with its own data, model and sampling. Runs and records
 * are kept in a folder: what is there is not made again, an interrupted run goes on.
 */
export async function benchLearning(bench: Bench): Promise<void> {
  const { seeds, scale, dir } = bench.options;
  const base = dir ?? resolve(import.meta.dirname, '..', '..', '.cache', 'bench-learning');
  const seen: Accuracies[] = [];
  for (const seed of seeds) {
    const found = await oneSeed(bench, join(base, `seed-${seed}${scale === 1 ? '' : `-x${scale}`}`), seed);
    seen.push(found);
    show(bench, `seed ${seed}`, found);
    compareArms(bench, `seed ${seed}`, found);
  }
  if (seen.length < 2) return;
  const pooled = pool(seen);
  show(bench, `${seeds.length} seeds pooled`, pooled);
  compareArms(bench, 'pooled', pooled);
}

async function oneSeed(bench: Bench, folder: string, seed: number): Promise<Accuracies> {
  const { scale, width, signal } = bench.options;
  const host = trainerHost(folder);
  const python = await interpreterOf('trl', host.settings);
  const progress = { report: (text: string) => bench.say(`seed ${seed}: ${text}`) };
  const given = { folder, python, assets, seed, progress, scale, ablation: true };
  await createExampleWorkspace(given, signal);
  const active = new Map<string, string>();
  const reports: ArmReports = {
    run({ name, step, maxSteps, status }) {
      if (status.kind === 'completed') active.delete(name);
      else active.set(name, `${name} ${step}/${maxSteps ?? '?'}`);
      bench.say(`seed ${seed}: ${[...active.values()].join('   ')}`);
    },
    evaluating: (arm) => bench.say(`seed ${seed}: evaluating ${titles[arm] ?? arm}`),
    evaluated: () => {},
  };
  const runs = boardRuns(seed, { scale, ablation: true });
  await trainRuns({ folder, runs, host, reports, width }, signal);
  const models = [...arms, 'answer-sft', 'answer-sft-rl'].map((arm) => ({ arm, model: `run:${arm}` }));
  return evaluateArms({ folder, host, reports, dataset: join(folder, 'test.jsonl'), models, width }, signal);
}

/** Answers of all seeds together; the same problems asked of each seed make these intervals somewhat too narrow. */
function pool(seen: readonly Accuracies[]): Accuracies {
  const pooled = new Map<string, Accuracy>();
  for (const arm of seen[0]?.keys() ?? []) {
    const found = seen.map((seed) => seed.get(arm)).filter((one) => one !== undefined);
    const n = found.reduce((sum, one) => sum + one.n, 0);
    const correct = found.reduce((sum, one) => sum + one.correct, 0);
    const { low, high } = wilsonInterval(correct, n);
    pooled.set(arm, { n, correct, accuracy: correct / n, low, high });
  }
  return pooled;
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

function show(bench: Bench, title: string, found: Accuracies): void {
  bench.print(`\n${title.padEnd(22)}  correct  accuracy  95 % interval (Wilson)`);
  for (const [arm, { correct, n, accuracy, low, high }] of found)
    bench.print(
      `${(titles[arm] ?? arm).padEnd(22)}  ${`${correct}/${n}`.padStart(7)}  ${percent(accuracy).padStart(8)}  [${percent(low)}, ${percent(high)}]`,
    );
}

/** What must be ahead of what, with 95 % intervals that do not overlap. */
function compareArms(bench: Bench, title: string, found: Accuracies): void {
  const pairs = [
    ['sft-rl', 'sft-only'],
    ['sft-rl', 'rl-only'],
    ['sft-only', 'answer-sft'],
    ['sft-rl', 'answer-sft-rl'],
  ] as const;
  for (const [ahead, behind] of pairs) {
    const [better, worse] = [found.get(ahead), found.get(behind)];
    if (!better || !worse) throw new Error(`${title}: no accuracy of ${better ? behind : ahead}.`);
    bench.record({
      measure: `${title}: ${titles[ahead]}`,
      value: better.accuracy,
      unit: 'accuracy',
      baseline: titles[behind] ?? behind,
      baseline_value: worse.accuracy,
      demand: { text: 'ahead, 95 % intervals apart', holds: better.low > worse.high },
    });
  }
}

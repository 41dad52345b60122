import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crc32Hex } from '../../src/core/run/crc32.ts';
import { runSpecSchema } from '../../src/core/run/spec.ts';
import { boardRuns } from '../../src/services/demo/demo-specs.ts';
import { createExampleWorkspace } from '../../src/services/demo/example-workspace.ts';
import { trainRuns } from '../../src/services/demo/four-arms.ts';
import { interpreterOf } from '../../src/services/environment/environments.ts';
import { listRuns } from '../../src/services/run/run-folder.ts';
import { RunSource } from '../../src/services/run/run-source.ts';
import { assets, type Bench, quiet, timed } from './bench.ts';
import { generateRows } from './generate.ts';
import { trainerHost } from './trainer.ts';

const runId = '20260101-000000-grpo-0000';

/** A line as the trainer writes it: its checksum is the last member. */
const seal = (record: object): string => {
  const text = JSON.stringify(record).slice(0, -1);
  return `${text},"crc":"${crc32Hex(text)}"}\n`;
};

const names = 'loss reward reward/answer reward/format kl entropy grad_norm lr length/mean length/max'.split(
  ' ',
);
const groupsPerStep = 8;

/** A finished run folder of `steps` GRPO steps: all events, and the rollouts of the last step. */
function writeRun(folder: string, steps: number): void {
  mkdirSync(join(folder, 'rollouts'), { recursive: true });
  const spec = runSpecSchema.parse({
    version: 1,
    name: 'long',
    stage: 'grpo',
    model: 'models/tiny',
    dataset: { path: 'traces.jsonl' },
    rewards: [{ name: 'answer' }],
  });
  const record = {
    version: 1,
    run: runId,
    name: 'long',
    stage: 'grpo',
    trainer: 'trl',
    created: '2026-01-01T00:00:00Z',
    interpreter: 'python3',
    argv: ['python3'],
    env: {},
    spec,
    spec_sha256: '',
    spec_path: null,
    model: { given: 'models/tiny', path: 'models/tiny' },
    dataset: { path: 'traces.jsonl', sha256: '', traces: 1000, rows_selected: 1000 },
    inputs: { train: 'inputs/train.jsonl', eval: null },
    versions: {},
    rollouts: 'all',
  };
  writeFileSync(join(folder, 'run.json'), JSON.stringify(record));
  const rows = generateRows(groupsPerStep);
  const group = (step: number, at: number) => {
    const { id, prompt, completion, ground_truth } = rows[at] as (typeof rows)[number];
    const rollouts = Array.from({ length: 8 }, (_, i) => ({
      i,
      completion,
      tokens: 400,
      finish: 'stop',
      rewards: { answer: i % 2 },
      reward: i % 2,
      advantage: (i % 2) - 0.5,
    }));
    const place = { version: 1, type: 'group', restart: 0, step, gen: 0, split: 'train', group: at };
    const trace = { id, index: at, source: 'traces.jsonl' };
    return seal({ ...place, trace, prompt: { text: prompt }, images: [], ground_truth, rollouts });
  };
  const last = rows.map((_, at) => group(steps, at)).join('');
  writeFileSync(join(folder, 'rollouts', `step-${steps}.jsonl`), last);
  let seq = 0;
  const event = (type: string, fields: object) =>
    seal({ version: 1, run: runId, restart: 0, seq: seq++, ts: 1767225600 + seq, type, ...fields });
  const parts = [
    event('run_start', { stage: 'grpo', max_steps: steps, rewards: [{ name: 'answer', weight: 1 }] }),
  ];
  for (let step = 1; step <= steps; step++) {
    const values = Object.fromEntries(names.map((name, at) => [name, Math.sin(step / (50 + at)) + at]));
    const file = `rollouts/step-${step}.jsonl`;
    const counts = {
      offset: 0,
      bytes: Buffer.byteLength(last),
      groups: groupsPerStep,
      rollouts: groupsPerStep * 8,
    };
    parts.push(event('rollout_batch', { step, file, ...counts, stats: { mean: 0.5, std: 0.5 } }));
    parts.push(
      event('metrics', { step, values, raw: values, elapsed_s: step * 2, eta_s: (steps - step) * 2 }),
    );
  }
  parts.push(event('run_end', { status: 'completed', step: steps, totals: { seconds: steps * 2 } }));
  writeFileSync(join(folder, 'events.jsonl'), parts.join(''));
}

/** A long run opened and read, and the share of a real training run that its events cost. */
export async function benchRuns(bench: Bench): Promise<void> {
  await opening(bench);
  await eventCost(bench);
}

async function opening(bench: Bench): Promise<void> {
  const steps = Math.max(100, Math.round(10_000 * bench.options.scale));
  const folder = join(bench.scratch, 'runs', runId);
  writeRun(folder, steps);
  const parse = (file: string) =>
    timed(() => {
      for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) if (line) JSON.parse(line);
    });
  await bench.compare({
    measure: `open a run of ${steps} steps`,
    baseline: 'JSON.parse of its events',
    async subject() {
      const began = performance.now();
      const source = await RunSource.open(folder, { log: quiet, assets });
      const { step } = source.view();
      const took = performance.now() - began;
      await source.dispose();
      if (step !== steps) throw new Error(`the run shows step ${step}`);
      return took;
    },
    against: () => parse('events.jsonl'),
  });
  const source = await RunSource.open(folder, { log: quiet, assets });
  await bench.compare({
    measure: 'all charts of that run, 1000 points each',
    baseline: 'JSON.parse of its events',
    bar: { ratio: 1 },
    subject: () => timed(() => source.metricsRead({ names, points: 1000 })),
    against: () => parse('events.jsonl'),
  });
  await source.dispose();
  await bench.compare({
    measure: `${groupsPerStep} groups of 8 rollouts, the first ones graded`,
    baseline: 'JSON.parse of their file',
    bar: { value: 100 },
    async subject() {
      const fresh = await RunSource.open(folder, { log: quiet, assets });
      const took = await timed(async () => {
        const page = await fresh.groupsRead({ step: steps, order: 'worst', search: '', offset: 0, count: 8 });
        const [first] = page.groups;
        if (page.total !== groupsPerStep || !first) throw new Error(`${page.total} groups found`);
        await fresh.groupRead(steps, first.group);
      });
      await fresh.dispose();
      return took;
    },
    against: () => parse(`rollouts/step-${steps}.jsonl`),
  });
}

/** What all completed runs below `folder` spent on events and on training, in seconds by stage. */
async function spent(
  runsFolder: string,
): Promise<Map<string, { events: number; training: number; steps: number }>> {
  const sums = new Map<string, { events: number; training: number; steps: number }>();
  for (const { folder, stage, status } of await listRuns(runsFolder)) {
    if (status.kind !== 'completed') continue;
    const source = await RunSource.open(folder, { log: quiet, assets });
    const { totals, step } = source.view();
    await source.dispose();
    const { event_s: events, seconds: training } = totals;
    if (events === undefined || training === undefined) continue;
    const sum = sums.get(stage) ?? { events: 0, training: 0, steps: 0 };
    sums.set(stage, {
      events: sum.events + events,
      training: sum.training + training,
      steps: sum.steps + step,
    });
  }
  return sums;
}

async function eventCost(bench: Bench): Promise<void> {
  const demo = resolve(import.meta.dirname, '..', '..', 'demo-workspace', '.coldstart', 'runs');
  let runs = demo;
  if (!existsSync(demo)) {
    const folder = join(bench.scratch, 'trained');
    const host = trainerHost(folder);
    const python = await interpreterOf('trl', host.settings).catch(() => null);
    if (python === null)
      return bench.print('No trainer environment here: the cost of events was not measured.');
    bench.print('Training a tiny model for the cost of events, about two minutes …');
    const progress = { report: (text: string) => bench.say(text) };
    const { signal } = bench.options;
    await createExampleWorkspace({ folder, python, assets, seed: 0, progress, scale: 0.1 }, signal);
    const reports = {
      run: ({ name, step, maxSteps }: { name: string; step: number; maxSteps: number | null }) =>
        bench.say(`${name} ${step}/${maxSteps ?? '?'}`),
      evaluating: () => {},
      evaluated: () => {},
    };
    const wanted = boardRuns(0, { scale: 0.1 }).filter(({ name }) => name === 'base' || name === 'rl-only');
    await trainRuns({ folder, runs: wanted, host, reports, width: 1 }, signal);
    runs = host.settings.runsFolder;
  }
  const sums = await spent(runs);
  if (sums.size === 0) throw new Error(`No completed run with totals in ${runs}.`);
  for (const [stage, { events, training, steps }] of sums)
    bench.record({
      measure: `events of ${steps} ${stage.toUpperCase()} steps`,
      value: events,
      unit: 's',
      baseline: 'the training itself',
      baseline_value: training - events,
      bar: { ratio: 0.02 },
    });
}

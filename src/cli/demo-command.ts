import { basename, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Arm, arms, armTitles, type DemoRun } from '../services/demo/demo-specs.ts';
import { createExampleWorkspace } from '../services/demo/example-workspace.ts';
import { evaluateArms, trainRuns } from '../services/demo/four-arms.ts';
import { createOwnDataWorkspace } from '../services/demo/own-data-workspace.ts';
import { createEnvironment } from '../services/environment/create-environment.ts';
import { interpreterOf } from '../services/environment/environments.ts';
import type { EvaluationRecord } from '../services/run/grade-completions.ts';
import type { RunHost, RunListing } from '../services/run/views.ts';
import type { CliContext } from './context.ts';
import { positiveFraction, positiveNumber, wholeNumber } from './numbers.ts';
import { openInEditor } from './open-in-editor.ts';
import { note, paint, print, progressLine, record, table } from './output.ts';

interface Options {
  readonly dir?: string;
  readonly seed: number;
  readonly data?: string;
  readonly model?: string;
  readonly sftSteps: number;
  readonly grpoSteps: number;
  readonly testRows?: number;
  readonly ablation?: boolean;
  readonly width: number;
  readonly scale: number;
  readonly open: boolean;
  readonly json?: boolean;
}

/** `coldstart demo`: workspace, four arms, table; the body of `npm run demo`. */
export function registerDemoCommand(program: Command, context: CliContext): void {
  program
    .command('demo')
    .description('Write a workspace, train base, RL only, SFT only and SFT + RL, print the comparison.')
    .option('--dir <dir>', 'workspace to write (default: demo-workspace, or demo-data with --data)')
    .option('--seed <n>', 'seed of data, model and sampling', wholeNumber, 0)
    .option('--data <file>', 'the same loop on your own dataset')
    .option('--model <model>', 'with --data: folder or Hugging Face id (default: a tiny random model)')
    .option('--sft-steps <n>', 'with --data: SFT steps', positiveNumber, 20)
    .option('--grpo-steps <n>', 'with --data: GRPO steps', positiveNumber, 5)
    .option(
      '--test-rows <n>',
      'with --data: rows held out from the end (default a tenth, at most 100)',
      positiveNumber,
    )
    .option('--ablation', 'also answer-only traces, with and without RL')
    .option('--width <n>', 'runs side by side, one torch thread each', positiveNumber, 2)
    .option('--scale <x>', 'shorten datasets and runs', positiveFraction, 1)
    .option('--no-open', 'do not open VS Code at the end')
    .option('--json', 'one JSON record per arm on stdout')
    .addHelpText('after', '\nExample:\n  $ coldstart demo --dir demo-workspace --seed 1')
    .action((options: Options) => demo(options, context));
}

async function demo(options: Options, context: CliContext): Promise<void> {
  const folder = resolve(context.cwd, options.dir ?? (options.data ? 'demo-data' : 'demo-workspace'));
  const host: RunHost = {
    settings: context.settings({ runs: join(folder, '.coldstart', 'runs') }),
    assets: context.assets,
    workspace: folder,
    log: context.log,
  };
  const python = await ensureEnvironment(host, context.signal);
  const line = progressLine();
  const shown = { report: (message: string) => line.show(message) };
  const base = { folder, python, assets: context.assets, seed: options.seed, progress: shown };
  const plan = options.data
    ? await createOwnDataWorkspace(
        {
          ...base,
          host,
          data: resolve(context.cwd, options.data),
          sftSteps: options.sftSteps,
          grpoSteps: options.grpoSteps,
          ...(options.model ? { model: options.model } : {}),
          ...(options.testRows ? { testRows: options.testRows } : {}),
        },
        context.signal,
      )
    : await boardPlan(base, options, context.signal);
  line.end();
  note(`Workspace: ${folder}`);
  const began = Date.now();
  const progress = new ArmProgress();
  await trainRuns(
    { folder, runs: plan.runs, host, reports: progress.reports, width: options.width },
    context.signal,
  );
  const records = await evaluateArms(
    {
      folder,
      host,
      reports: progress.reports,
      dataset: plan.testPath,
      rows: plan.testRows,
      models: plan.models,
      ...(plan.completionTokens ? { maxCompletionLength: plan.completionTokens } : {}),
      width: options.width,
    },
    context.signal,
  );
  progress.end();
  if (options.json) for (const [arm, result] of records) record({ ...result, arm });
  else printTable(records);
  note('');
  note(`${Math.round((Date.now() - began) / 60_000)} min from the first training step to the table.`);
  note(`Runs: ${relative(context.cwd, host.settings.runsFolder) || host.settings.runsFolder}`);
  note('What it shows and what it does not is in the README, “Reading the demo”.');
  if (options.open) await openWorkspace(folder, context);
}

interface Plan {
  readonly runs: readonly DemoRun[];
  readonly testPath: string;
  readonly testRows: string;
  readonly models: readonly { readonly arm: string; readonly model: string }[];
  readonly completionTokens?: number;
}

async function boardPlan(
  base: Parameters<typeof createExampleWorkspace>[0],
  options: Options,
  signal: AbortSignal,
): Promise<Plan> {
  const given = { ...base, ablation: options.ablation ?? false, scale: options.scale };
  const runs = await createExampleWorkspace(given, signal);
  return {
    runs,
    testPath: join(base.folder, 'test.jsonl'),
    testRows: 'all',
    models: [...arms, ...(options.ablation ? ['answer-sft', 'answer-sft-rl'] : [])].map((arm) => ({
      arm,
      model: `run:${arm}`,
    })),
  };
}

async function ensureEnvironment(host: RunHost, signal: AbortSignal): Promise<string> {
  try {
    return await interpreterOf('trl', host.settings);
  } catch {
    note('Creating the trainer environment (TRL, transformers, torch), a few minutes the first time …');
    const line = progressLine();
    const progress = { report: (message: string) => line.show(message) };
    await createEnvironment({ host: { ...host, progress }, trainer: 'trl', device: 'auto' }, signal);
    line.end();
    return interpreterOf('trl', host.settings);
  }
}

/** One line for all active runs, and a line that stays for each that ended. */
class ArmProgress {
  private readonly line = progressLine();
  private readonly active = new Map<string, string>();
  private readonly told = new Set<string>();

  readonly reports = {
    run: (run: RunListing) => this.run(run),
    evaluating: (arm: string) => this.line.show(`evaluating ${titleOf(arm)} …`),
    evaluated: (arm: string, { correct, n }: EvaluationRecord) =>
      this.say(`${titleOf(arm)}: ${correct} of ${n} correct`),
  };

  end(): void {
    this.line.end();
  }

  private run(run: RunListing): void {
    const of = run.maxSteps === null ? '' : `/${run.maxSteps}`;
    const metric = run.headline ? ` ${run.headline.metric} ${run.headline.value.toPrecision(3)}` : '';
    const eta = run.etaSeconds === null ? '' : ` ${duration(run.etaSeconds)} left`;
    if (run.status.kind === 'completed') {
      this.active.delete(run.name);
      if (!this.told.has(run.folder)) this.say(`${run.name}: completed, step ${run.step}${of}${metric}`);
      this.told.add(run.folder);
    } else this.active.set(run.name, `${run.name} ${run.step}${of}${metric}${eta}`);
    this.line.show([...this.active.values()].join('   '));
  }

  private say(text: string): void {
    this.line.end();
    note(text);
  }
}

function printTable(records: ReadonlyMap<string, EvaluationRecord>): void {
  const share = (value: number) => `${(value * 100).toFixed(1)} %`;
  const rows = [...records].map(([arm, { correct, n, accuracy, low, high }]) => [
    titleOf(arm),
    `${correct}/${n}`,
    share(accuracy),
    `[${share(low)}, ${share(high)}]`,
  ]);
  print();
  print(paint(table([['arm', 'correct', 'accuracy', '95 % interval (Wilson)'], ...rows], [1, 2]), 'bold'));
  const [sft, both] = [records.get('sft-only'), records.get('sft-rl')];
  if (!sft || !both) return;
  const gain = ((both.accuracy - sft.accuracy) * 100).toFixed(1);
  const apart = both.low > sft.high ? 'the intervals do not overlap' : 'the intervals overlap';
  print();
  print(`SFT + RL minus SFT only: ${Number(gain) >= 0 ? '+' : ''}${gain} points; ${apart}.`);
}

async function openWorkspace(folder: string, context: CliContext): Promise<void> {
  if (await openInEditor(folder)) return;
  note(`Open it: npm run host -- ${relative(context.cwd, folder) || basename(folder)}`);
}

const titleOf = (arm: string): string =>
  armTitles[arm as Arm] ??
  { 'answer-sft': 'answer-only SFT', 'answer-sft-rl': 'answer-only SFT + RL' }[arm] ??
  arm;

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.round(seconds)} s`;
}

import { type Command, Option } from 'commander';
import { AppError } from '../core/errors.ts';
import type { GroupLine, Rollout } from '../core/run/group-line.ts';
import { type GroupOrdering, orderGroups } from '../core/run/group-statistics.ts';
import { parseRolloutFilter } from '../core/run/rollout-filter.ts';
import { rolloutSteps } from '../core/run/run-fold.ts';
import { many } from '../core/text/plural.ts';
import { createGrader, verdictOf } from '../core/verify/verdict.ts';
import { placeNow } from '../services/run/moved-paths.ts';
import { readFold } from '../services/run/read-fold.ts';
import { groupNumber, RolloutFiles } from '../services/run/rollout-files.ts';
import { findRun } from '../services/run/run-folder.ts';
import { readRunRecord } from '../services/run/run-record.ts';
import { rewardsOf } from '../services/run/run-view.ts';
import type { CliContext } from './context.ts';
import { positiveNumber, wholeNumber } from './numbers.ts';
import { note, paint, print, record } from './output.ts';
import { runHost } from './run-host.ts';
import { short } from './run-progress.ts';

interface Flags {
  readonly json?: boolean;
  readonly runs?: string;
  readonly step?: number;
  readonly filter?: string;
  readonly worst?: number;
  readonly best?: number;
  readonly widest?: number;
}

const shownChars = 100;

const ordered = (order: string, rule: string, others: string[]) =>
  new Option(`--${order} <n>`, `the n groups with the ${rule}`).argParser(positiveNumber).conflicts(others);

/** `run rollouts RUN`: the groups of one step, by default the newest, with the verdict of each rollout. */
export function registerRolloutsCommand(
  command: (usage: string, description: string) => Command,
  context: CliContext,
): void {
  command('rollouts <run>', 'Groups of rollouts of one step, by default the newest.')
    .option('--step <n>', 'which step', wholeNumber)
    .option(
      '--filter <expr>',
      'only rollouts that match, in the language of “dataset filter”: verdict:correct and (reward>0.5 or not finish:length), "a phrase", answer=1, tokens>200, trace:ID',
    )
    .addOption(ordered('worst', 'lowest mean reward', ['best', 'widest']))
    .addOption(ordered('best', 'highest mean reward', ['worst', 'widest']))
    .addOption(ordered('widest', 'widest rewards', ['worst', 'best']))
    .addHelpText('after', '\nExample:\n  $ coldstart run rollouts sft-rl --widest 3')
    .action((reference: string, flags: Flags) => rollouts(reference, flags, context));
}

async function rollouts(reference: string, flags: Flags, context: CliContext): Promise<void> {
  const folder = await findRun(runHost(context, flags).settings.runsFolder, reference);
  const run = await readRunRecord(folder);
  const state = await readFold(folder, run, context.signal);
  const steps = rolloutSteps(state);
  const step = flags.step ?? steps.at(-1);
  if (step === undefined) {
    note(`The run ${run.name} has no rollouts${run.stage === 'sft' ? ': SFT samples none' : ' yet'}.`);
    return;
  }
  const places = state.batches.get(step);
  if (!places) {
    const range = steps.length > 0 ? `They were written for steps ${steps[0]} to ${steps.at(-1)}.` : '';
    throw new AppError('request-invalid', `There are no rollouts of step ${step}.`, range);
  }
  const files = new RolloutFiles(folder, placeNow(run.home, folder));
  const entries = await files.entries(places, context.signal);
  const rewards = rewardsOf(run, state).map(({ name }) => name);
  const test = parseRolloutFilter(flags.filter ?? '', rewards);
  const grader = createGrader(10_000);
  const { order, most } = orderOf(flags);
  let printed = 0;
  const ranked = entries.map((entry) => ({ entry, mean: entry.summary.mean, spread: entry.summary.spread }));
  for (const { entry } of orderGroups(ranked, order)) {
    if (printed >= most) break;
    const group = await files.group(entry);
    const verdict = (rollout: Rollout) =>
      rollout.cut === undefined
        ? (verdictOf(rollout.completion, group.ground_truth ?? null, run.spec.extraction, grader)?.state ??
          'none')
        : 'none';
    const found = group.rollouts.filter((rollout) => test(group, rollout, () => verdict(rollout)));
    if (found.length === 0) continue;
    printed++;
    const shown = found.map((rollout) => ({ ...rollout, verdict: verdict(rollout) }));
    if (flags.json) record({ ...group, group: groupNumber(group), rollouts: shown });
    else printGroup(group, shown);
  }
  note(`Step ${step}: ${printed} of ${many(entries.length, 'group')}.`);
}

function orderOf(flags: Flags): { order: GroupOrdering; most: number } {
  for (const order of ['worst', 'best', 'widest'] as const) {
    const most = flags[order];
    if (most !== undefined) return { order, most };
  }
  return { order: 'file', most: Number.POSITIVE_INFINITY };
}

function printGroup(group: GroupLine, found: readonly (Rollout & { verdict: string })[]): void {
  const address = `${group.step}/${groupNumber(group)}`;
  print(`${paint(address, 'bold')}  trace ${group.trace.id}  truth ${group.ground_truth ?? '–'}`);
  for (const rollout of found) {
    const parts = Object.entries(rollout.rewards).map(([name, value]) => `${name} ${short(value)}`);
    const text = rollout.completion.replace(/\s+/g, ' ').slice(0, shownChars);
    const facts = `reward ${short(rollout.reward)} (${parts.join(', ')})  advantage ${short(rollout.advantage)}`;
    print(
      `  ${address}/${rollout.i}  ${facts}  ${rollout.tokens === null ? '? tokens' : many(rollout.tokens, 'token')}  ${rollout.finish}  ${rollout.verdict}`,
    );
    print(paint(`    ${text}`, 'dim'));
  }
}

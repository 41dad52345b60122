import { type Command, InvalidArgumentError } from 'commander';
import { AppError } from '../core/errors.ts';
import { many } from '../core/text/plural.ts';
import { checkRun, hasErrors } from '../services/run/check.ts';
import { isActive, readStatus } from '../services/run/evidence.ts';
import { resumeRun, startRun, stopRun } from '../services/run/launch.ts';
import { promoteRollout } from '../services/run/promote.ts';
import { findRun, listRuns } from '../services/run/run-folder.ts';
import { readRunRecord } from '../services/run/run-record.ts';
import { RunSource } from '../services/run/run-source.ts';
import { changedKeys } from '../services/run/spec-file.ts';
import type { Finding, RolloutAddress, RunHost } from '../services/run/views.ts';
import type { CliContext } from './context.ts';
import { exit, note, paint, print, progressLine, record, table, unlessInterrupted } from './output.ts';
import { runHost } from './run-host.ts';
import { duration, latest, reportOutcome, short, statusText, waitForRun } from './run-progress.ts';
import { listingRecord, viewRecord } from './run-records.ts';
import { registerRolloutsCommand } from './run-rollouts.ts';
import { registerTailCommand, tailRun } from './run-tail.ts';

interface Common {
  readonly json?: boolean;
  readonly runs?: string;
}
interface StartFlags extends Common {
  readonly name?: string;
  readonly set?: string[];
  readonly wait?: boolean;
  readonly follow?: boolean;
  readonly force?: boolean;
  readonly check?: boolean;
}

function changes(change: string, before: string[] = []): string[] {
  if (changedKeys(change) === null)
    throw new InvalidArgumentError('Write key=value, for example max_steps=20.');
  return [...before, change];
}
const example = (text: string) => `\nExample:\n  $ coldstart ${text}`;

/** `coldstart run …`: check, start, list, show, tail, rollouts, stop, resume, promote. */
export function registerRunCommands(program: Command, context: CliContext): void {
  const run = program
    .command('run')
    .description('Start, watch, stop and resume SFT and GRPO runs.')
    .addHelpText('after', example('run list'));
  const command = (usage: string, description: string) =>
    run
      .command(usage)
      .description(description)
      .option('--runs <dir>', 'folder of run folders (default: .coldstart/runs)')
      .option('--json', 'one JSON record per line on stdout');

  command('check <spec>', 'Everything that can fail before a start.')
    .option('--set <key=value>', 'change one value of the spec, as often as needed', changes)
    .addHelpText('after', example('run check sft-only.run.json'))
    .action((spec: string, flags: StartFlags) => check(spec, flags, context));

  command('start <spec>', 'Start a run; it goes on when this command ends.')
    .option('--name <name>', 'display name instead of that of the spec')
    .option('--set <key=value>', 'change one value of the spec, as often as needed', changes)
    .option('--wait', 'show progress until the run ends, and exit with its outcome')
    .option('--follow', 'print events until the run ends, and exit with its outcome')
    .option('--force', 'start although the same spec is running')
    .option('--no-check', 'start without the check of “run check”')
    .addHelpText('after', example('run start sft-only.run.json --set max_steps=20 --wait'))
    .action((spec: string, flags: StartFlags) => start(spec, flags, context));

  command('list', 'Runs, newest first, with their state by evidence.')
    .addHelpText('after', example('run list'))
    .action((flags: Common) => list(flags, context));

  command('show <run>', 'State, progress, metrics and checkpoints of one run.')
    .addHelpText('after', example('run show sft-rl'))
    .action((reference: string, flags: Common) => show(reference, flags, context));

  registerTailCommand(command, context);
  registerRolloutsCommand(command, context);

  command('stop <run>', 'Stop at the next step with a checkpoint, and wait until it has stopped.')
    .option('--discard', 'stop without a checkpoint')
    .option('--no-wait', 'only ask for the stop')
    .addHelpText('after', example('run stop sft-rl'))
    .action((reference: string, flags: Common & { discard?: boolean; wait: boolean }) =>
      stop(reference, flags, context),
    );

  command('resume <run>', 'Go on from the newest complete checkpoint.')
    .option('--wait', 'show progress until the run ends, and exit with its outcome')
    .option('--follow', 'print events until the run ends, and exit with its outcome')
    .addHelpText('after', example('run resume sft-rl --wait'))
    .action((reference: string, flags: StartFlags) => resume(reference, flags, context));

  command('promote <run>', 'Append one rollout to a dataset as a trace with its origin.')
    .requiredOption('--rollout <step/group/index>', 'which rollout', readAddress)
    .requiredOption('--to <file>', 'dataset (.jsonl) to append to')
    .addHelpText('after', example('run promote sft-rl --rollout 1/0/0 --to promoted.jsonl'))
    .action((reference: string, flags: Common & { rollout: RolloutAddress; to: string }) =>
      promote(reference, flags, context),
    );
}

function readAddress(text: string): RolloutAddress {
  const match = /^(\d+)\/(\d+)\/(\d+)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write STEP/GROUP/INDEX, for example 12/0/3.');
  const [step = 0, group = 0, index = 0] = match.slice(1).map(Number);
  return { step, group, index };
}

async function check(spec: string, flags: StartFlags, context: CliContext): Promise<void> {
  const line = progressLine();
  const told = new Set<Finding>();
  const tell = (findings: readonly Finding[]) => {
    line.end();
    for (const finding of findings) {
      if (told.has(finding)) continue;
      told.add(finding);
      if (flags.json) record(finding);
      else print(findingText(finding));
    }
    return true;
  };
  const options = { known: tell, seeRows: lintRows, ...(flags.set ? { set: flags.set } : {}) };
  const findings = await checkRun(spec, runHost(context, flags, line.show), context.signal, options).finally(
    line.end,
  );
  tell(findings);
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  note(`${many(count('error'), 'error')}, ${many(count('warning'), 'warning')}`);
  if (count('error') > 0) process.exitCode = exit.problems;
}

const lintRows = (dataset: string): string => `See them with: coldstart dataset lint ${dataset}`;

function findingText({ severity, code, message, fix, line, column }: Finding): string {
  const colours = { error: 'red', warning: 'yellow', info: 'dim' } as const;
  const place = line === undefined ? '' : ` (line ${line}, column ${column})`;
  return `${paint(severity, colours[severity])} ${code}: ${message}${place}${fix ? `\n  ${fix}` : ''}`;
}

/** The check before a start: warnings and errors are told on stderr, an error keeps the run from starting. */
async function checkFirst(
  spec: string,
  flags: StartFlags,
  host: RunHost,
  context: CliContext,
): Promise<void> {
  const options = {
    known: (found: readonly Finding[]) => !hasErrors(found),
    seeRows: lintRows,
    ...(flags.set ? { set: flags.set } : {}),
    ...(flags.name === undefined ? {} : { name: flags.name }),
  };
  const findings = await checkRun(spec, host, context.signal, options);
  for (const finding of findings) if (finding.severity !== 'info') note(findingText(finding));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (errors === 0) return;
  throw new AppError(
    'spec-invalid',
    `Nothing was started: the check of ${spec} found ${many(errors, 'error')}.`,
    'Correct what it names, then start again.',
  );
}

async function start(spec: string, flags: StartFlags, context: CliContext): Promise<void> {
  const line = progressLine();
  const host = runHost(context, flags, line.show);
  const starting = startRun(
    spec,
    {
      host,
      // Whoever types the command trusts the folder; trust is a question of editors.
      trusted: true,
      force: flags.force === true,
      ...(flags.check === false
        ? {}
        : { check: () => checkFirst(spec, flags, host, context).finally(line.end) }),
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.set ? { set: flags.set } : {}),
    },
    context.signal,
  ).finally(line.end);
  const { run, folder } = await unlessInterrupted(starting, context.signal, 'Nothing was started.');
  await report(run, folder, flags, context);
}

/**
 * The record of a started run: at once, before its events, or after it ended when `--wait` asks for its outcome; who
 * waits reads on stderr what it is called meanwhile.
 */
async function report(run: string, folder: string, flags: StartFlags, context: CliContext): Promise<void> {
  if (!flags.json) print(`${run}  ${folder}`);
  else if (flags.wait && !flags.follow) note(`${run}  ${folder}`);
  if (flags.json && (flags.follow || !flags.wait))
    record({ run, folder, state: (await readStatus(folder)).kind });
  if (!flags.wait && !flags.follow) {
    if (!flags.json) note(`Watch it with: coldstart run tail ${run}`);
    return;
  }
  if (flags.follow) await tailRun(folder, 0, flags.json === true, context);
  const goesOn = `The run goes on. Stop it with: coldstart run stop ${run}`;
  const view = await waitForRun(folder, context, goesOn);
  if (flags.json && !flags.follow)
    record({ run, folder, state: view?.status.kind ?? (await readStatus(folder)).kind });
  if (!view) process.exitCode = exit.interrupted;
  else {
    const specPath = await readRunRecord(folder).then(
      ({ spec_path }) => spec_path,
      () => null,
    );
    process.exitCode = reportOutcome(view, specPath);
  }
}

async function list(flags: Common, context: CliContext): Promise<void> {
  const { runsFolder } = runHost(context, flags).settings;
  const runs = await listRuns(runsFolder, (folder, error) =>
    note(`Left out: ${folder}. ${error instanceof AppError ? error.message : String(error)}`),
  );
  if (flags.json) {
    for (const run of runs) record(listingRecord(run));
    return;
  }
  const rows = runs.map((run) => [
    run.id,
    run.name,
    `${run.step}${run.maxSteps === null ? '' : `/${run.maxSteps}`}`,
    run.headline ? `${run.headline.metric} ${short(run.headline.value)}` : '',
    statusText(run.status).slice(0, 80),
  ]);
  if (rows.length > 0) print(table(rows, [2]));
  else note(`No runs in ${runsFolder}.`);
}

async function show(reference: string, flags: Common, context: CliContext): Promise<void> {
  const folder = await findRun(runHost(context, flags).settings.runsFolder, reference);
  const source = await RunSource.open(folder, context, context.signal);
  try {
    const view = source.view();
    const metrics = Object.fromEntries(view.metrics.map((name) => [name, latest(source, name) ?? null]));
    if (flags.json) {
      record(viewRecord(view, metrics));
      return;
    }
    const rows: string[][] = [
      ['run', view.id],
      ['name', view.name],
      ['state', statusText(view.status)],
      ['step', `${view.step}${view.maxSteps === null ? '' : ` of ${view.maxSteps}`}`],
      ['model', view.model],
      ['dataset', `${view.dataset.path} (${many(view.dataset.traces, 'trace')})`],
      ['device', view.device],
      ['elapsed', view.elapsedSeconds === null ? '–' : duration(view.elapsedSeconds)],
      ...(view.etaSeconds === null ? [] : [['left', duration(view.etaSeconds)]]),
      ...view.checkpoints.map(({ step, kind, path }) => [`checkpoint ${step}`, `${kind}  ${path}`]),
      ...Object.entries(metrics).map(([name, value]) => [name, short(value)]),
      ...view.findings.map(({ code, detail }) => [code, detail]),
      ['folder', view.folder],
    ];
    print(table(rows));
    if (view.status.kind === 'failed')
      print(`\n${view.status.error.traceback}\n${view.status.error.hint}`.trimEnd());
  } finally {
    await source.dispose();
  }
}

async function stop(
  reference: string,
  flags: Common & { discard?: boolean; wait: boolean },
  context: CliContext,
): Promise<void> {
  const folder = await findRun(runHost(context, flags).settings.runsFolder, reference);
  const { run } = await readRunRecord(folder);
  await stopRun(folder, { save: !flags.discard });
  note(
    flags.discard ? 'Asked to stop at the next step.' : 'Asked to stop at the next step, with a checkpoint.',
  );
  const goesOn = `The stop stays asked for. See how far it is with: coldstart run show ${run}`;
  const view = flags.wait ? await waitForRun(folder, context, goesOn) : null;
  const state = view?.status ?? (await readStatus(folder));
  if (flags.json)
    record({
      run,
      folder,
      state: state.kind,
      ...('resumable' in state ? { resumable: state.resumable } : {}),
      ...(view ? { step: view.step } : {}),
    });
  else print(`${run}  ${statusText(state)}`);
  if (flags.wait && !view) process.exitCode = exit.interrupted;
  else if (!isActive(state) && state.kind !== 'stopped' && state.kind !== 'completed')
    process.exitCode = exit.problems;
}

async function resume(reference: string, flags: StartFlags, context: CliContext): Promise<void> {
  const host = runHost(context, flags);
  const folder = await findRun(host.settings.runsFolder, reference);
  const { run } = await readRunRecord(folder);
  await resumeRun(folder, { host, trusted: true }, context.signal);
  await report(run, folder, flags, context);
}

async function promote(
  reference: string,
  flags: Common & { rollout: RolloutAddress; to: string },
  context: CliContext,
): Promise<void> {
  const folder = await findRun(runHost(context, flags).settings.runsFolder, reference);
  const done = await promoteRollout({ folder, rollout: flags.rollout, to: flags.to }, context.signal);
  if (flags.json) record(done);
  else print(`${done.dataset}, line ${done.line}`);
}

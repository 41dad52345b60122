import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { AppError } from '../core/errors.ts';
import { createEnvironment } from '../services/environment/create-environment.ts';
import { checkEnvironment, interpreterOf, listEnvironments } from '../services/environment/environments.ts';
import type { EnvironmentData } from '../services/run/views.ts';
import type { CliContext } from './context.ts';
import { exit, note, print, progressLine, record, table, unlessInterrupted } from './output.ts';
import { runHost } from './run-host.ts';

interface Flags {
  readonly json?: boolean;
  readonly python?: string;
  readonly dir?: string;
  readonly device?: 'auto' | 'cpu' | 'cuda';
  readonly force?: boolean;
}

/** `coldstart env …`: create, check and list trainer environments. */
export function registerEnvironmentCommands(program: Command, context: CliContext): void {
  const env = program
    .command('env')
    .description('Python environments of trainers.')
    .addHelpText('after', '\nExample:\n  $ coldstart env list');
  const json = (command: Command) => command.option('--json', 'one JSON record per line on stdout');

  json(env.command('create <trainer>'))
    .description('Create the environment of a trainer (trl) from pinned packages.')
    .option('--python <path>', 'Python 3.10 to 3.12 to build on (default: found on the PATH)')
    .option('--dir <dir>', 'folder of the environment')
    .addOption(
      new Option('--device <kind>', 'build of torch').choices(['auto', 'cpu', 'cuda']).default('auto'),
    )
    .option('--force', 'make an environment that is there already anew')
    .addHelpText('after', '\nExample:\n  $ coldstart env create trl')
    .action((trainer: string, flags: Flags) => create(trainer, flags, context));

  json(env.command('check <trainer>'))
    .description('Packages, versions and device of an environment.')
    .option('--python <path>', 'an interpreter of your own')
    .addHelpText('after', '\nExample:\n  $ coldstart env check trl')
    .action(async (trainer: string, flags: Flags) => {
      requireTrl(trainer);
      const settings = context.settings();
      let python = flags.python ?? settings.interpreters[trainer] ?? '';
      const check = async () => {
        python = flags.python ?? (await interpreterOf(trainer, settings));
        return checkEnvironment(python, context.assets, context.signal);
      };
      const found = await check().catch((error: unknown) => {
        if (flags.json && error instanceof AppError && error.code !== 'cancelled')
          record(unusable(trainer, python, error));
        throw error;
      });
      show(found, flags);
      if (!found.ready) process.exitCode = exit.problems;
    });

  json(env.command('list'))
    .description('Environments that exist or are chosen.')
    .addHelpText('after', '\nExample:\n  $ coldstart env list')
    .action(async (flags: Flags) => {
      const found = await listEnvironments(runHost(context, {}), context.signal);
      for (const one of found) show(one, flags);
      if (found.length === 0) note('No environment yet. Create one with: coldstart env create trl');
    });
}

/** The record of an interpreter that does not answer, the same as in a list. */
function unusable(trainer: string, python: string, { message, hint }: AppError): EnvironmentData {
  const advice = `${message} ${hint}`;
  return { trainer, python, ready: false, versions: {}, device: '', missing: [], advice };
}

function requireTrl(trainer: string): asserts trainer is 'trl' {
  if (trainer === 'trl') return;
  throw new AppError(
    'request-invalid',
    `There is no trainer "${trainer}".`,
    'The trainer of this version is trl.',
  );
}

async function create(trainer: string, flags: Flags, context: CliContext): Promise<void> {
  requireTrl(trainer);
  const line = progressLine();
  const creating = createEnvironment(
    {
      host: runHost(context, {}, line.show),
      trainer,
      device: flags.device ?? 'auto',
      force: flags.force ?? false,
      ...(flags.python === undefined ? {} : { python: flags.python }),
      ...(flags.dir === undefined ? {} : { folder: resolve(context.cwd, flags.dir) }),
    },
    context.signal,
  ).finally(line.end);
  const kept = 'What was installed so far is kept; the same command goes on from there.';
  const { environment: found, was } = await unlessInterrupted(creating, context.signal, kept);
  show(found, flags);
  if (was === 'there')
    note('It was there already and was left as it is. Make it anew, on any Python, with --force.');
  if (flags.dir !== undefined) note(`Runs use it with: export COLDSTART_PYTHON=${found.python}`);
}

function show(environment: EnvironmentData, flags: Flags): void {
  if (flags.json) {
    record(environment);
    return;
  }
  const rows = [
    ['trainer', environment.trainer],
    ['python', environment.python],
    ['state', environment.ready ? 'ready' : 'not ready'],
    ['device', environment.device],
    ...Object.entries(environment.versions).map(([name, version]) => [
      name === 'python' ? 'python version' : name,
      version,
    ]),
    ...(environment.missing.length > 0 ? [['missing', environment.missing.join(', ')]] : []),
    ...(environment.advice ? [['advice', environment.advice]] : []),
  ];
  print(table(rows));
}

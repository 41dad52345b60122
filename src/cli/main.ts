import { Command, CommanderError } from 'commander';
import { productVersion } from '../core/version.ts';
import { createCliContext } from './context.ts';
import { registerDatasetCommands } from './dataset-commands.ts';
import { registerDemoCommand } from './demo-command.ts';
import { registerEnvironmentCommands } from './env-commands.ts';
import { registerEvalCommands } from './eval-commands.ts';
import { exit, note, reader, reportFailure } from './output.ts';
import { registerRunCommands } from './run-commands.ts';

/** `coldstart NOUN VERB …`: the same use cases as the extension, without VS Code. */
async function main(): Promise<void> {
  quietPipes();
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  const context = createCliContext(interrupt.signal);
  const program = new Command('coldstart')
    .description('Curate reasoning traces, train SFT and GRPO, read the rollouts.')
    .version(productVersion)
    .addHelpText('after', '\nExample:\n  $ coldstart dataset info traces.jsonl')
    .showHelpAfterError('(add --help for the options)')
    .exitOverride();
  registerDatasetCommands(program, context);
  registerEnvironmentCommands(program, context);
  registerRunCommands(program, context);
  registerEvalCommands(program, context);
  registerDemoCommand(program, context);
  for (const command of all(program)) command.exitOverride();
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = failure(error);
  }
}

function failure(error: unknown): number {
  if (!(error instanceof CommanderError)) return reportFailure(error);
  return error.exitCode === 0 ? exit.fine : exit.usage;
}

function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)];
}

/** A reader that went away (`| head`) ends the command quietly, unless it has work to finish. */
function quietPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') {
        if (stream === process.stdout) note(`Could not write the output: ${error.message}`);
        process.exit(exit.internal);
      }
      if (reader.isNeeded) process.exit(exit.fine);
      if (stream === process.stdout) reader.isGone = true;
    });
  }
}

void main();

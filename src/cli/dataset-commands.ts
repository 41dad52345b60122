import { type Command, Option } from 'commander';
import { exportShapes } from '../core/dataset/export-shapes.ts';
import { lensInfos } from '../core/trace/lens.ts';
import type { CliContext } from './context.ts';
import { type DecideFlags, decideRows } from './dataset-decide.ts';
import { type ExportFlags, exportRows } from './dataset-export.ts';
import { addDatasetFlags, type DatasetFlags } from './dataset-flags.ts';
import { type InfoFlags, showInfo } from './dataset-info.ts';
import { lintRows } from './dataset-lint.ts';
import { filterRows, type ShowFlags, showRows } from './dataset-show.ts';
import { verifyRows } from './dataset-verify.ts';
import { positiveNumber } from './numbers.ts';
import { print, record, table } from './output.ts';

const example = (text: string) => `\nExample:\n  $ coldstart dataset ${text}`;

/** `coldstart dataset …`: info, show, filter, verify, lint, decide, export, shapes. */
export function registerDatasetCommands(program: Command, context: CliContext): void {
  const dataset = program
    .command('dataset')
    .description('Look at, filter, check, decide and export datasets.')
    .addHelpText('after', example('info traces.jsonl'));
  const command = (usage: string, description: string) => dataset.command(usage).description(description);

  addDatasetFlags(
    command('info <file>', 'Shape, rows, fields, problems, verdicts and decisions of a dataset.'),
  )
    .option('--no-images', 'leave image files alone')
    .addHelpText('after', example('info traces.jsonl'))
    .action((file: string, flags: InfoFlags) => showInfo(file, flags, context));

  addDatasetFlags(command('show <file>', 'Rows as the product sees them.'))
    .option('--raw', 'the bytes of each row instead')
    .addHelpText('after', example('show traces.jsonl --rows 0:3'))
    .action((file: string, flags: ShowFlags) => showRows(file, flags, context));

  addDatasetFlags(command('filter <file> <expr>', 'Rows that a filter matches.'))
    .option('--count', 'only how many')
    .option('--raw', 'the bytes of each row instead')
    .addHelpText('after', example(`filter traces.jsonl 'verdict:correct and words(reasoning)>20' --count`))
    .action((file: string, expression: string, flags: ShowFlags) =>
      filterRows(file, expression, flags, context),
    );

  addDatasetFlags(command('verify <file>', 'Grade every completion against its ground truth.'))
    .addHelpText('after', example('verify traces.jsonl'))
    .action((file: string, flags: DatasetFlags) => verifyRows(file, flags, context));

  addDatasetFlags(command('lint <file>', 'Problems of rows and their images, nothing else.'))
    .addHelpText('after', example('lint problems.jsonl'))
    .action((file: string, flags: DatasetFlags) => lintRows(file, flags, context));

  addDatasetFlags(
    command('decide <file>', 'Keep, drop or flag the chosen rows; the dataset itself stays as it is.'),
  )
    .option('--keep', 'keep them')
    .option('--drop', 'drop them')
    .option('--flag', 'flag them')
    .option('--clear', 'take decisions back')
    .option('--label <name>', 'a label to go with the decision')
    .option('--note <text>', 'a note to go with the decision')
    .addHelpText('after', example('decide traces.jsonl --keep --filter verdict:correct'))
    .action((file: string, flags: DecideFlags) => decideRows(file, flags, context));

  addDatasetFlags(command('export <file>', 'A new dataset of the chosen rows, with a manifest beside it.'))
    .requiredOption('--to <out>', 'the new file (.jsonl)')
    .addOption(
      new Option('--as <shape>', 'its shape')
        .choices(exportShapes.map(({ name }) => name))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--images <how>',
        'refer to the images, copy them beside the new file, or put them into its rows',
      )
        .choices(['relative', 'copy', 'embed'])
        .default('relative'),
    )
    .option('--limit <n>', 'at most this many rows', positiveNumber)
    .option('--force', 'overwrite an existing file')
    .addHelpText('after', example('export test.jsonl --to test-grpo.jsonl --as trl-grpo --images copy'))
    .action((file: string, flags: ExportFlags) => exportRows(file, flags, context));

  command('shapes', 'Shapes of datasets that are recognised, and those that can be written.')
    .option('--json', 'one JSON record per line on stdout')
    .addHelpText('after', example('shapes'))
    .action((flags: { json?: boolean }) => listShapes(flags.json === true));
}

function listShapes(asJson: boolean): void {
  const written = new Set(exportShapes.map(({ name }) => name));
  const shapes = lensInfos.map(({ name, title, note }) => ({ name, title, note, export: written.has(name) }));
  if (asJson) {
    for (const shape of shapes) record(shape);
    return;
  }
  const rows = shapes.map((shape) => [shape.name, shape.title, shape.export ? 'read, write' : 'read']);
  print(table([['shape', 'title', ''], ...rows]));
}

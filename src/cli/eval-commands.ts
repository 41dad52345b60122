import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { AppError } from '../core/errors.ts';
import { many } from '../core/text/plural.ts';
import { type FieldMap, lensNames } from '../core/trace/lens.ts';
import { type EvaluateRequest, evaluateModel } from '../services/run/evaluate.ts';
import { evaluateAndKeep } from '../services/run/evaluations.ts';
import type { Accuracy } from '../services/run/grade-completions.ts';
import type { CliContext } from './context.ts';
import { datasetInput, imageFolders, readExtraction, readMap, readRows } from './dataset-flags.ts';
import { numberFromZero, positiveNumber, wholeNumber } from './numbers.ts';
import { note, print, progressLine, record, table, unlessInterrupted } from './output.ts';
import { runHost } from './run-host.ts';

interface Flags
  extends Omit<EvaluateRequest, 'host' | 'trusted' | 'imageRoots' | 'map' | 'system' | 'template'> {
  readonly json?: boolean;
  readonly runs?: string;
  readonly map?: FieldMap;
  readonly imageRoot?: string[];
}

/** `coldstart eval`: accuracy of a model on a dataset, with Wilson 95 % intervals. */
export function registerEvalCommands(program: Command, context: CliContext): void {
  program
    .command('eval')
    .description(
      'Accuracy of a model on held-out rows, with 95 % intervals; that of a run shows in its dashboard.',
    )
    .requiredOption('--model <model>', 'folder, Hugging Face id, or run:NAME[@STEP]')
    .requiredOption('--dataset <file>', 'dataset with ground truths; - for stdin')
    .option('--rows <rows>', 'all, kept, dropped, flagged, undecided or A:B', readRows)
    .option('--filter <expr>', 'filter expression, as in the trace editor')
    .option('--limit <n>', 'at most this many rows', positiveNumber)
    .addOption(
      new Option('--shape <name>', 'dataset shape (default: recognised)').choices(['auto', ...lensNames]),
    )
    .option('--map <fields>', 'fields by hand: prompt=F,images=F,completion=F,ground_truth=F,id=F', readMap)
    .option('--image-root <dir>', 'one more folder of images', (dir: string, all: string[] = []) => [
      ...all,
      dir,
    ])
    .option('--samples <k>', 'completions of each row (default: 1, greedy)', positiveNumber)
    .option('--temperature <t>', 'sampling temperature', numberFromZero)
    .option('--max-completion-length <n>', 'tokens of one completion', positiveNumber)
    .option('--batch-size <n>', 'completions at once', positiveNumber)
    .addOption(new Option('--device <kind>', 'device').choices(['auto', 'cpu', 'cuda', 'mps']))
    .option('--threads <n>', 'CPU threads of torch', positiveNumber)
    .option('--seed <n>', 'seed of sampling', wholeNumber)
    .option(
      '--extraction <rule>',
      'boxed, answer_tag, hashes, the_answer_is or regex:PATTERN',
      readExtraction,
    )
    .option('--out <file>', 'per-row records')
    .option('--force', 'replace --out')
    .option('--runs <dir>', 'folder of run folders (default: .coldstart/runs)')
    .option('--json', 'one JSON record on stdout')
    .addHelpText('after', '\nExample:\n  $ coldstart eval --model run:sft-only --dataset test.jsonl')
    .action((flags: Flags) => evaluate(flags, context));
}

async function evaluate(flags: Flags, context: CliContext): Promise<void> {
  if (flags.out === '-')
    throw new AppError(
      'request-invalid',
      'Records of rows go to a file, not to a pipe.',
      'Name one with --out.',
    );
  const input = await datasetInput(flags.dataset, context);
  const line = progressLine();
  const { json, runs, imageRoot = [], out, dataset, ...given } = flags;
  const roots = [...input.imageRoots, ...(await imageFolders(imageRoot, context))];
  const request: EvaluateRequest = {
    ...given,
    host: runHost(context, { runs }, line.show),
    trusted: true,
    dataset: input.path,
    imageRoots: roots,
    ...(out === undefined ? {} : { out: resolve(context.cwd, out) }),
  };
  // Rows that pass once are no set that a dashboard could name.
  const passOnce = input.imageRoots.length > 0;
  const evaluate = async () =>
    passOnce
      ? { record: await evaluateModel(request, context.signal), kept: null }
      : evaluateAndKeep(request, context.signal);
  const { record: found, kept } = await unlessInterrupted(
    evaluate().finally(line.end),
    context.signal,
    'Nothing was written: an evaluation counts when all its rows are done.',
  );
  if (kept !== null) note(`Kept for the Evaluation tab of runs: ${kept}`);
  if (json) {
    record(passOnce ? { ...found, dataset } : found);
    return;
  }
  const row = (name: string, part: Accuracy) => [
    name,
    `${part.n}`,
    `${(100 * part.accuracy).toFixed(1)} %`,
    `[${(100 * part.low).toFixed(1)}, ${(100 * part.high).toFixed(1)}]`,
  ];
  const parts = Object.entries(found.by).map(([name, part]) => row(name, part));
  print(table([['', 'rows', 'accuracy', '95 %'], row(found.model, found), ...parts], [1, 2, 3]));
  note(
    `${found.unparsed} unparsed, ${found.truncated} truncated of ${many(found.n * found.samples, 'completion')}`,
  );
}

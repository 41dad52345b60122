import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type EvaluateRequest, evaluateModel } from '../services/run/evaluate.ts';
import type { Accuracy } from '../services/run/grade-completions.ts';
import type { CliContext } from './context.ts';
import { note, print, progressLine, record, table } from './output.ts';
import { runHost } from './run-host.ts';

interface Flags
  extends Omit<EvaluateRequest, 'host' | 'trusted' | 'imageRoots' | 'map' | 'system' | 'template'> {
  readonly json?: boolean;
  readonly runs?: string;
  readonly map?: Record<string, string>;
  readonly imageRoot?: string[];
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Give a number.');
  return value;
}

const mapped = ['prompt', 'images', 'completion', 'ground_truth', 'id'];

function fieldMap(text: string): Record<string, string> {
  const entries = text.split(',').map((pair) => pair.split('=', 2) as [string, string | undefined]);
  for (const [key, field] of entries)
    if (!mapped.includes(key) || !field) throw new InvalidArgumentError(`Write ${mapped.join('=F,')}=F.`);
  return Object.fromEntries(entries.map(([key, field]) => [key, field ?? '']));
}

/** `coldstart eval`: accuracy of a model on a dataset, with Wilson 95 % intervals. */
export function registerEvalCommands(program: Command, context: CliContext): void {
  program
    .command('eval')
    .description('Accuracy of a model on held-out rows, with 95 % intervals.')
    .requiredOption('--model <model>', 'folder, Hugging Face id, or run:NAME[@STEP]')
    .requiredOption('--dataset <file>', 'dataset with ground truths')
    .option('--rows <rows>', 'all, kept, dropped, flagged, undecided or A:B')
    .option('--filter <expr>', 'filter expression, as in the trace editor')
    .option('--limit <n>', 'at most this many rows', whole)
    .option('--shape <name>', 'dataset shape (default: recognised)')
    .option('--map <fields>', 'fields by hand: prompt=F,images=F,completion=F,ground_truth=F,id=F', fieldMap)
    .option('--image-root <dir>', 'one more folder of images', (dir: string, all: string[] = []) => [
      ...all,
      dir,
    ])
    .option('--samples <k>', 'completions of each row (default: 1, greedy)', whole)
    .option('--temperature <t>', 'sampling temperature', number)
    .option('--max-completion-length <n>', 'tokens of one completion', whole)
    .option('--batch-size <n>', 'completions at once', whole)
    .addOption(new Option('--device <kind>', 'device').choices(['auto', 'cpu', 'cuda', 'mps']))
    .option('--threads <n>', 'CPU threads of torch', whole)
    .option('--seed <n>', 'seed of sampling', whole)
    .option('--extraction <rule>', 'boxed, answer_tag, hashes, the_answer_is or regex:PATTERN')
    .option('--out <file>', 'per-row records')
    .option('--force', 'replace --out')
    .option('--runs <dir>', 'folder of run folders (default: .coldstart/runs)')
    .option('--json', 'one JSON record on stdout')
    .addHelpText('after', '\nExample:\n  $ coldstart eval --model run:sft --dataset heldout.jsonl')
    .action((flags: Flags) => evaluate(flags, context));
}

async function evaluate(flags: Flags, context: CliContext): Promise<void> {
  const line = progressLine();
  const { json, runs, imageRoot, out, dataset, ...given } = flags;
  const found = await evaluateModel(
    {
      ...given,
      host: runHost(context, { runs }, line.show),
      trusted: true,
      dataset: resolve(context.cwd, dataset),
      ...(imageRoot ? { imageRoots: imageRoot.map((root) => resolve(context.cwd, root)) } : {}),
      ...(out === undefined ? {} : { out: resolve(context.cwd, out) }),
    },
    context.signal,
  ).finally(line.end);
  if (json) {
    record(found);
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
  note(`${found.unparsed} unparsed, ${found.truncated} truncated of ${found.n * found.samples} completions`);
}

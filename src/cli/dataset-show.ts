import { many } from '../core/text/plural.ts';
import type { OpenSelection, SelectedRow } from '../services/dataset/select.ts';
import type { CliContext } from './context.ts';
import { type DatasetFlags, drained, withSelection } from './dataset-flags.ts';
import { traceRecord } from './dataset-records.ts';
import { printRow, printTrace } from './dataset-text.ts';
import { exit, note, print, record } from './output.ts';

export interface ShowFlags extends DatasetFlags {
  readonly raw?: boolean;
  readonly count?: boolean;
}

/** `dataset show`: every chosen row as the product sees it; broken ones with their problems, blank lines never. */
export async function showRows(file: string, flags: ShowFlags, context: CliContext): Promise<void> {
  await withSelection(file, flags, context, async (selection) => {
    let shown = 0;
    for await (const row of selection.rows(context.signal)) {
      shown++;
      if (flags.raw) printRaw(row);
      else {
        const trace = await traceRecord(row, selection);
        if (flags.json) record(trace);
        else printTrace(trace);
      }
      await drained();
    }
    note(`${many(shown, 'row')}.`);
  });
}

/** `dataset filter`: the rows that match, out of those that `--rows` chooses. */
export async function filterRows(
  file: string,
  expression: string,
  flags: ShowFlags,
  context: CliContext,
): Promise<void> {
  const both = [expression, flags.filter ?? ''].map((text) => text.trim()).filter(Boolean);
  const chosen = both.length > 1 ? both.map((text) => `(${text})`).join(' and ') : (both[0] ?? '');
  const matching = async (selection: OpenSelection) => {
    let count = 0;
    for await (const row of selection.rows(context.signal)) {
      count++;
      if (flags.count) continue;
      if (flags.raw) printRaw(row);
      else {
        const trace = await traceRecord(row, selection);
        if (flags.json) record(trace);
        else printRow(trace);
      }
      await drained();
    }
    return { count, of: selection.seen };
  };
  const found = await withSelection(file, flags, context, matching, chosen);
  const text = `${found.count.toLocaleString('en')} of ${many(found.of, 'row')}`;
  if (!flags.count) note(`${text}.`);
  else if (flags.json) record(found);
  else print(text);
}

/** The bytes of the row as they are in the file, with its line end. */
function printRaw({ bytes, line, lineEnd }: SelectedRow): void {
  if (bytes === null) {
    note(`Line ${line} is too long to be printed.`);
    process.exitCode = exit.problems;
    return;
  }
  process.stdout.write(Buffer.concat([bytes, Buffer.from(lineEnd)]));
}

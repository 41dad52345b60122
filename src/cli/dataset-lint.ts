import { createHash } from 'node:crypto';
import { OccurrenceCounter } from '../core/dataset/row-codes.ts';
import { many } from '../core/text/plural.ts';
import type { RowProblem } from '../core/trace/trace.ts';
import { problemsOf } from '../services/dataset/row-view.ts';
import type { SelectedRow } from '../services/dataset/select.ts';
import type { CliContext } from './context.ts';
import { type DatasetFlags, drained, withSelection } from './dataset-flags.ts';
import { imageRecords } from './dataset-records.ts';
import { plain } from './dataset-text.ts';
import { exit, note, paint, print, record } from './output.ts';

const colours = { error: 'red', warning: 'yellow', info: 'dim' } as const;

/** `dataset lint`: problems only; errors and warnings make the exit code 1, remarks do not. */
export async function lintRows(file: string, flags: DatasetFlags, context: CliContext): Promise<void> {
  await withSelection(file, flags, context, async (selection) => {
    const ids = new SeenIds();
    const counts = { error: 0, warning: 0, info: 0 };
    for await (const selected of selection.rows(context.signal)) {
      const { images: _, problems } = await imageRecords(selected, selection.folders);
      const repeated = ids.problem(selected);
      const found = [...problemsOf(selected.row), ...problems, ...(repeated ? [repeated] : [])];
      for (const problem of found) {
        counts[problem.severity]++;
        if (flags.json) record(lintRecord(selected, problem));
        else printProblem(selected, problem);
      }
      if (found.length > 0) await drained();
    }
    const { error, warning, info } = counts;
    const parts = [many(error, 'error'), many(warning, 'warning'), many(info, 'remark')];
    note(`${parts.join(', ')} in ${many(selection.seen, 'row')}.`);
    if (error + warning > 0) process.exitCode = exit.problems;
  });
}

const idOf = ({ row }: SelectedRow): string | null => (row.status === 'ok' ? row.trace.id : null);

function lintRecord(selected: SelectedRow, { code, severity, message, field, range }: RowProblem): object {
  return {
    index: selected.index,
    line: selected.line,
    id: idOf(selected),
    code,
    severity,
    message,
    ...(field === undefined ? {} : { field }),
    ...(range === undefined ? {} : { range }),
  };
}

function printProblem(selected: SelectedRow, { code, severity, message }: RowProblem): void {
  const place = [`line ${selected.line}`.padEnd(11), plain(idOf(selected) ?? '–', 24).padEnd(24)];
  print(
    [...place, paint(severity.padEnd(7), colours[severity]), `${code}: ${plain(message, 400)}`].join('  '),
  );
}

/** Ids among the rows looked at, as 64-bit hashes in 12 bytes a slot, so that a million of them stay small. */
class SeenIds {
  readonly #seen = new OccurrenceCounter(1024);

  problem({ row }: SelectedRow): RowProblem | null {
    if (row.status !== 'ok' || row.trace.id === row.trace.hash) return null;
    const hash = createHash('sha256').update(row.trace.id).digest();
    if (this.#seen.next(hash.readUInt32BE(0), hash.readUInt32BE(4)) === 0) return null;
    const message = `The id "${row.trace.id.slice(0, 80)}" is that of an earlier row.`;
    return { code: 'duplicate-id', severity: 'warning', message, field: 'id' };
  }
}

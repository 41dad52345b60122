import { many } from '../core/text/plural.ts';
import type { RowReader } from '../services/dataset/row-view.ts';
import type { SelectedRow } from '../services/dataset/select.ts';
import type { CliContext } from './context.ts';
import { type DatasetFlags, drained, withSelection } from './dataset-flags.ts';
import { type VerdictRecord, verdictRecord } from './dataset-records.ts';
import { plain } from './dataset-text.ts';
import { exit, note, paint, print, record } from './output.ts';

interface GradeRecord extends VerdictRecord {
  readonly index: number;
  readonly id: string | null;
  /** What the answer was compared with; null where there is none but the completion's own box. */
  readonly ground_truth: string | null;
}

const colours = { correct: 'green', incorrect: 'red', unparsed: 'yellow' } as const;

/** `dataset verify`: grades every chosen row; a row that cannot be read is the only failure. */
export async function verifyRows(file: string, flags: DatasetFlags, context: CliContext): Promise<void> {
  await withSelection(file, flags, context, async (selection) => {
    const counts = { correct: 0, incorrect: 0, unparsed: 0 };
    let ungraded = 0;
    let unreadable = 0;
    for await (const selected of selection.rows(context.signal)) {
      const graded = grade(selected, selection.reader);
      if (graded.state) counts[graded.state]++;
      else if (selected.row.status === 'broken') {
        unreadable++;
        note(`Line ${selected.line} cannot be read: ${plain(selected.row.problem.message)}`);
      } else ungraded++;
      if (flags.json) record(graded);
      else printGrade(graded);
      await drained();
    }
    const { correct, incorrect, unparsed } = counts;
    const said = (count: number) => count.toLocaleString('en');
    const total = correct + incorrect + unparsed;
    const share = total === 0 ? '' : ` (${((100 * correct) / total).toFixed(1)} %)`;
    const rest = [
      ...(ungraded > 0 ? [`${many(ungraded, 'row')} without a completion or a ground truth to compare`] : []),
      ...(unreadable > 0 ? [`${many(unreadable, 'row')} unreadable`] : []),
    ];
    note(
      [
        `${many(total, 'row')}: ${said(correct)} correct${share}, ${said(incorrect)} incorrect, ${said(unparsed)} unparsed`,
        ...rest,
      ].join('; '),
    );
    if (unreadable > 0) process.exitCode = exit.problems;
  });
}

function grade({ index, row }: SelectedRow, reader: RowReader): GradeRecord {
  if (row.status === 'broken')
    return { index, id: null, state: null, extracted: null, ground_truth: null, rule: 'row-unreadable' };
  const { trace } = row;
  const { state, extracted, rule } = verdictRecord(reader, trace);
  const truth = trace.groundTruth?.at == null ? null : trace.groundTruth.text;
  return { index, id: trace.id, state, extracted, ground_truth: truth, rule };
}

function printGrade({ index, id, state, extracted, ground_truth, rule }: GradeRecord): void {
  const word = (state ?? '–').padEnd(9);
  const cells = [
    String(index).padStart(7),
    plain(id ?? '–', 24).padEnd(24),
    state ? paint(word, colours[state]) : word,
    plain(extracted ?? '–', 24).padEnd(24),
    plain(ground_truth ?? '–', 24).padEnd(24),
    rule,
  ];
  print(cells.join('  '));
}

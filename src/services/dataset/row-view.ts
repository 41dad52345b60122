import { faultBits } from '../../core/dataset/row-codes.ts';
import type { Extraction } from '../../core/run/spec.ts';
import { type LensChoice, type RowPlace, readTrace } from '../../core/trace/lens.ts';
import type { Json, RowProblem, Trace } from '../../core/trace/trace.ts';
import { createGrader, type Grader, type Verdict, verdictOf } from '../../core/verify/verdict.ts';
import type { ReadRow } from './row-reading.ts';

/** A row and what the lens makes of it. */
export type ViewedRow =
  | { readonly status: 'ok'; readonly json: Json; readonly text: string; readonly trace: Trace }
  | Exclude<ReadRow, { status: 'ok' }>;

/** Rows through one lens and one extraction rule. */
export class RowReader {
  readonly #grade: Grader = createGrader(20_000);

  constructor(
    readonly lens: LensChoice,
    readonly extraction: Extraction,
  ) {}

  view(row: ReadRow, place: RowPlace): ViewedRow {
    if (row.status !== 'ok') return row;
    const { status, json, text } = row;
    const trace = readTrace(json, place, this.lens);
    if (row.problems.length === 0) return { status, json, text, trace };
    return { status, json, text, trace: { ...trace, problems: [...row.problems, ...trace.problems] } };
  }

  /** Null when there is no completion, or no ground truth but the box of the completion itself. */
  verdict(trace: Trace): Verdict | null {
    if (!trace.completion || !trace.groundTruth || trace.groundTruth.at === null) return null;
    return verdictOf(trace.completion.text, trace.groundTruth.text, this.extraction, this.#grade);
  }
}

/** Whether a problem is more than a remark. */
export function isFault({ severity }: RowProblem): boolean {
  return severity !== 'info';
}

/** The `faultBits` of a row that need no look at the disk. */
export function faultsOf(row: ViewedRow): number {
  const own = problemsOf(row).some(isFault) ? faultBits.own : 0;
  return row.status === 'ok' && row.trace.images.length > 0 ? own | faultBits.images : own;
}

/** What is wrong with a row: its own fault when it cannot be read, else what the lens found. */
export function problemsOf(row: ViewedRow): readonly RowProblem[] {
  if (row.status === 'ok') return row.trace.problems;
  return row.status === 'broken' ? [row.problem] : [];
}

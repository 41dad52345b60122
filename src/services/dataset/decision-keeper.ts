import { type DecisionLine, decisionCode, decisionOf } from '../../core/dataset/decisions.ts';
import type { Decision } from '../../core/trace/trace.ts';
import type { Log } from '../ports.ts';
import type { DecisionsFile } from './decisions-file.ts';
import type { RowIdentity, Survey } from './survey.ts';

/** A decision that was made on one row. */
interface Change {
  /** The row, -1 when the file does not have it any more. */
  index: number;
  /** Whose decision it was when the file was read anew; null for the file as it is. */
  row: RowIdentity | null;
  readonly before: Decision | null;
}

/** Decisions that are taken back together. */
export type Step = Change[];

/** Decisions on the rows of one open dataset: per row in the survey, for good in the decisions file. */
export class DecisionKeeper {
  readonly #history: Step[] = [];
  #isDisplaced = false;

  constructor(
    readonly file: DecisionsFile,
    private readonly survey: Survey,
    private readonly log: Log,
    private readonly changed: () => void,
  ) {}

  /**
   * Sets the decision of identified rows as one step that `undo` takes back, or as more of the newest step, which is
   * then given; null when none changed.
   */
  decide(indexes: Iterable<number>, decision: Decision | null, of: Step | null = null): Step | null {
    const ts = new Date().toISOString();
    const step = of ?? [];
    const lines: Omit<DecisionLine, 'version' | 'seq'>[] = [];
    for (const index of indexes) {
      const before = decisionOf(this.survey.decisions[index]);
      if (before === decision) continue;
      step.push({ index, row: null, before });
      lines.push(this.#line(index, decision, ts));
    }
    this.#append(lines);
    if (step.length === 0) return null;
    if (of === null) this.#history.push(step);
    return step;
  }

  /**
   * Takes back the newest step, at most `rows` decisions of it; `isOver` when nothing of it is left, `index` is the
   * first row of those taken back, null when the file does not have it any more.
   */
  undo(rows: number): { readonly index: number | null; readonly isOver: boolean } {
    this.#settle();
    const step = this.#history.at(-1);
    if (!step) return { index: null, isOver: true };
    const changes = step.splice(-rows);
    if (step.length === 0) this.#history.pop();
    const ts = new Date().toISOString();
    this.#append(
      changes.map(({ index, row, before }) =>
        row ? lineOf(row, before, ts) : this.#line(index, before, ts),
      ),
    );
    return { index: changes.find(({ row }) => row === null)?.index ?? null, isOver: step.length === 0 };
  }

  /** The file is about to be read anew: steps to take back are about rows, wherever these stand then. */
  displace(): void {
    this.#isDisplaced = this.#history.length > 0;
    for (const change of this.#history.flat())
      if (change.row === null) change.row = this.survey.identity(change.index);
  }

  /** True when a step to take back is of an earlier reading of the file. */
  get isDisplaced(): boolean {
    return this.#isDisplaced;
  }

  /** Finds the rows of earlier steps in the file as it is now; every row must be identified. */
  #settle(): void {
    if (!this.#isDisplaced) return;
    const waiting = this.#history
      .flat()
      .flatMap((change) => (change.row ? [{ change, row: change.row }] : []));
    const places = this.survey.find(new Set(waiting.map(({ row }) => row.hash)));
    for (const { change, row } of waiting) {
      const index = places.get(row.hash)?.[row.occurrence];
      change.index = index ?? -1;
      if (index !== undefined) change.row = null;
    }
    this.#isDisplaced = waiting.some(({ change }) => change.row !== null);
  }

  /**
   * After a save that gave rows new bytes: each row keeps its decision, also rows whose number among equal ones moved.
   * `before` holds the hashes that the edited rows had.
   */
  carry(before: ReadonlyMap<number, string>, after: ReadonlyMap<number, string>): void {
    this.#settle();
    const touched = new Set([...before.values(), ...after.values()]);
    const ts = new Date().toISOString();
    const lines: Omit<DecisionLine, 'version' | 'seq'>[] = [];
    for (const [hash, places] of this.survey.find(touched))
      for (const [occurrence, index] of places.entries()) {
        if (occurrence > 0) this.survey.repeats.set(index, occurrence);
        else this.survey.repeats.delete(index);
        const decision = decisionOf(this.survey.decisions[index]);
        if (this.file.fold.of(hash, occurrence) === decision) continue;
        const from = before.get(index);
        lines.push({
          ...lineOf({ hash, occurrence }, decision, ts),
          ...(from === undefined ? {} : { from }),
        });
      }
    this.#write(lines);
  }

  #line(index: number, decision: Decision | null, ts: string): Omit<DecisionLine, 'version' | 'seq'> {
    this.survey.decisions[index] = decisionCode(decision);
    return lineOf(this.survey.identity(index), decision, ts);
  }

  #append(lines: Omit<DecisionLine, 'version' | 'seq'>[]): void {
    this.#write(lines);
    this.changed();
  }

  #write(lines: Omit<DecisionLine, 'version' | 'seq'>[]): void {
    if (lines.length === 0) return;
    this.file.append(lines, (error) => {
      this.log.error(error instanceof Error ? error.message : String(error));
    });
  }
}

function lineOf(
  row: RowIdentity,
  decision: Decision | null,
  ts: string,
): Omit<DecisionLine, 'version' | 'seq'> {
  const { hash, occurrence } = row;
  return { hash, ...(occurrence > 0 ? { occurrence } : {}), decision: decision ?? 'clear', ts };
}

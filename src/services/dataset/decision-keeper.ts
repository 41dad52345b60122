import { type DecisionLine, decisionCode, decisionOf } from '../../core/dataset/decisions.ts';
import type { Decision } from '../../core/trace/trace.ts';
import type { Log } from '../ports.ts';
import type { DecisionsFile } from './decisions-file.ts';
import type { RowIdentity, Survey } from './survey.ts';

interface Change {
  /** The row, -1 when the file does not have it any more. */
  index: number;
  /** Whose decision it was when the file was read anew; null for the file as it is. */
  row: RowIdentity | null;
  readonly before: Decision | null;
}

/** Decisions on the rows of one open dataset: per row in the survey, for good in the decisions file. */
export class DecisionKeeper {
  #history: Change[][] = [];

  constructor(
    readonly file: DecisionsFile,
    private readonly survey: Survey,
    private readonly log: Log,
    private readonly changed: () => void,
  ) {}

  /** Sets the decision of identified rows as one step that `undo` takes back; returns how many changed. */
  decide(indexes: Iterable<number>, decision: Decision | null): number {
    const ts = new Date().toISOString();
    const changes: Change[] = [];
    const lines: Omit<DecisionLine, 'version' | 'seq'>[] = [];
    for (const index of indexes) {
      const before = decisionOf(this.survey.decisions[index]);
      if (before === decision) continue;
      changes.push({ index, row: null, before });
      lines.push(this.#line(index, decision, ts));
    }
    this.#append(lines);
    if (changes.length > 0) this.#history.push(changes);
    return changes.length;
  }

  /** Takes the last step back and says which row it was about (the first of them); null when there is none. */
  undo(): number | null {
    this.#settle();
    const changes = this.#history.pop();
    if (!changes) return null;
    const ts = new Date().toISOString();
    this.#append(
      changes.map(({ index, row, before }) =>
        row ? lineOf(row, before, ts) : this.#line(index, before, ts),
      ),
    );
    return changes.find(({ row }) => row === null)?.index ?? null;
  }

  /** The file is about to be read anew: steps to take back are about rows, wherever these stand then. */
  displace(): void {
    for (const change of this.#history.flat())
      if (change.row === null) change.row = this.survey.identity(change.index);
  }

  /** True when a step to take back is of an earlier reading of the file. */
  get isDisplaced(): boolean {
    return this.#history.some((changes) => changes.some(({ row }) => row !== null));
  }

  /** Finds the rows of earlier steps in the file as it is now; every row must be identified. */
  #settle(): void {
    const waiting = this.#history
      .flat()
      .flatMap((change) => (change.row ? [{ change, row: change.row }] : []));
    if (waiting.length === 0) return;
    const places = this.survey.find(new Set(waiting.map(({ row }) => row.hash)));
    for (const { change, row } of waiting) {
      const index = places.get(row.hash)?.[row.occurrence];
      change.index = index ?? -1;
      if (index !== undefined) change.row = null;
    }
  }

  /**
   * After a save that gave rows new bytes: each row keeps its decision, also rows whose number among equal ones moved.
   * `before` holds the hashes that the edited rows had.
   */
  carry(before: ReadonlyMap<number, string>, after: ReadonlyMap<number, string>): void {
    this.#settle();
    const touched = new Set([...before.values(), ...after.values()]);
    const seen = new Map<string, number>();
    const ts = new Date().toISOString();
    const lines: Omit<DecisionLine, 'version' | 'seq'>[] = [];
    for (let index = 0; index < this.survey.identified; index++) {
      const { hash } = this.survey.identity(index);
      if (!touched.has(hash)) continue;
      const occurrence = seen.get(hash) ?? 0;
      seen.set(hash, occurrence + 1);
      if (occurrence > 0) this.survey.repeats.set(index, occurrence);
      else this.survey.repeats.delete(index);
      const decision = decisionOf(this.survey.decisions[index]);
      if (this.file.fold.of(hash, occurrence) === decision) continue;
      const from = before.get(index);
      lines.push({ ...lineOf({ hash, occurrence }, decision, ts), ...(from === undefined ? {} : { from }) });
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

import { type DecisionLine, decisionCode, decisionOf } from '../../core/dataset/decisions.ts';
import type { Decision } from '../../core/trace/trace.ts';
import type { Log } from '../ports.ts';
import type { DecisionsFile } from './decisions-file.ts';
import type { RowIdentity, Survey } from './survey.ts';

interface Change {
  readonly index: number;
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
  decide(
    indexes: Iterable<number>,
    decision: Decision | null,
    extra: { label?: string; note?: string } = {},
  ): number {
    const ts = new Date().toISOString();
    const changes: Change[] = [];
    const lines: Omit<DecisionLine, 'version' | 'seq'>[] = [];
    const hasExtra = extra.label !== undefined || extra.note !== undefined;
    for (const index of indexes) {
      const before = decisionOf(this.survey.decisions[index]);
      if (before === decision && !hasExtra) continue;
      changes.push({ index, before });
      lines.push(this.#line(index, decision, ts, extra));
    }
    this.#append(lines);
    if (changes.length > 0) this.#history.push(changes);
    return changes.length;
  }

  /** Takes the last step back and says which row it was about (the first of them); null when there is none. */
  undo(): number | null {
    const changes = this.#history.pop();
    if (!changes) return null;
    const ts = new Date().toISOString();
    this.#append(changes.map(({ index, before }) => this.#line(index, before, ts, {})));
    return changes[0]?.index ?? null;
  }

  /**
   * After a save that gave rows new bytes: each row keeps its decision, also rows whose number among equal ones moved.
   * `before` holds the hashes that the edited rows had.
   */
  carry(before: ReadonlyMap<number, string>, after: ReadonlyMap<number, string>): void {
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

  #line(index: number, decision: Decision | null, ts: string, extra: { label?: string; note?: string }) {
    this.survey.decisions[index] = decisionCode(decision);
    return { ...lineOf(this.survey.identity(index), decision, ts), ...extra };
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

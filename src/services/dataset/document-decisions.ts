import { decisionOf } from '../../core/dataset/decisions.ts';
import { statusCodes } from '../../core/dataset/row-codes.ts';
import { AppError } from '../../core/errors.ts';
import type { Decision } from '../../core/trace/trace.ts';
import { orAborted } from '../cancelled.ts';
import type { DecisionKeeper, Step } from './decision-keeper.ts';
import type { DocumentRows } from './document-rows.ts';
import type { DocumentScans } from './document-scans.ts';
import type { DocumentSource } from './document-source.ts';
import type { Survey } from './survey.ts';
import { nextTurn, rowsATurn } from './turns.ts';
import type { DatasetView, RowChoices } from './views.ts';

export interface DecisionsHost {
  readonly keeper: DecisionKeeper;
  readonly source: DocumentSource;
  readonly survey: Survey;
  readonly scans: DocumentScans;
  readonly rows: DocumentRows;
}

/**
 * A person's decisions on one open dataset: each waits for those before it and for the rows that it is about, and is on
 * disk when it resolves.
 */
export class DocumentDecisions {
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly host: DecisionsHost) {}

  counts(): DatasetView['decisions'] {
    const { keeper, source, survey } = this.host;
    const isIdentified = survey.identified >= source.current.index.count;
    return isIdentified ? survey.decisionCounts() : keeper.file.fold.counts();
  }

  /** How many traces each way to choose rows gives, once all are known. */
  async choices(): Promise<RowChoices> {
    const { source, survey, scans } = this.host;
    await scans.identified();
    await scans.filter.done();
    const all = source.current.index.count;
    let keptMatched = 0;
    for (const index of scans.filter.rows(all))
      if (decisionOf(survey.decisions[index]) === 'keep') keptMatched++;
    return { all, kept: survey.decisionCounts().keep, matched: scans.filter.count(all), keptMatched };
  }

  /** `reading` is the one of the file that the row's index is of; refused when the file was read anew since. */
  async decide(index: number, decision: Decision | null, reading = this.host.source.reading): Promise<void> {
    const { keeper, rows, scans } = this.host;
    await scans.identified(rows.checked(index) + 1);
    await this.#inTurn(async () => {
      this.#checkReading(reading);
      keeper.decide([index], decision);
      await this.flush();
    });
  }

  /** The decisions in the filtered list that `decision` would replace, once all rows are known. */
  async replacedBy(decision: Decision | null): Promise<DatasetView['decisions']> {
    const { source, survey, scans } = this.host;
    await scans.filter.done();
    await scans.identified();
    const counts = { keep: 0, drop: 0, flag: 0 };
    for (const index of scans.filter.rows(source.current.index.count)) {
      const before = decisionOf(survey.decisions[index]);
      if (before !== null && before !== decision) counts[before]++;
    }
    return counts;
  }

  /** Decides every readable row of the filtered list as one step, or none of them; returns how many changed. */
  async decideFiltered(decision: Decision | null, signal?: AbortSignal): Promise<number> {
    const { source, scans } = this.host;
    const { reading } = source;
    await orAborted(Promise.all([scans.filter.done(), scans.identified()]), signal);
    const list = scans.filter.matches();
    return this.#inTurn(async () => {
      let step: Step | null = null;
      try {
        const rows = list?.length ?? source.current.index.count;
        for (let from = 0; from < rows; from += rowsATurn) {
          await nextTurn(signal);
          this.#checkReading(reading);
          const part = this.#readable(list, from, Math.min(from + rowsATurn, rows));
          step = this.host.keeper.decide(part, decision, step);
        }
      } catch (error) {
        if (step) await this.#takeBack();
        throw error;
      }
      await this.flush();
      return step?.length ?? 0;
    });
  }

  /** Takes the last step back and says which row it was about (the first of them); null when there is none. */
  undo(): Promise<number | null> {
    return this.#inTurn(() => this.#takeBack());
  }

  /** Resolves when all decisions so far are on disk. */
  flush(): Promise<void> {
    return this.host.keeper.file.flush();
  }

  async #takeBack(): Promise<number | null> {
    const { keeper, scans } = this.host;
    for (;;) {
      if (keeper.isDisplaced) await scans.identified();
      const { index, isOver } = keeper.undo(rowsATurn);
      await this.flush();
      if (isOver) return index;
      await nextTurn();
    }
  }

  /** Rows at `from`..`to` of a list, null for that of all rows, which hold a trace. */
  *#readable(list: Uint32Array | null, from: number, to: number): Iterable<number> {
    const { statuses } = this.host.survey;
    for (let at = from; at < to; at++) {
      const index = list ? (list[at] as number) : at;
      if (statuses[index] === statusCodes.ok) yield index;
    }
  }

  #checkReading(reading: number): void {
    if (reading !== this.host.source.reading)
      throw new AppError(
        'request-invalid',
        'The file has changed on disk.',
        'Look at the trace, then decide.',
      );
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

import { decisionOf } from '../../core/dataset/decisions.ts';
import { statusCodes } from '../../core/dataset/row-codes.ts';
import { AppError } from '../../core/errors.ts';
import type { Decision } from '../../core/trace/trace.ts';
import type { DecisionKeeper } from './decision-keeper.ts';
import type { DocumentRows } from './document-rows.ts';
import type { DocumentScans } from './document-scans.ts';
import type { DocumentSource } from './document-source.ts';
import type { Survey } from './survey.ts';
import type { DatasetView, RowChoices } from './views.ts';

export interface DecisionsHost {
  readonly keeper: DecisionKeeper;
  readonly source: DocumentSource;
  readonly survey: Survey;
  readonly scans: DocumentScans;
  readonly rows: DocumentRows;
}

/** A person's decisions on one open dataset: each waits for the rows that it is about, and is on disk when it resolves. */
export class DocumentDecisions {
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
    const { keeper, rows, scans, source } = this.host;
    await scans.identified(rows.checked(index) + 1);
    if (reading !== source.reading)
      throw new AppError(
        'request-invalid',
        'The file has changed on disk.',
        'Look at the trace, then decide.',
      );
    keeper.decide([index], decision);
    await this.flush();
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

  /** Decides every readable row of the filtered list as one step; returns how many changed. */
  async decideFiltered(decision: Decision | null): Promise<number> {
    const { keeper, source, survey, scans } = this.host;
    await scans.filter.done();
    await scans.identified();
    const { statuses } = survey;
    const readable = function* (rows: Iterable<number>): Iterable<number> {
      for (const index of rows) if (statuses[index] === statusCodes.ok) yield index;
    };
    const changed = keeper.decide(readable(scans.filter.rows(source.current.index.count)), decision);
    await this.flush();
    return changed;
  }

  /** Takes the last step back and says which row it was about (the first of them); null when there is none. */
  async undo(): Promise<number | null> {
    const { keeper, scans } = this.host;
    if (keeper.isDisplaced) await scans.identified();
    const index = keeper.undo();
    await this.flush();
    return index;
  }

  /** Resolves when all decisions so far are on disk. */
  flush(): Promise<void> {
    return this.host.keeper.file.flush();
  }
}

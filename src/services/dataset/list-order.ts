import { columnName, type Sort } from '../../core/dataset/columns.ts';
import { AppError } from '../../core/errors.ts';
import { isCancelled } from '../cancelled.ts';
import type { Log } from '../ports.ts';
import type { EditedRows } from './edited-rows.ts';
import type { FilterRun } from './filter-run.ts';
import { firstAnswer } from './first-answer.ts';
import type { RowReader } from './row-view.ts';
import type { ScanInput } from './scan-tasks.ts';
import type { ScanThread } from './scan-thread.ts';
import type { Survey } from './survey.ts';
import type { DatasetView } from './views.ts';

export interface OrderHost {
  input(): Omit<ScanInput, 'scan'>;
  reader(): RowReader;
  /** Folders that images may come from. */
  folders(): readonly string[];
  readonly survey: Survey;
  readonly edits: EditedRows;
  readonly filter: FilterRun;
  /** Resolves when the rows (and their decisions) are known. */
  ready(needsDecisions: boolean): Promise<void>;
  changed(): void;
  readonly log: Log;
}

/** Places of one list in their order, and where each of them has gone: 8 bytes a row. */
interface Order {
  readonly list: number;
  readonly places: Uint32Array;
  readonly ranks: Uint32Array;
}

type Applied =
  | { readonly kind: 'file' }
  | { readonly kind: 'sort'; readonly sort: Sort; readonly progress: Progress };
type Progress = NonNullable<DatasetView['sort']>['progress'];

/**
 * The filtered list of one document in the order that a person chose. It is sorted when that is asked for and when the
 * list is another one: edits and decisions move no row. Until a new list is sorted it stands in file order.
 */
export class ListOrder {
  #applied: Applied = { kind: 'file' };
  #order: Order | null = null;
  #run = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(
    private readonly thread: ScanThread,
    private readonly host: OrderHost,
  ) {}

  /** Sorts by a column, or goes back to file order; resolves when that is done, or after 150 ms. */
  async set(sort: Sort | null): Promise<void> {
    this.#apply(sort);
    await firstAnswer(this.#done);
  }

  /** Sorts again when a sort is in force: the list is another one, or its rows mean something else. */
  async again(): Promise<void> {
    if (this.#applied.kind === 'sort') await this.set(this.#applied.sort);
  }

  async done(): Promise<void> {
    for (let seen: Promise<void> | null = null; seen !== this.#done; ) {
      seen = this.#done;
      await seen.catch((error: unknown) => {
        if (seen === this.#done) throw error;
      });
    }
  }

  view(): DatasetView['sort'] {
    if (this.#applied.kind === 'file') return null;
    const { sort, progress } = this.#applied;
    return { column: columnName(sort.column), descending: sort.descending, progress };
  }

  /** The row at a position, undefined beyond the end. */
  at(position: number): number | undefined {
    const order = this.#current;
    if (order === null) return this.host.filter.at(position);
    const place = order.places[position];
    return place === undefined ? undefined : this.host.filter.at(place);
  }

  /** Position of a row, or of the next match after it in the file, or of the last one; -1 when there is none. */
  position(index: number, rows: number): number {
    const place = this.host.filter.position(index, rows);
    return this.#current?.ranks[place] ?? place;
  }

  dispose(): void {
    this.#run++;
    this.thread.dispose();
  }

  get #current(): Order | null {
    return this.#order?.list === this.host.filter.list ? this.#order : null;
  }

  #apply(sort: Sort | null): void {
    const run = ++this.#run;
    this.thread.cancel();
    if (sort === null) {
      this.#applied = { kind: 'file' };
      this.#order = null;
      this.#done = Promise.resolve();
      this.host.changed();
      return;
    }
    this.#tell(sort, { kind: 'sorting', scanned: 0, of: 0 });
    this.#done = this.#scan(run, sort);
    this.#done.catch((error: unknown) => {
      if (run !== this.#run || isCancelled(error)) return;
      const message = error instanceof Error ? error.message : String(error);
      this.host.log.warn(message);
      this.#tell(sort, { kind: 'failed', message });
    });
  }

  async #scan(run: number, sort: Sort): Promise<void> {
    const { filter, survey, edits } = this.host;
    await this.#until(run, this.host.ready(sort.column.kind === 'decision'));
    await this.#until(run, filter.done());
    const { list } = filter;
    const matches = filter.matches();
    const input = this.host.input();
    const of = matches?.length ?? input.rows.starts.length;
    const { lens, extraction } = this.host.reader();
    const task = {
      ...input,
      ...survey.codes(edits.touched()),
      ...sort,
      list: matches,
      folders: this.host.folders(),
      lens,
      extraction,
    };
    await this.thread.run({ kind: 'sort', ...task }, (message) => {
      if (run !== this.#run) return;
      if (message.kind === 'keyed') this.#tell(sort, { kind: 'sorting', scanned: message.rows, of });
      if (message.kind === 'order')
        this.#order = { list, places: message.order, ranks: ranks(message.order) };
    });
    if (run === this.#run) this.#tell(sort, { kind: 'sorted' });
  }

  #tell(sort: Sort, progress: Progress): void {
    this.#applied = { kind: 'sort', sort, progress };
    this.host.changed();
  }

  async #until(run: number, event: Promise<void>): Promise<void> {
    await event;
    if (run !== this.#run) throw new AppError('cancelled', 'A newer order took its place.');
  }
}

function ranks(places: Uint32Array): Uint32Array {
  const ranks = new Uint32Array(places.length);
  for (let rank = 0; rank < places.length; rank++) ranks[places[rank] ?? 0] = rank;
  return ranks;
}

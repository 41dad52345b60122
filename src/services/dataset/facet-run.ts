import { decisionOf } from '../../core/dataset/decisions.ts';
import { columnFacets, type NamedCounts, scannedFacetsOf, type Tallies } from '../../core/dataset/facets.ts';
import { statusCodes, verdictName } from '../../core/dataset/row-codes.ts';
import { AppError } from '../../core/errors.ts';
import { isCancelled } from '../cancelled.ts';
import type { OrderHost } from './list-order.ts';
import type { ScanThread } from './scan-thread.ts';
import type { FacetsView } from './views.ts';

export interface FacetHost extends OrderHost {
  /** Counts how often rows came to mean something else. */
  readings(): number;
  /** Whether the survey is going to know more of verdicts. */
  isScanning(): boolean;
}

/** Counts of the whole file, and of what state of it. */
interface Whole {
  readonly key: string;
  readonly tallies: Tallies;
}

const none: Tallies = new Map();
/** A read waits this long for news, ms. */
const newsMs = 250;
/** Whoever shows facets reads on while they are counted; after this silence nobody does, ms. */
const silenceMs = 2_000;

/**
 * What the filtered list consists of. It is counted when somebody reads it: the whole file once, then each list alone.
 * Verdicts and decisions are always those of now; what rows hold is counted anew with the next list.
 */
export class FacetRun {
  #list: string | null = null;
  #whole: Whole | null = null;
  #matched: Tallies = none;
  #progress: FacetsView['progress'] = { kind: 'complete' };
  #run = 0;
  #done: Promise<void> = Promise.resolve();
  readonly #waiting = new Set<() => void>();
  #silence: NodeJS.Timeout | undefined;

  constructor(
    private readonly thread: ScanThread,
    private readonly host: FacetHost,
  ) {}

  /** Resolves with what is known: at once when that is all or `signal` says so, else when there is more than before. */
  async read(signal?: AbortSignal): Promise<FacetsView> {
    const list = `${this.host.filter.list} ${this.host.readings()}`;
    if (list !== this.#list) this.#begin(list);
    clearTimeout(this.#silence);
    if (this.#progressNow.kind === 'counting') {
      await this.#newsSoon(signal);
      this.#silence = setTimeout(() => this.#stop(), silenceMs);
      this.#silence.unref();
    }
    return this.#view();
  }

  async done(): Promise<void> {
    await this.#done;
  }

  dispose(): void {
    this.#run++;
    clearTimeout(this.#silence);
    this.thread.dispose();
  }

  #stop(): void {
    if (this.#progress.kind !== 'counting') return;
    this.#run++;
    this.#list = null;
    this.thread.cancel();
  }

  #begin(list: string): void {
    const run = ++this.#run;
    this.thread.cancel();
    this.#list = list;
    this.#progress = { kind: 'counting', rows: 0, of: 0 };
    this.#done = this.#scan(run);
    this.#done.then(
      () => {
        if (run === this.#run) this.#tell({ kind: 'complete' });
      },
      (error: unknown) => {
        if (run !== this.#run || isCancelled(error)) return;
        const message = error instanceof Error ? error.message : String(error);
        this.host.log.warn(message);
        // The next one to read tries again.
        this.#list = null;
        this.#tell({ kind: 'failed', message });
      },
    );
  }

  async #scan(run: number): Promise<void> {
    const { filter, survey, edits } = this.host;
    await this.#until(run, this.host.ready(false));
    await this.#until(run, filter.done());
    const list = filter.matches();
    const key = `${this.host.readings()} ${edits.changes}`;
    const known = this.#whole?.key === key ? this.#whole : null;
    if (known && list === null) {
      this.#matched = known.tallies;
      return;
    }
    const input = this.host.input();
    const { lens, extraction } = this.host.reader();
    const { statuses } = survey.codes(edits.touched());
    const names = known && [...known.tallies.keys()];
    const task = { ...input, list, names, lens, extraction, statuses, folders: this.host.folders() };
    const of = (known ? list?.length : undefined) ?? input.rows.starts.length;
    await this.thread.run({ kind: 'facets', ...task }, (message) => {
      if (message.kind !== 'tallies' || run !== this.#run) return;
      if (message.total) this.#whole = { key: '', tallies: message.total };
      this.#matched = message.matched;
      this.#tell({ kind: 'counting', rows: message.rows, of });
    });
    if (run === this.#run && !known && this.#whole) this.#whole = { ...this.#whole, key };
  }

  #view(): FacetsView {
    const { survey, filter } = this.host;
    const { verdicts, decisions } = this.#columns(filter.matches());
    const facets = [
      ...columnFacets(verdicts, decisions),
      ...scannedFacetsOf(this.#whole?.tallies ?? none, this.#matched, survey.fields),
    ];
    return { facets, progress: this.#progressNow };
  }

  /** Rows by verdict and decision: blank lines have neither. */
  #columns(list: Uint32Array | null): { verdicts: NamedCounts; decisions: NamedCounts } {
    const { statuses, verdicts, decisions } = this.host.survey;
    const count = (codes: Uint8Array, of: Uint32Array | null) => countCodes(codes, statuses, of);
    const total = { verdicts: count(verdicts, null), decisions: count(decisions, null) };
    const some = list ? { verdicts: count(verdicts, list), decisions: count(decisions, list) } : total;
    // Rows that are not graded yet have no verdict to count.
    total.verdicts[0] = 0;
    return {
      verdicts: named(total.verdicts, some.verdicts, verdictName),
      decisions: named(total.decisions, some.decisions, (code) => decisionOf(code) ?? 'none'),
    };
  }

  #tell(progress: FacetsView['progress']): void {
    this.#progress = progress;
    for (const tell of [...this.#waiting]) tell();
  }

  /** Verdicts may still be on their way when all else is counted. */
  get #progressNow(): FacetsView['progress'] {
    const { graded, statuses } = this.host.survey;
    if (this.#progress.kind !== 'complete' || !this.host.isScanning()) return this.#progress;
    return graded < statuses.length
      ? { kind: 'counting', rows: graded, of: statuses.length }
      : { kind: 'complete' };
  }

  #newsSoon(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const tell = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(tell);
        signal?.removeEventListener('abort', tell);
        resolve();
      };
      const timer = setTimeout(tell, newsMs);
      signal?.addEventListener('abort', tell);
      this.#waiting.add(tell);
    });
  }

  async #until(run: number, event: Promise<void>): Promise<void> {
    await event;
    if (run !== this.#run) throw new AppError('cancelled', 'A newer list took its place.');
  }
}

/** Rows by a code, of which there are few, blank rows left out: those of the list, null for all. A million take 10 ms. */
function countCodes(codes: Uint8Array, statuses: Uint8Array, list: Uint32Array | null): Uint32Array {
  const counts = new Uint32Array(256);
  const { blank } = statusCodes;
  const rows = list?.length ?? statuses.length;
  for (let at = 0; at < rows; at++) {
    const index = list ? (list[at] as number) : at;
    if (statuses[index] !== blank) (counts[codes[index] as number] as number)++;
  }
  return counts;
}

/** Counts by name; codes that no row has are left out. */
function named(total: Uint32Array, matched: Uint32Array, nameOf: (code: number) => string): NamedCounts {
  const counts = new Map<string, { readonly total: number; readonly matched: number }>();
  for (const [code, rows] of total.entries())
    if (rows > 0) counts.set(nameOf(code), { total: rows, matched: matched[code] ?? 0 });
  return counts;
}

import type { ComparedRunView, runDashboardContract } from '../../src/protocol/run-dashboard.ts';
import type { HostClient } from '../host/client.ts';
import { isAbort } from '../host/host-error.ts';
import type { SavedState } from '../host/saved-state.ts';
import type { SeriesView } from './chart-data.ts';
import { withLooks } from './compare-looks.ts';
import type { Axis, ViewState } from './view-state.ts';

/** A chosen run as it is now, with its look and its series by metric. */
export interface ComparedRun {
  readonly run: ComparedRunView;
  readonly look: number;
  readonly series: ReadonlyMap<string, readonly SeriesView[]>;
}

/** What the charts show. */
export interface AskedSeries {
  readonly names: readonly string[];
  readonly axis: Axis;
  readonly from?: number;
  readonly to?: number;
}

/** One call may ask for this many metrics. */
const namesOfCall = 64;
/** Lines that lie over each other need fewer points than one with its raw values. */
const points = 600;
/** Readings of runs that go on follow each other no faster than this, ms. */
const pace = 500;

type Series = ReadonlyMap<string, readonly SeriesView[]>;

/** The runs that are drawn over the dashboard's own. The choice is kept; what it shows is read, and read again. */
export class RunComparison {
  readonly #host: HostClient<typeof runDashboardContract>;
  readonly #saved: SavedState<ViewState>;
  readonly #changed: () => void;
  readonly #gone: (count: number) => void;
  #runs: readonly ComparedRunView[] | null = null;
  readonly #series = new Map<string, Series>();
  /** What each run's series were read for, and how far the run was. */
  readonly #readFor = new Map<string, string>();
  #waiting: ReturnType<typeof setTimeout> | undefined;
  readonly #disposed = new AbortController();

  constructor(
    host: HostClient<typeof runDashboardContract>,
    saved: SavedState<ViewState>,
    changed: () => void,
    told: {
      /** A compared run went on; at most twice a second. */
      advanced(): void;
      /** So many of the chosen runs cannot be read any more. */
      gone(count: number): void;
    },
  ) {
    this.#host = host;
    this.#saved = saved;
    this.#changed = changed;
    this.#gone = told.gone;
    host.on('compared-advanced', () => {
      this.#waiting ??= setTimeout(() => {
        this.#waiting = undefined;
        told.advanced();
      }, pace);
    });
  }

  /** True while other runs are chosen. */
  get active(): boolean {
    return this.#saved.read().compared.length > 0;
  }

  /** Steps, unless runs are compared by time. */
  get axis(): Axis {
    return this.active ? this.#saved.read().axis : 'step';
  }

  /** The chosen runs that were read, in the order of the choice. */
  get runs(): readonly ComparedRun[] {
    const looks = new Map(this.#saved.read().compared.map(({ run, look }) => [run, look]));
    return (this.#runs ?? []).flatMap((run) => {
      const look = looks.get(run.id);
      return look === undefined ? [] : [{ run, look, series: this.#series.get(run.id) ?? new Map() }];
    });
  }

  /** True when the chosen runs were not read yet, as after a reload. */
  get unread(): boolean {
    return this.active && this.#runs === null;
  }

  /** Every metric that one of them has. */
  get metrics(): readonly string[] {
    return [...new Set(this.runs.flatMap(({ run }) => run.metrics))];
  }

  dispose(): void {
    clearTimeout(this.#waiting);
    this.#disposed.abort();
  }

  /** Asks which runs to compare with; true when there is another choice. */
  async choose(): Promise<boolean> {
    const before = this.#saved.read().compared;
    const { runs } = await this.#host.call(
      'compared-choose',
      { runs: before.map(({ run }) => run) },
      this.#disposed.signal,
    );
    if (runs === null) return false;
    this.#saved.write({ compared: withLooks(runs, before) });
    await this.readRuns();
    return true;
  }

  async remove(id: string): Promise<void> {
    this.#saved.write({ compared: this.#saved.read().compared.filter(({ run }) => run !== id) });
    this.#changed();
    await this.readRuns();
  }

  /** Reads what the chosen runs are now; those that are gone leave the choice. */
  async readRuns(): Promise<void> {
    const asked = this.#saved.read().compared;
    const { runs, gone } = await this.#host.call(
      'compared-read',
      { runs: asked.map(({ run }) => run) },
      this.#disposed.signal,
    );
    // A newer choice is on its way.
    if (this.#saved.read().compared !== asked) return;
    if (gone.length > 0) {
      this.#saved.write({ compared: asked.filter(({ run }) => !gone.includes(run)) });
      this.#gone(gone.length);
    }
    this.#runs = runs;
    for (const id of this.#series.keys()) {
      if (runs.some((run) => run.id === id)) continue;
      this.#series.delete(id);
      this.#readFor.delete(id);
    }
    this.#changed();
  }

  /** Reads the series of every run that went on since, or all for another selection. */
  async readSeries(asked: AskedSeries): Promise<void> {
    if (!this.active) return;
    await Promise.all(this.runs.map(({ run }) => this.#readOne(run, asked)));
  }

  async #readOne(run: ComparedRunView, asked: AskedSeries): Promise<void> {
    const key = JSON.stringify([run.seq, asked]);
    if (this.#readFor.get(run.id) === key) return;
    this.#readFor.set(run.id, key);
    const found = new Map<string, SeriesView[]>();
    const names = asked.names.filter((name) => run.metrics.includes(name));
    try {
      for (let at = 0; at < names.length; at += namesOfCall) {
        const { series } = await this.#host.call(
          'metrics-read',
          { ...asked, run: run.id, names: names.slice(at, at + namesOfCall), points },
          this.#disposed.signal,
        );
        for (const one of series) found.set(one.name, [...(found.get(one.name) ?? []), one]);
      }
    } catch (error) {
      // A newer reading is on its way.
      if (this.#readFor.get(run.id) !== key) return;
      this.#readFor.delete(run.id);
      // Taken out of the comparison while it was read.
      if (isAbort(error) || !this.runs.some((one) => one.run.id === run.id)) return;
      throw error;
    }
    if (this.#readFor.get(run.id) !== key) return;
    this.#series.set(run.id, found);
    this.#changed();
  }
}

import { type EvaluationView, type RunView, runDashboardContract } from '../../src/protocol/run-dashboard.ts';
import { connectHost, type HostClient } from '../host/client.ts';
import { describeError, isAbort } from '../host/host-error.ts';
import { ImageStore } from '../host/image-store.ts';
import { type SavedState, savedState } from '../host/saved-state.ts';
import { SurfaceModel } from '../host/surface-model.ts';
import type { Transport } from '../host/transport.ts';
import { type SeriesView, seriesToCsv } from './chart-data.ts';
import { metricsOf, planCharts } from './chart-plan.ts';
import { RolloutBrowser } from './rollout-browser.ts';
import {
  firstViewState,
  flatState,
  type Tab,
  type ViewState,
  viewStateSchema,
  viewStateVersion,
} from './view-state.ts';

export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface LogView {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  readonly truncated: boolean;
}

/** Readings of a running run follow each other no faster than this, ms. */
const pace = 250;
const points = 1000;
/** One call may ask for this many metrics and for this many points of each. */
const callLimits = { names: 64, points: 5000 } as const;

/** What the run dashboard knows; calls `changed` after every change. The newest reading wins. */
export class RunModel extends SurfaceModel {
  readonly host: HostClient<typeof runDashboardContract>;
  readonly saved: SavedState<ViewState>;
  readonly images: ImageStore;
  readonly rollouts: RolloutBrowser;
  run: RunView | null = null;
  series: ReadonlyMap<string, readonly SeriesView[]> = new Map();
  /** Steps that all charts show; null for all. */
  zoom: Range | null = null;
  log: LogView | null = null;
  /** All evaluations of the workspace, newest first; null before they were read. */
  evaluations: readonly EvaluationView[] | null = null;
  /** The log is read again as the run goes on, and its end kept in view. */
  followLog = true;
  #refreshing: Promise<void> | null = null;
  #again = false;
  #metricsSeq = -1;
  #evaluatedAt = '';
  /** Nothing went to stderr, so a failure is told on stdout. */
  #noErrors = false;
  #stopped = new AbortController();

  constructor(transport: Transport, changed: () => void) {
    super(changed);
    this.host = connectHost(runDashboardContract, transport);
    this.saved = savedState(
      flatState(transport),
      viewStateVersion,
      viewStateSchema,
      firstViewState(window.innerWidth),
    );
    this.images = new ImageStore((key, size, signal) => {
      const [step = 0, group = 0, image = 0] = key.split('/').map(Number);
      return this.host.call('image-read', { step, group, image, size }, signal);
    });
    this.rollouts = new RolloutBrowser(this.host, this.saved, this.images, changed);
    this.host.on('run-advanced', () => void this.refresh());
    this.host.on('evaluations-changed', () => void this.perform(() => this.readEvaluations()));
    this.host.on('evaluations-show', () => this.openTab('evaluation'));
  }

  dispose(): void {
    this.#stopped.abort();
    this.rollouts.dispose();
    this.images.clear();
    this.host.dispose();
  }

  async start(): Promise<void> {
    this.host.ready();
    this.failure = null;
    this.changed();
    await this.refresh();
  }

  /** Tabs that say something about this run. */
  get tabs(): Tab[] {
    const { run } = this;
    if (run?.status.kind === 'starting') return ['overview', 'config'];
    const all: Tab[] = ['overview', 'rollouts', 'checkpoints', 'evaluation', 'log', 'config'];
    return run && run.stage === 'sft' && run.rolloutSteps.length === 0
      ? all.filter((tab) => tab !== 'rollouts')
      : all;
  }

  get tab(): Tab {
    const { tab } = this.saved.read();
    return this.tabs.includes(tab) ? tab : 'overview';
  }

  /** The log on screen: the one that was chosen, else the one that says why a run failed. */
  get stream(): 'stdout' | 'stderr' {
    const kind = this.run?.status.kind;
    const usual = (kind === 'failed' || kind === 'died') && !this.#noErrors ? 'stderr' : 'stdout';
    return this.saved.read().logStream ?? usual;
  }

  /** Evaluations of this run, newest first. */
  get ownEvaluations(): readonly EvaluationView[] {
    return (this.evaluations ?? []).filter(({ run }) => run !== null && run === this.run?.id);
  }

  /** Reads the run and what of it is on screen; calls under way are joined. */
  refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#again = true;
      return this.#refreshing;
    }
    const first = this.run === null;
    this.#refreshing = this.#refreshOnce()
      .then(() => (first ? undefined : new Promise<void>((done) => setTimeout(done, pace))))
      .finally(() => {
        this.#refreshing = null;
        if (!this.#again || this.#stopped.signal.aborted) return;
        this.#again = false;
        void this.refresh();
      });
    return this.#refreshing;
  }

  async #refreshOnce(): Promise<void> {
    const { signal } = this.#stopped;
    try {
      this.run = await this.host.call('run-read', {}, signal);
      this.failure = null;
      if (this.saved.read().folder !== this.run.folder) this.saved.write({ folder: this.run.folder });
      this.changed();
      await this.readTab();
    } catch (error) {
      if (isAbort(error)) return;
      if (this.run === null) this.failure = describeError(error);
      else this.notice = describeError(error);
    }
    this.changed();
  }

  /** Reads what the tab on screen shows and has not yet. */
  async readTab(): Promise<void> {
    const { run } = this;
    if (!run) return;
    if (this.tab === 'overview') await this.readMetrics();
    else if (this.tab === 'rollouts') await this.rollouts.advance(run);
    else if (this.tab === 'log' && (this.followLog || this.log?.stream !== this.stream)) await this.readLog();
    // Evaluations are made of checkpoints, so news of these may bring some; others are told by the host.
    const evaluatedAt = `${run.status.kind} ${run.checkpoints.length}`;
    if (run.folder === '' || evaluatedAt === this.#evaluatedAt) return;
    this.#evaluatedAt = evaluatedAt;
    await this.readEvaluations();
  }

  /** Reads the charts on screen, unless nothing was written since; `force` after another zoom or choice of charts. */
  async readMetrics(force = false): Promise<void> {
    const { run } = this;
    if (!run || (!force && run.seq === this.#metricsSeq)) return;
    this.#metricsSeq = run.seq;
    const plans = planCharts(run.metrics, run.rewards);
    const names = metricsOf(this.saved.read().allMetrics ? [...plans.main, ...plans.rest] : plans.main);
    const found = new Map<string, SeriesView[]>();
    const { zoom } = this;
    for (let at = 0; at < names.length; at += callLimits.names) {
      const part = names.slice(at, at + callLimits.names);
      const { series } = await this.host.call(
        'metrics-read',
        { names: part, points, ...zoom },
        this.#stopped.signal,
      );
      for (const one of series) found.set(one.name, [...(found.get(one.name) ?? []), one]);
    }
    if (zoom !== this.zoom) return;
    this.series = found;
    this.changed();
  }

  async readEvaluations(): Promise<void> {
    const { evaluations } = await this.host.call('evaluations-read', {}, this.#stopped.signal);
    this.evaluations = evaluations;
    this.changed();
  }

  /** Sets what evaluations are compared with, by its name. */
  compareWith(name: string): void {
    this.saved.write({ against: name });
    this.changed();
  }

  setZoom(zoom: Range | null): void {
    this.zoom = zoom;
    this.changed();
    void this.perform(() => this.readMetrics(true));
  }

  async readLog(): Promise<void> {
    const { stream } = this;
    const { text, truncated } = await this.host.call('log-read', { stream }, this.#stopped.signal);
    if (stream !== this.stream) return;
    if (stream === 'stderr') this.#noErrors = text === '';
    if (stream !== this.stream) return this.readLog();
    this.log = { stream, text, truncated };
    this.changed();
  }

  openTab(tab: Tab): void {
    this.saved.write({ tab });
    if (tab === 'evaluation') this.#evaluatedAt = '';
    this.changed();
    void this.perform(() => this.readTab());
  }

  /** Every point of a chart's metrics as CSV, read window by window because a call gives only so many. */
  async csvOf(names: readonly string[]): Promise<string> {
    const series = new Map<
      string,
      { name: string; split: 'train' | 'eval'; steps: number[]; values: SeriesView['values'] }
    >();
    const last = this.zoom?.to ?? Math.max(this.run?.step ?? 0, this.run?.maxSteps ?? 0);
    for (let from = this.zoom?.from ?? 0; from <= last; from += callLimits.points) {
      const to = Math.min(last, from + callLimits.points - 1);
      const reply = await this.host.call('metrics-read', {
        names: [...names],
        points: callLimits.points,
        from,
        to,
      });
      for (const { name, split, steps, values } of reply.series) {
        const key = `${split}/${name}`;
        const whole = series.get(key) ?? { name, split, steps: [], values: [] };
        whole.steps.push(...steps);
        whole.values.push(...values);
        series.set(key, whole);
      }
    }
    return seriesToCsv([...series.values()]);
  }
}

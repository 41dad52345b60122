import { many } from '../../src/core/text/plural.ts';
import type { EvaluationView } from '../../src/protocol/evaluation-views.ts';
import { type RunView, runDashboardContract } from '../../src/protocol/run-dashboard.ts';
import { connectHost, type HostClient } from '../host/client.ts';
import { describeError, isAbort } from '../host/host-error.ts';
import { ImageStore } from '../host/image-store.ts';
import { joined } from '../host/joined.ts';
import { type SavedState, savedState } from '../host/saved-state.ts';
import { SurfaceModel } from '../host/surface-model.ts';
import type { Transport } from '../host/transport.ts';
import type { SeriesView } from './chart-data.ts';
import { type ChartPlan, metricsOf, planCharts } from './chart-plan.ts';
import { evaluationSets, referenceOf } from './evaluation-sets.ts';
import { FlipBrowser } from './flip-browser.ts';
import { RolloutBrowser } from './rollout-browser.ts';
import { RunComparison } from './run-comparison.ts';
import {
  type Axis,
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
/** One call may ask for this many metrics. */
const callLimits = { names: 64 } as const;

/** What the run dashboard knows; calls `changed` after every change. The newest reading wins. */
export class RunModel extends SurfaceModel {
  readonly host: HostClient<typeof runDashboardContract>;
  readonly saved: SavedState<ViewState>;
  readonly images: ImageStore;
  readonly rollouts: RolloutBrowser;
  readonly flips: FlipBrowser;
  readonly comparison: RunComparison;
  run: RunView | null = null;
  series: ReadonlyMap<string, readonly SeriesView[]> = new Map();
  /** Steps that all charts show; null for all. */
  zoom: Range | null = null;
  log: LogView | null = null;
  /** All evaluations of the workspace, newest first; null before they were read. */
  evaluations: readonly EvaluationView[] | null = null;
  /** The log is read again as the run goes on, and its end kept in view. */
  followLog = true;
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
      if (key.startsWith('{')) return this.host.call('flip-image-read', { ...JSON.parse(key), size }, signal);
      const [step = 0, group = 0, image = 0] = key.split('/').map(Number);
      return this.host.call('image-read', { step, group, image, size }, signal);
    });
    this.rollouts = new RolloutBrowser(this.host, this.saved, this.images, changed);
    this.flips = new FlipBrowser(this.host, this.saved, changed);
    this.comparison = new RunComparison(this.host, this.saved, changed, {
      advanced: () => void this.perform(() => this.readCompared()),
      gone: (count) => {
        const message = `${many(count, 'compared run')} cannot be read any more.`;
        this.notice = { message, hint: '' };
      },
    });
    this.host.on('run-advanced', () => void this.refresh());
    this.host.on('evaluations-changed', () => void this.perform(() => this.readEvaluations()));
    this.host.on('evaluations-show', () => this.openTab('evaluation'));
  }

  dispose(): void {
    this.#stopped.abort();
    this.rollouts.dispose();
    this.flips.dispose();
    this.comparison.dispose();
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

  /** Reads the run and what of it is on screen, after the first time no faster than its pace; calls are joined. */
  readonly refresh = joined(async () => {
    const isFirst = this.run === null;
    await this.#refreshOnce();
    if (!isFirst) await new Promise<void>((done) => setTimeout(done, pace));
  });

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
    if (this.tab === 'overview') await (run.status.kind === 'starting' ? undefined : this.readMetrics());
    else if (this.tab === 'rollouts') await this.rollouts.advance(run);
    else if (this.tab === 'log' && (this.followLog || this.log?.stream !== this.stream)) await this.readLog();
    // Evaluations are made of checkpoints, so news of these may bring some; others are told by the host.
    const evaluatedAt = `${run.status.kind} ${run.checkpoints.length}`;
    if (run.folder === '' || evaluatedAt === this.#evaluatedAt) return;
    this.#evaluatedAt = evaluatedAt;
    await this.readEvaluations();
  }

  /** The charts of this run, or of all compared ones together. */
  plans(): { main: ChartPlan[]; rest: ChartPlan[] } {
    const { run, comparison } = this;
    if (!run) return { main: [], rest: [] };
    if (!comparison.active) return planCharts(run.metrics, run.rewards);
    const metrics = [...new Set([...run.metrics, ...comparison.metrics])];
    // A reward that is the total of one run may be a part of another's.
    const isOnly = metrics.filter((name) => name.startsWith('reward/')).length < 2;
    const stages = [run.stage, ...comparison.runs.map((one) => one.run.stage)];
    return planCharts(metrics, isOnly ? run.rewards : [], stages);
  }

  /** Reads the charts on screen, unless nothing was written since; `force` after another zoom or choice of charts. */
  async readMetrics(force = false): Promise<void> {
    const { run, zoom, comparison } = this;
    if (!run) return;
    if (comparison.unread) await comparison.readRuns();
    const compare = () =>
      comparison.readSeries({ names: this.#shownMetrics(), axis: comparison.axis, ...zoom });
    if (!force && run.seq === this.#metricsSeq) return compare();
    this.#metricsSeq = run.seq;
    const names = this.#shownMetrics();
    const found = new Map<string, SeriesView[]>();
    for (let at = 0; at < names.length; at += callLimits.names) {
      const part = names.slice(at, at + callLimits.names);
      const { series } = await this.host.call(
        'metrics-read',
        { names: part, points, axis: comparison.axis, ...zoom },
        this.#stopped.signal,
      );
      for (const one of series) found.set(one.name, [...(found.get(one.name) ?? []), one]);
    }
    if (zoom !== this.zoom) return;
    this.series = found;
    this.changed();
    await compare();
  }

  #shownMetrics(): string[] {
    const { main, rest } = this.plans();
    return metricsOf(this.saved.read().allMetrics ? [...main, ...rest] : main);
  }

  /** Reads the compared runs and what the charts show of them. */
  async readCompared(): Promise<void> {
    await this.comparison.readRuns();
    if (this.tab === 'overview') await this.readMetrics();
  }

  /** Asks which runs to draw over this one. */
  async chooseCompared(): Promise<void> {
    if (!(await this.comparison.choose())) return;
    this.zoom = null;
    this.saved.write({ tab: 'overview' });
    await this.readMetrics(true);
  }

  async removeCompared(id: string): Promise<void> {
    await this.comparison.remove(id);
    // A zoom by time means nothing on the steps of one run, and its own charts may want other metrics.
    if (!this.comparison.active) this.setZoom(null);
  }

  /** Lays compared runs over each other by steps or by time. */
  setAxis(axis: Axis): void {
    this.saved.write({ axis });
    this.setZoom(null);
  }

  foldSettings(settingsFolded: boolean): void {
    this.saved.write({ settingsFolded });
    this.changed();
  }

  async readEvaluations(): Promise<void> {
    const { evaluations } = await this.host.call('evaluations-read', {}, this.#stopped.signal);
    this.evaluations = evaluations;
    const { pair } = this.flips;
    const isKept = (id: string) => evaluations.some((one) => one.id === id);
    if (pair && !(isKept(pair.a) && isKept(pair.b))) await this.flips.open(null);
    this.changed();
    if (this.tab === 'evaluation') await this.readPairings();
  }

  /** Reads the paired tests against what each set is compared with. */
  async readPairings(): Promise<void> {
    const { against, pair } = this.saved.read();
    const all = this.evaluations ?? [];
    const sets = evaluationSets(all, this.run?.id ?? null);
    const made = all.filter(({ id }) => id === pair?.a || id === pair?.b).map(({ id, at }) => `${id} ${at}`);
    await this.flips.read(
      sets.flatMap(({ evaluations }) => referenceOf(evaluations, against)?.id ?? []),
      made.join(),
    );
  }

  /** Sets what evaluations are compared with, by its name. */
  compareWith(name: string): void {
    this.saved.write({ against: name });
    this.changed();
    void this.perform(() => this.readPairings());
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
}

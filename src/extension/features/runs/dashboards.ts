import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { runDashboardContract } from '../../../protocol/run-dashboard.ts';
import { ComparedRuns } from '../../../services/run/compared-runs.ts';
import { PairedEvaluations } from '../../../services/run/paired-evaluations.ts';
import { RunSource } from '../../../services/run/run-source.ts';
import type { StartingRun } from '../../../services/run/starting-run.ts';
import type { RolloutAddress, RunHost, RunListing } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { showError } from '../../report.ts';
import { type Served, serveWebview } from '../../webview-host.ts';
import { type DashboardHandlers, dashboardHandlers, type OpenRun } from './dashboard-handlers.ts';
import { startingHandlers } from './starting-handlers.ts';

export const viewType = 'coldstart.runDashboard';

export interface Dashboard {
  /** Run folder; empty while the run is being started. */
  folder: string;
  readonly panel: vscode.WebviewPanel;
  readonly served: Served<typeof runDashboardContract>;
}

interface Shown {
  readonly dashboard: Dashboard;
  /** From now on these handlers answer the panel's calls. */
  answer(handlers: DashboardHandlers): void;
}

interface Open {
  readonly dashboard: Dashboard;
  readonly source: RunSource;
}

/** One dashboard panel per run folder; closing a panel never touches the run. */
export class Dashboards implements vscode.WebviewPanelSerializer {
  private readonly open = new Map<string, Open>();
  /** Runs that are being read for a panel that is there already. */
  private readonly opening = new Map<string, Promise<Dashboard>>();
  private last: Dashboard | null = null;
  /** Panels of runs that have no folder yet. */
  private readonly starting = new Set<vscode.WebviewPanel>();

  constructor(
    private readonly app: AppContext,
    /** Called when an open run went on. */
    private readonly advanced: () => void,
  ) {}

  /** The dashboard that has focus, else the one that had it last. */
  get active(): Dashboard | null {
    return this.dashboards.find(({ panel }) => panel.active) ?? this.last;
  }

  /** Whether a person sees the dashboard of a run; one of a run that is being started may be this run's. */
  isShown(folder: string): boolean {
    const panels = [this.open.get(folder)?.dashboard.panel, ...this.starting];
    return panels.some((panel) => panel?.visible === true);
  }

  /** A run of a list as its open dashboard knows it, which hears of every step at once. */
  newest(run: RunListing): RunListing {
    const open = this.open.get(run.folder);
    if (!open) return run;
    const { status, step, maxSteps } = open.source.view();
    return { ...run, status, step, maxSteps };
  }

  /** Tells every open dashboard that evaluations were added. */
  evaluationsChanged(): void {
    for (const { served } of this.dashboards) served.send('evaluations-changed', {});
  }

  /** Shows a run, with the evaluations of its workspace in front. */
  async showEvaluations(folder: string): Promise<void> {
    const { served } = await this.show(folder);
    served.send('evaluations-show', {});
  }

  /** Shows a run, at one of its rollouts when asked; AbortError when its panel is closed before it was read. */
  async show(folder: string, reveal?: Partial<RolloutAddress>): Promise<Dashboard> {
    const known = this.open.get(folder)?.dashboard ?? this.opening.get(folder);
    const dashboard = await (known ?? this.fill(folder, newPanel('Run')));
    if (known) dashboard.panel.reveal();
    if (reveal?.step !== undefined && reveal.group !== undefined) {
      dashboard.served.send('reveal', {
        step: reveal.step,
        group: reveal.group,
        index: reveal.index ?? null,
      });
    }
    return dashboard;
  }

  /** Shows a run that is being started, at once; the panel becomes the run's own, or goes when nothing was started. */
  async showStarting(starting: StartingRun): Promise<void> {
    const panel = newPanel(starting.spec.name);
    this.starting.add(panel);
    const shown = this.serve('', panel, startingHandlers(starting), () => {
      this.starting.delete(panel);
      release();
    });
    const release = starting.onAdvance(() => shown.dashboard.served.send('run-advanced', { seq: -1 }));
    const folder = await starting.ended;
    // Closing the panel never touches the run.
    if (!this.starting.has(panel)) return;
    if (folder === null) return panel.dispose();
    if (this.isKnown(folder)) {
      panel.dispose();
      await this.show(folder);
      return;
    }
    await this.follow(folder, shown);
    this.starting.delete(panel);
  }

  /** A window reload brings the panel back; the run is read again from its folder. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const folder = (state as { folder?: unknown } | undefined)?.folder;
    if (typeof folder !== 'string' || folder === '' || this.isKnown(folder)) return panel.dispose();
    try {
      await this.fill(folder, panel);
    } catch (error) {
      panel.dispose();
      await showError(error, this.app.log);
    }
  }

  private get dashboards(): Dashboard[] {
    return [...this.open.values()].map(({ dashboard }) => dashboard);
  }

  /** What a run is gone on with: the settings of its own workspace folder, as they are when asked for. */
  private hostOf(folder: string): () => RunHost {
    return () => this.app.runHost(vscode.Uri.file(folder));
  }

  private isKnown(folder: string): boolean {
    return this.open.has(folder) || this.opening.has(folder);
  }

  private fill(folder: string, panel: vscode.WebviewPanel): Promise<Dashboard> {
    return this.begin(folder, panel, (run) =>
      this.serve(folder, panel, dashboardHandlers(this.app, run, this.hostOf(folder))),
    );
  }

  /** Gives a panel that showed the start of a run to the run. */
  private async follow(folder: string, shown: Shown): Promise<void> {
    const { served } = await this.begin(folder, shown.dashboard.panel, (run) => {
      shown.dashboard.folder = folder;
      shown.answer(dashboardHandlers(this.app, run, this.hostOf(folder)));
      return shown;
    });
    served.send('run-advanced', { seq: this.open.get(folder)?.source.seq ?? -1 });
  }

  /** Reads a run and gives it its panel; AbortError when a person closed that first, and nothing stays open then. */
  private begin(
    folder: string,
    panel: vscode.WebviewPanel,
    shownOf: (run: OpenRun) => Shown,
  ): Promise<Dashboard> {
    const closed = new AbortController();
    const opening = this.read(folder, closed.signal).then(
      (run) => this.attach(run, shownOf(run)),
      (error: unknown) => {
        panel.dispose();
        throw error;
      },
    );
    this.opening.set(folder, opening);
    const ended = () => {
      if (this.opening.get(folder) === opening) this.opening.delete(folder);
    };
    panel.onDidDispose(() => {
      closed.abort();
      ended();
    });
    return opening.finally(ended);
  }

  private async read(folder: string, signal: AbortSignal): Promise<OpenRun> {
    const { log, assets } = this.app;
    const source = await RunSource.open(folder, { log, assets }, signal);
    const runsFolder = dirname(folder);
    return {
      source,
      compared: new ComparedRuns(runsFolder, { log, assets }, (run, seq) =>
        this.open.get(folder)?.dashboard.served.send('compared-advanced', { run, seq }),
      ),
      evaluations: new PairedEvaluations(runsFolder, {
        log,
        assets,
        settings: () => this.hostOf(folder)().settings,
      }),
    };
  }

  private attach({ source, compared, evaluations }: OpenRun, { dashboard }: Shown): Dashboard {
    const { panel, served, folder } = dashboard;
    panel.title = source.view().name;
    const release = source.onAdvance((seq) => {
      served.send('run-advanced', { seq });
      this.advanced();
    });
    void this.app.walkthrough.tick('coldstart.rolloutsRead');
    this.open.set(folder, { dashboard, source });
    panel.onDidDispose(() => {
      release();
      void source.dispose();
      void compared.dispose();
      void evaluations.dispose();
      if (this.open.get(folder)?.dashboard === dashboard) this.open.delete(folder);
    });
    return dashboard;
  }

  private serve(
    folder: string,
    panel: vscode.WebviewPanel,
    first: DashboardHandlers,
    closed: () => void = () => undefined,
  ): Shown {
    let handlers = first;
    const { extension, log } = this.app;
    const names = Object.keys(runDashboardContract.methods) as (keyof DashboardHandlers)[];
    // Each call goes to the handlers of that moment: those of the start, then those of the run.
    const current = Object.fromEntries(
      names.map((name) => [name, (...given: [never, AbortSignal]) => handlers[name](...given)]),
    ) as unknown as DashboardHandlers;
    const served = serveWebview(
      extension,
      panel.webview,
      'run-dashboard',
      runDashboardContract,
      current,
      log,
    );
    const dashboard: Dashboard = { folder, panel, served };
    this.last = dashboard;
    panel.onDidChangeViewState(() => {
      if (panel.active) this.last = dashboard;
    });
    panel.onDidDispose(() => {
      closed();
      served.dispose();
      if (this.last === dashboard) this.last = null;
    });
    return {
      dashboard,
      answer: (next) => {
        handlers = next;
      },
    };
  }
}

function newPanel(title: string): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(viewType, title, vscode.ViewColumn.Active, {
    enableFindWidget: true,
  });
}

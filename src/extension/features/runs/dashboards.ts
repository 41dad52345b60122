import * as vscode from 'vscode';
import { runDashboardContract } from '../../../protocol/run-dashboard.ts';
import { RunSource } from '../../../services/run/run-source.ts';
import type { RolloutAddress, RunHost } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { showError } from '../../report.ts';
import { type Served, serveWebview } from '../../webview-host.ts';
import { dashboardHandlers } from './dashboard-handlers.ts';

export const viewType = 'coldstart.runDashboard';

export interface Dashboard {
  readonly folder: string;
  readonly panel: vscode.WebviewPanel;
  readonly served: Served<typeof runDashboardContract>;
}

/** One dashboard panel per run folder; closing a panel never touches the run. */
export class Dashboards implements vscode.WebviewPanelSerializer {
  private readonly open = new Map<string, Dashboard>();
  private last: Dashboard | null = null;

  constructor(
    private readonly app: AppContext,
    private readonly host: () => RunHost,
  ) {}

  /** The dashboard that has focus, else the one that had it last. */
  get active(): Dashboard | null {
    return [...this.open.values()].find(({ panel }) => panel.active) ?? this.last;
  }

  async show(folder: string, reveal?: Partial<RolloutAddress>): Promise<void> {
    let dashboard = this.open.get(folder);
    if (dashboard) dashboard.panel.reveal();
    else {
      const panel = vscode.window.createWebviewPanel(viewType, 'Run', vscode.ViewColumn.Active, {
        enableFindWidget: true,
      });
      dashboard = await this.fill(folder, panel);
    }
    if (reveal?.step !== undefined && reveal.group !== undefined) {
      dashboard.served.send('reveal', {
        step: reveal.step,
        group: reveal.group,
        index: reveal.index ?? null,
      });
    }
  }

  /** A window reload brings the panel back; the run is read again from its folder. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const folder = (state as { folder?: unknown } | undefined)?.folder;
    if (typeof folder !== 'string') return panel.dispose();
    try {
      await this.fill(folder, panel);
    } catch (error) {
      panel.dispose();
      await showError(error, this.app.log);
    }
  }

  private async fill(folder: string, panel: vscode.WebviewPanel): Promise<Dashboard> {
    const source = await RunSource.open(folder, { log: this.app.log, assets: this.app.assets }).catch(
      (error) => {
        panel.dispose();
        throw error;
      },
    );
    panel.title = source.view().name;
    const handlers = dashboardHandlers(this.app, source, this.host);
    const { extension, log } = this.app;
    const served = serveWebview(
      extension,
      panel.webview,
      'run-dashboard',
      runDashboardContract,
      handlers,
      log,
    );
    const release = source.onAdvance((seq) => served.send('run-advanced', { seq }));
    const dashboard = { folder, panel, served };
    this.open.set(folder, dashboard);
    this.last = dashboard;
    panel.onDidChangeViewState(() => {
      if (panel.active) this.last = dashboard;
    });
    panel.onDidDispose(() => {
      release();
      served.dispose();
      void source.dispose();
      this.open.delete(folder);
      if (this.last === dashboard) this.last = null;
    });
    return dashboard;
  }
}

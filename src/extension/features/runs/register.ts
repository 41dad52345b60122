import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import { runDashboardContract } from '../../../protocol/run-dashboard.ts';
import { evaluateModel } from '../../../services/run/evaluate.ts';
import { resumeRun, stopRun } from '../../../services/run/launch.ts';
import { deleteRun, findRun } from '../../../services/run/run-folder.ts';
import { RunsWatcher } from '../../../services/run/runs-watcher.ts';
import type { StartingRun } from '../../../services/run/starting-run.ts';
import type { RolloutAddress, RunHost } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { command, requireTrust, withProgress } from '../../report.ts';
import { Dashboards, viewType } from './dashboards.ts';
import { isActive, lookOf } from './describe-run.ts';
import { RunStatusBar, type RunsNode, RunsTree } from './tree.ts';

type Target = string | RunsNode | undefined;

/** Runs: the tree, the status bar item, the dashboards, and what can be done to a run. */
export function registerRuns(app: AppContext): vscode.Disposable {
  const on = (id: string, run: (...args: never[]) => unknown) => command(app.log, `coldstart.${id}`, run);
  const host = () => app.runHost();
  const watcher = new RunsWatcher(app.settings().runsFolder, app.log);
  const tree = new RunsTree();
  const bar = new RunStatusBar();
  const dashboards = new Dashboards(app, host);
  const ended = new EndNotices(app);
  const show = () => {
    tree.show(watcher.runs);
    bar.show(watcher.runs);
    ended.see(watcher);
  };
  const release = watcher.onChange(show);
  const known = () => vscode.commands.executeCommand('setContext', 'coldstart.runsKnown', true);
  if (app.workspace()) void watcher.refresh().then(known);
  else void known();

  const folderOf = async (target: Target, onlyActive = false): Promise<string | undefined> => {
    if (typeof target === 'string') {
      return existsSync(target) ? target : findRun(app.settings().runsFolder, target);
    }
    if (target?.kind === 'run') return target.run.folder;
    const shown = dashboards.active;
    if (shown?.panel.active && shown.folder !== '') return shown.folder;
    await watcher.refresh();
    const runs = watcher.runs.filter((run) => !onlyActive || isActive(run));
    if (runs.length === 0) {
      throw new AppError('run-not-found', onlyActive ? 'No run is active.' : 'There are no runs yet.');
    }
    const items = runs.map((run) => ({
      label: run.name,
      description: `${run.stage} · ${lookOf(run).words}`,
      detail: run.id,
      folder: run.folder,
    }));
    return (await vscode.window.showQuickPick(items, { title: 'Run', matchOnDetail: true }))?.folder;
  };
  const keys = runDashboardContract.events.command.shape.name.options;
  return vscode.Disposable.from(
    { dispose: release },
    watcher,
    bar,
    vscode.window.createTreeView('coldstart.runs', { treeDataProvider: tree, showCollapseAll: true }),
    vscode.window.registerWebviewPanelSerializer(viewType, dashboards),
    ...keys.map((name) => {
      const id = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
      return on(`run.${id}`, () => dashboards.active?.served.send('command', { name }));
    }),
    on('refreshRuns', () => watcher.refresh()),
    on('openRun', async (target: Target, reveal?: Partial<RolloutAddress>) => {
      const folder = await folderOf(target);
      if (folder) await dashboards.show(folder, reveal);
    }),
    on('showStarting', (starting: StartingRun) => dashboards.showStarting(starting)),
    on('stopRun', async (target: Target) => {
      const folder = await folderOf(target, true);
      if (!folder) return;
      await stopRun(folder, { save: true });
      void vscode.window.setStatusBarMessage('Stopping at the next step, with a checkpoint', 5000);
      await watcher.refresh();
    }),
    on('discardRun', async (target: Target) => {
      const folder = await folderOf(target, true);
      if (!folder) return;
      const what = 'Stop this run without saving? Work since the last checkpoint is lost.';
      if ((await vscode.window.showWarningMessage(what, { modal: true }, 'Stop and Discard')) === undefined)
        return;
      await stopRun(folder, { save: false });
      await watcher.refresh();
    }),
    on('resumeRun', async (target: Target) => {
      requireTrust('Resuming a run');
      const folder = await folderOf(target);
      if (!folder) return;
      await resumeRun(folder, { host: host(), trusted: vscode.workspace.isTrusted });
      await watcher.refresh();
      await dashboards.show(folder);
    }),
    on('openRunFolder', async (target: Target) => {
      const folder = await folderOf(target);
      if (folder) await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(folder));
    }),
    on('deleteRun', async (target: Target) => {
      const folder = await folderOf(target);
      if (!folder) return;
      const what = 'Delete this run with its checkpoints and rollouts? This cannot be undone.';
      if ((await vscode.window.showWarningMessage(what, { modal: true }, 'Delete')) !== 'Delete') return;
      await deleteRun(folder);
      await watcher.refresh();
    }),
    on('evaluateRun', async (target: Target) => {
      requireTrust('An evaluation');
      const folder = await folderOf(target);
      if (folder) await evaluate(host(), folder);
    }),
  );
}

/** Asks for a dataset and tells the accuracy of a run's newest checkpoint on it, with its 95 % interval. */
async function evaluate(host: RunHost, folder: string): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({
    title: 'Evaluation set',
    filters: { Dataset: ['jsonl', 'json'] },
    ...(host.workspace ? { defaultUri: vscode.Uri.file(host.workspace) } : {}),
  });
  const dataset = chosen?.[0]?.fsPath;
  if (!dataset) return;
  const record = await withProgress('Evaluating', (progress, signal) =>
    evaluateModel({ host: { ...host, progress }, trusted: true, model: `run:${folder}`, dataset }, signal),
  );
  const share = (value: number) => `${(value * 100).toFixed(1)} %`;
  void vscode.window.showInformationMessage(
    `${record.correct} of ${record.n} correct: ${share(record.accuracy)} (95 % interval ${share(record.low)} to ${share(record.high)}).`,
  );
}

/** Tells once when a run that was seen alive has ended; a setting turns it off. */
class EndNotices {
  private alive = new Set<string>();

  constructor(private readonly app: AppContext) {}

  see(watcher: RunsWatcher): void {
    const wanted = vscode.workspace.getConfiguration('coldstart').get('runs.notifyOnEnd', true);
    for (const run of watcher.runs) {
      if (isActive(run)) this.alive.add(run.folder);
      else if (this.alive.delete(run.folder) && wanted)
        void this.tell(run.folder, `${run.name}: ${endOf(run)}`);
    }
  }

  private async tell(folder: string, message: string): Promise<void> {
    const choice = await vscode.window.showInformationMessage(message, 'Open Dashboard', "Don't Show Again");
    if (choice === 'Open Dashboard') await vscode.commands.executeCommand('coldstart.openRun', folder);
    if (choice !== "Don't Show Again") return;
    const configuration = vscode.workspace.getConfiguration('coldstart');
    await configuration.update('runs.notifyOnEnd', false, vscode.ConfigurationTarget.Global);
    this.app.log.info('No more notices when a run ends (setting coldstart.runs.notifyOnEnd).');
  }
}

function endOf(run: Parameters<typeof lookOf>[0]): string {
  return run.status.kind === 'completed' ? `completed, ${lookOf(run).words}` : lookOf(run).words;
}

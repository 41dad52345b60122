import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import { runDashboardContract } from '../../../protocol/run-dashboard.ts';
import { datasetRoles } from '../../../services/run/dataset-roles.ts';
import { evaluateRun, listEvaluations } from '../../../services/run/evaluations.ts';
import { readStatus } from '../../../services/run/evidence.ts';
import { resumeRun, stopRun } from '../../../services/run/launch.ts';
import { placeNow } from '../../../services/run/moved-paths.ts';
import { deleteRun, findRun } from '../../../services/run/run-folder.ts';
import { readRunRecord } from '../../../services/run/run-record.ts';
import type { StartingRun } from '../../../services/run/starting-run.ts';
import type { RolloutAddress, RunHost } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { camelCase } from '../../camel-case.ts';
import { pickDataset, type Remark } from '../../pick-dataset.ts';
import { command, requireTrust, withProgress } from '../../report.ts';
import { Dashboards, viewType } from './dashboards.ts';
import { asksToResume, lookOf, offersStop } from './describe-run.ts';
import { EndNotices } from './end-notices.ts';
import { RunStatusBar, type RunsNode, RunsTree } from './tree.ts';
import { WatchedRuns } from './watched-runs.ts';

type Target = string | RunsNode | undefined;

/** Runs: the tree, the status bar item, the dashboards, and what can be done to a run. */
export function registerRuns(app: AppContext): vscode.Disposable {
  const on = (id: string, run: (...args: never[]) => unknown) => command(app.log, `coldstart.${id}`, run);
  const hostOf = (folder: string) => app.runHost(vscode.Uri.file(folder));
  const tree = new RunsTree();
  const bar = new RunStatusBar();
  const dashboards = new Dashboards(app, () => show());
  const ended = new EndNotices(app, (folder) => dashboards.isShown(folder));
  let shown = '';
  const show = () => {
    const runs = watched.runs.map((run) => dashboards.newest(run));
    const text = JSON.stringify(runs.map(({ etaSeconds, ...run }) => run));
    if (text === shown) return;
    shown = text;
    tree.show(runs);
    bar.show(runs);
    ended.see(runs);
  };
  const watched = new WatchedRuns(app, show, () => dashboards.evaluationsChanged());
  const known = () => vscode.commands.executeCommand('setContext', 'coldstart.runsKnown', true);
  if (app.workspace()) void watched.refresh().then(show).then(known);
  else void known();

  const folderOf = async (target: Target, onlyActive = false, asks = false): Promise<string | undefined> => {
    if (typeof target === 'string') {
      const listed = watched.runs.find(({ id }) => id === target);
      return listed?.folder ?? findRun(app.settings().runsFolder, target);
    }
    if (target?.kind === 'run') return target.run.folder;
    const shown = dashboards.active;
    if (!asks && shown?.panel.active && shown.folder !== '') return shown.folder;
    await watched.refresh();
    const runs = watched.runs.filter((run) => !onlyActive || offersStop(run));
    if (runs.length === 0) {
      throw new AppError('run-not-found', onlyActive ? 'No run is active.' : 'There are no runs yet.');
    }
    const items = runs.map((run) => ({
      label: run.name,
      description: `${run.stage} · ${lookOf(run).words}`,
      detail: run.id,
      folder: run.folder,
    }));
    return (
      await vscode.window.showQuickPick(items, { title: 'Run', matchOnDetail: true, ignoreFocusOut: true })
    )?.folder;
  };
  const keys = runDashboardContract.events.command.shape.name.options;
  return vscode.Disposable.from(
    watched,
    bar,
    vscode.window.createTreeView('coldstart.runs', { treeDataProvider: tree, showCollapseAll: true }),
    vscode.window.registerWebviewPanelSerializer(viewType, dashboards),
    ...keys.map((name) =>
      on(`run.${camelCase(name)}`, () => dashboards.active?.served.send('command', { name })),
    ),
    on('refreshRuns', () => watched.refresh()),
    on('openRun', async (target: Target, reveal?: Partial<RolloutAddress>) => {
      // Who asks for a dashboard while one is in front wants another.
      const folder = await folderOf(target, false, true);
      if (folder) await dashboards.show(folder, reveal);
    }),
    on('showStarting', (starting: StartingRun) => dashboards.showStarting(starting)),
    on('stopRun', async (target: Target) => {
      const folder = await folderOf(target, true);
      if (!folder) return;
      await stopRun(folder, { save: true });
      void vscode.window.setStatusBarMessage('Stopping at the next step, with a checkpoint', 5000);
      await watched.refresh();
    }),
    on('discardRun', async (target: Target) => {
      const folder = await folderOf(target, true);
      if (!folder) return;
      const what = 'Stop this run without saving? Work since the last checkpoint is lost.';
      if ((await vscode.window.showWarningMessage(what, { modal: true }, 'Stop and Discard')) === undefined)
        return;
      await stopRun(folder, { save: false });
      await watched.refresh();
    }),
    on('resumeRun', async (target: Target) => {
      requireTrust('Resuming a run');
      const folder = await folderOf(target);
      if (!folder) return;
      const status = await readStatus(folder);
      const wish = asksToResume(status);
      if (wish === 'start-again') {
        const text = 'This run saved no checkpoint, so there is nothing to resume from.';
        const choice = await vscode.window.showWarningMessage(text, 'Start Again');
        if (choice) await vscode.commands.executeCommand('coldstart.startRunAgain', folder);
        return;
      }
      if (wish === 'resume')
        await withProgress('Resuming the run', (_, signal) =>
          resumeRun(folder, { host: hostOf(folder), trusted: vscode.workspace.isTrusted }, signal),
        );
      else
        void vscode.window.setStatusBarMessage(
          `This run ${status.kind === 'completed' ? 'has completed' : 'is going on'} already`,
          5000,
        );
      await watched.refresh();
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
      await watched.refresh();
    }),
    on('evaluateRun', async (target: Target, step?: number) => {
      requireTrust('An evaluation');
      const folder = await folderOf(target);
      if (folder)
        await evaluate(app, hostOf(folder), dashboards, folder, typeof step === 'number' ? step : undefined);
    }),
    on('compareEvaluations', async () => {
      const { active } = dashboards;
      if (active?.panel.active && active.folder !== '') return dashboards.showEvaluations(active.folder);
      await watched.refresh();
      const evaluated = (
        await Promise.all(app.runsFolders().map((folder) => listEvaluations(folder)))
      ).flat();
      const newest = evaluated.filter(({ run }) => run !== null).sort((a, b) => b.at - a.at)[0]?.run;
      const run = watched.runs.find(({ id }) => id === newest) ?? watched.runs[0];
      if (run) return dashboards.showEvaluations(run.folder);
      throw new AppError('run-not-found', 'There are no runs yet, so nothing was evaluated.');
    }),
    on('openRunSpec', async (target: Target) => {
      const folder = await folderOf(target);
      if (folder) await vscode.window.showTextDocument(vscode.Uri.file((await specOf(folder)).path));
    }),
    on('startRunAgain', async (target: Target) => {
      requireTrust('A run');
      const folder = await folderOf(target);
      if (!folder) return;
      const spec = await specOf(folder);
      if (spec.isOwn) return vscode.commands.executeCommand('coldstart.startRun', vscode.Uri.file(spec.path));
      throw new AppError(
        'file-not-found',
        'The run spec that this run was started from is gone.',
        `Its values are in ${spec.path}, under "spec".`,
      );
    }),
  );
}

/** The spec file that a run was started from, or, when that is gone, the record that holds its values. */
async function specOf(folder: string): Promise<{ path: string; isOwn: boolean }> {
  const { spec_path, home } = await readRunRecord(folder);
  const path = spec_path && (await placeNow(home, folder)(spec_path));
  return path && existsSync(path) ? { path, isOwn: true } : { path: join(folder, 'run.json'), isOwn: false };
}

/** Asks for a dataset, keeps and tells the accuracy of a run's checkpoint (the newest, or that of a step) on it, with its 95 % interval. */
async function evaluate(
  app: AppContext,
  host: RunHost,
  dashboards: Dashboards,
  folder: string,
  step: number | undefined,
): Promise<void> {
  const roles = await datasetRoles(dirname(folder));
  const remark = (path: string): Remark | null => {
    const { trained, isHeldOut } = roles(path);
    const seen = trained.slice(0, 2).join(', ');
    if (trained.length > 0) return { words: `$(warning) trained on by ${seen}`, place: 'last' };
    return isHeldOut ? { words: 'held out', place: 'first' } : null;
  };
  const dataset = (await pickDataset(app, { title: 'Evaluation set', remark }))?.fsPath;
  if (!dataset) return;
  const record = await withProgress('Evaluating', (progress, signal) =>
    evaluateRun(
      {
        host: { ...host, progress },
        trusted: vscode.workspace.isTrusted,
        folder,
        dataset,
        ...(step === undefined ? {} : { step }),
      },
      signal,
    ),
  );
  dashboards.evaluationsChanged();
  const share = (value: number) => `${(value * 100).toFixed(1)} %`;
  const choice = await vscode.window.showInformationMessage(
    `${record.correct} of ${record.n} correct: ${share(record.accuracy)} (95 % interval ${share(record.low)} to ${share(record.high)}).`,
    'Compare',
  );
  if (choice === 'Compare') await dashboards.showEvaluations(folder);
}

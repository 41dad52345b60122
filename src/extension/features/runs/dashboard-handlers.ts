import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { runDashboardContract } from '../../../protocol/run-dashboard.ts';
import { promoteRollout } from '../../../services/run/promote.ts';
import { readRunRecord } from '../../../services/run/run-record.ts';
import type { RunSource } from '../../../services/run/run-source.ts';
import type { RunHost } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { findDatasets } from '../../find-datasets.ts';
import type { Handlers } from '../../webview-host.ts';

export type DashboardHandlers = Handlers<typeof runDashboardContract>;

/** The host's answers to one run dashboard. */
export function dashboardHandlers(
  app: AppContext,
  source: RunSource,
  host: () => RunHost,
): DashboardHandlers {
  const run = async (command: string, ...args: unknown[]) => {
    await vscode.commands.executeCommand(command, ...args);
    return {};
  };
  return {
    'run-read': () => source.view(),
    'metrics-read': (request) => source.metricsRead(request),
    'groups-read': (request, signal) => source.groupsRead(request, signal),
    'group-read': ({ step, group }, signal) => source.groupRead(step, group, signal),
    'image-read': ({ step, group, image, size }, signal) =>
      source.imageRead(step, group, image, size, signal),
    'log-read': ({ stream }) => source.logRead(stream),
    'run-stop': ({ save }) => run(save ? 'coldstart.stopRun' : 'coldstart.discardRun', source.folder),
    'run-resume': () => run('coldstart.resumeRun', source.folder),
    'folder-open': () => run('coldstart.openRunFolder', source.folder),
    'spec-open': async () => {
      const record = await readRunRecord(source.folder);
      const path = record.spec_path ?? join(source.folder, 'run.json');
      await vscode.window.showTextDocument(vscode.Uri.file(path));
      return {};
    },
    'rollout-promote': async (rollout, signal) => {
      const to = await promotionTarget(app, source);
      if (!to) return { dataset: null };
      const { line } = await promoteRollout({ folder: source.folder, rollout, to }, signal);
      void vscode.window.setStatusBarMessage(`Promoted to ${basename(to)}, line ${line}`, 5000);
      return { dataset: to };
    },
    'trace-open': async ({ step, group }) => {
      const trace = await source.traceOf(step, group);
      const uri = vscode.Uri.file(trace.source);
      return run('coldstart.openTraceEditor', uri, trace.index === null ? undefined : { index: trace.index });
    },
    'export-chart': async ({ name, text }) => {
      const base = host().workspace ?? dirname(source.folder);
      const to = await vscode.window.showSaveDialog({
        defaultUri: vscode.Uri.file(join(base, `${name}.csv`)),
      });
      if (to) await vscode.workspace.fs.writeFile(to, new TextEncoder().encode(text));
      return {};
    },
    'link-open': async ({ url }) => {
      await vscode.env.openExternal(vscode.Uri.parse(url, true));
      return {};
    },
    'view-report': ({ typing }) => run('setContext', 'coldstart.typing', typing),
  };
}

/** The dataset that rollouts go to: asked once per workspace, then remembered (the picker offers another). */
async function promotionTarget(app: AppContext, source: RunSource): Promise<string | undefined> {
  const last = app.choices.get('promoteTo');
  const own = source.view().dataset.path;
  const promoted = join(dirname(own), 'promoted.jsonl');
  const found = (await findDatasets()).map((uri) => uri.fsPath);
  const paths = [...new Set([...(last ? [last] : []), promoted, own, ...found])];
  const picked = await vscode.window.showQuickPick(
    paths.map((path) => ({
      label: basename(path),
      description:
        path === promoted && !found.includes(path) ? `new file in ${dirname(path)}` : dirname(path),
      path,
    })),
    { title: 'Promote rollout to', placeHolder: 'The dataset that gets the rollout as a trace' },
  );
  if (picked) await app.choices.set('promoteTo', picked.path);
  return picked?.path;
}

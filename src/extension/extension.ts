import * as vscode from 'vscode';
import { createAppContext } from './app-context.ts';
import { registerDatasets } from './features/datasets/register.ts';
import { registerEnvironments } from './features/environments/register.ts';
import { registerExample } from './features/example/register.ts';
import { registerLaunch } from './features/launch/register.ts';
import { registerRuns } from './features/runs/register.ts';
import { registerTraceEditor } from './features/trace-editor/register.ts';
import { showError } from './report.ts';

/** Registers the features and returns; nothing is scanned, spawned or loaded before its first use. */
export function activate(extension: vscode.ExtensionContext): void {
  const app = createAppContext(extension);
  extension.subscriptions.push(vscode.commands.registerCommand('coldstart.showLog', () => app.log.show()));
  const features = [
    registerTraceEditor,
    registerDatasets,
    registerRuns,
    registerLaunch,
    registerEnvironments,
    registerExample,
  ];
  for (const register of features) {
    try {
      extension.subscriptions.push(register(app));
    } catch (error) {
      void showError(error, app.log);
    }
  }
}

import * as vscode from 'vscode';
import { createEnvironment } from '../../../services/environment/create-environment.ts';
import {
  checkEnvironment,
  interpreterOf,
  listEnvironments,
} from '../../../services/environment/environments.ts';
import type { EnvironmentData, RunHost } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { command, requireTrust, withProgress } from '../../report.ts';
import { chooseInterpreter } from './choose-interpreter.ts';

/** Trainer environments: the tree, and creating, checking and choosing them. */
export function registerEnvironments(app: AppContext): vscode.Disposable {
  const on = (id: string, run: (...args: never[]) => unknown) => command(app.log, `coldstart.${id}`, run);
  const host = () => app.runHost();
  const tellReady = () => app.walkthrough.tick('coldstart.environmentReady');
  const tree = new EnvironmentsTree(host, tellReady);
  return vscode.Disposable.from(
    vscode.window.createTreeView('coldstart.environments', { treeDataProvider: tree }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('coldstart.environments')) tree.refresh();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => tree.refresh()),
    on('createTrainerEnvironment', async () => {
      requireTrust('Creating an environment');
      const device = await vscode.window.showQuickPick(
        [
          {
            label: 'Automatic',
            description: 'CUDA build of torch when there is a GPU, else the CPU build',
            value: 'auto' as const,
          },
          { label: 'CPU', description: 'about 1.5 GB on disk', value: 'cpu' as const },
          { label: 'CUDA', description: 'about 6 GB on disk', value: 'cuda' as const },
        ],
        { title: 'Create trainer environment (TRL)' },
      );
      if (!device) return;
      const { environment, was } = await withProgress('Creating the TRL environment', (progress, signal) =>
        createEnvironment({ host: { ...host(), progress }, trainer: 'trl', device: device.value }, signal),
      );
      tree.refresh();
      await tellReady();
      const { device: found, advice } = environment;
      const text =
        was === 'there'
          ? `The TRL environment is there already (${found}); nothing was changed.`
          : `The TRL environment is ready (${found}).`;
      void vscode.window.showInformationMessage(advice ? `${text} ${advice}` : text);
    }),
    on('checkTrainerEnvironment', async () => {
      requireTrust('Checking an environment');
      const python = await interpreterOf('trl', app.settings());
      const found = await withProgress('Checking the TRL environment', (_, signal) =>
        checkEnvironment(python, app.assets, signal),
      );
      tree.refresh();
      if (found.ready) await tellReady();
      const text = found.ready ? `Ready: ${versionsOf(found)} on ${found.device}.` : found.advice;
      void (found.ready ? vscode.window.showInformationMessage : vscode.window.showWarningMessage)(text);
    }),
    on('chooseInterpreter', async () => {
      requireTrust('Choosing an interpreter');
      const path = await chooseInterpreter(app);
      if (!path) return;
      const configuration = vscode.workspace.getConfiguration('coldstart');
      const interpreters = { ...configuration.get('environments.interpreters', {}), trl: path };
      await configuration.update(
        'environments.interpreters',
        interpreters,
        vscode.ConfigurationTarget.Global,
      );
      await vscode.commands.executeCommand('coldstart.checkTrainerEnvironment');
    }),
  );
}

const versionsOf = (environment: EnvironmentData) =>
  ['trl', 'transformers', 'torch']
    .filter((name) => environment.versions[name])
    .map((name) => `${name} ${environment.versions[name]}`)
    .join(', ');

function describe(environment: EnvironmentData): string {
  if (environment.ready) return `${versionsOf(environment)} · ${environment.device}`;
  if (environment.missing.length > 0) return `missing ${environment.missing.join(', ')}`;
  return Object.keys(environment.versions).length > 0 ? 'does not work' : 'could not be checked';
}

/** One line per environment: trainer, versions, device, ready or what is missing. Starts Python only when shown and trusted. */
class EnvironmentsTree implements vscode.TreeDataProvider<EnvironmentData> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly host: () => RunHost,
    private readonly tellReady: () => Promise<void>,
  ) {}

  refresh(): void {
    this.changed.fire();
  }

  async getChildren(node?: EnvironmentData): Promise<EnvironmentData[]> {
    if (node || !vscode.workspace.isTrusted) return [];
    const found = await listEnvironments(this.host());
    // The view is empty until this returns, and would say so.
    if (found.length === 0)
      await vscode.commands.executeCommand('setContext', 'coldstart.environmentsKnown', true);
    if (found.some(({ ready }) => ready)) await this.tellReady();
    return found;
  }

  getTreeItem(environment: EnvironmentData): vscode.TreeItem {
    const item = new vscode.TreeItem(environment.trainer.toUpperCase());
    item.description = describe(environment);
    item.tooltip = [environment.python, environment.advice].filter(Boolean).join('\n');
    item.iconPath = new vscode.ThemeIcon(environment.ready ? 'pass' : 'warning');
    item.contextValue = 'environment';
    return item;
  }
}

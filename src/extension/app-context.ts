import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { environmentsFolder } from '../services/environment/environments.ts';
import type { Assets, Settings } from '../services/ports.ts';
import type { RunHost } from '../services/run/views.ts';
import { LastChoices } from './last-choices.ts';
import { Walkthrough } from './walkthrough.ts';

/** What every feature gets: the host's side of the ports, and nothing of another feature. */
export interface AppContext {
  readonly extension: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly assets: Assets;
  readonly choices: LastChoices;
  readonly walkthrough: Walkthrough;
  /** Settings as they are now, for a file or the first workspace folder. */
  settings(resource?: vscode.Uri): Settings;
  /** The folder that holds `.coldstart`: the first workspace folder, or null without one. */
  workspace(): string | null;
  /** Where runs are looked for: the runs folder of every workspace folder, each once. */
  runsFolders(): string[];
  /** What runs and environments are started with, for a run spec or the first workspace folder. */
  runHost(resource?: vscode.Uri): RunHost;
}

/** Builds the context of one activation; touches no file and starts nothing. */
export function createAppContext(extension: vscode.ExtensionContext): AppContext {
  const log = vscode.window.createOutputChannel('Coldstart', { log: true });
  const walkthrough = new Walkthrough(extension.globalState);
  extension.subscriptions.push(log, walkthrough);
  const dist = join(extension.extensionPath, 'dist');
  const workspace = () => vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? null;
  const assets: Assets = { workers: join(dist, 'workers'), trainer: join(dist, 'trainer') };
  const folderOf = (resource?: vscode.Uri) =>
    (resource && vscode.workspace.getWorkspaceFolder(resource)?.uri.fsPath) ?? workspace();
  return {
    extension,
    log,
    assets,
    choices: new LastChoices(extension.workspaceState),
    walkthrough,
    workspace,
    runsFolders() {
      const folders = vscode.workspace.workspaceFolders ?? [];
      const resources = folders.length > 0 ? folders.map(({ uri }) => uri) : [undefined];
      return [...new Set(resources.map((resource) => this.settings(resource).runsFolder))];
    },
    runHost(resource) {
      return { settings: this.settings(resource), assets, workspace: folderOf(resource), log };
    },
    settings(resource) {
      const all = vscode.workspace.getConfiguration('coldstart', resource);
      const base = folderOf(resource) ?? homedir();
      const absolute = (path: string) => (isAbsolute(path) ? path : join(base, path));
      return {
        imageRoots: all.get<string[]>('imageRoots', []).map(absolute),
        runsFolder: absolute(all.get<string>('runs.folder') || join('.coldstart', 'runs')),
        environmentsFolder: environmentsFolder(all.get<string>('environments.folder')),
        interpreters: all.get<Record<string, string>>('environments.interpreters', {}),
      };
    },
  };
}

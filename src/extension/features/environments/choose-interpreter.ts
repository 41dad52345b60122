import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { findInterpreters } from '../../../services/environment/find-interpreters.ts';
import type { AppContext } from '../../app-context.ts';

interface Item extends vscode.QuickPickItem {
  readonly path?: string;
  readonly ask?: 'path' | 'file';
}

/** Asks for a Python interpreter among those found, by path or by file; undefined when nothing was chosen. */
export async function chooseInterpreter(app: AppContext): Promise<string | undefined> {
  const title = 'Python interpreter that has TRL';
  const current = app.settings().interpreters.trl;
  const picked = await vscode.window.showQuickPick(itemsFor(app, current), {
    title,
    placeHolder: current ? `Now: ${current}` : 'Now: the environment that Coldstart created',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked?.ask === 'path') {
    const path = await vscode.window.showInputBox({
      title,
      value: current ?? '',
      prompt: 'Absolute path of a Python interpreter',
      ignoreFocusOut: true,
    });
    return path?.trim() || undefined;
  }
  if (picked?.ask === 'file') {
    const chosen = await vscode.window.showOpenDialog({ title, openLabel: 'Use Interpreter' });
    return chosen?.[0]?.fsPath;
  }
  return picked?.path;
}

async function itemsFor(app: AppContext, current: string | undefined): Promise<Item[]> {
  const [found, extension] = await Promise.all([
    findInterpreters({
      home: homedir(),
      variables: process.env,
      workspaceFolders: (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
      environmentsFolder: app.settings().environmentsFolder,
    }),
    activeInPythonExtension(),
  ]);
  const items = found.map(({ path, kind, name, version }): Item => {
    const words = [
      version && version !== name && `Python ${version}`,
      kind,
      path === current && 'in use',
    ].filter(Boolean);
    return { label: name || path, description: words.join(' · '), ...(name ? { detail: path } : {}), path };
  });
  const isKnown = found.some(({ path }) => path === extension);
  return [
    { label: '$(edit) Enter path…', ask: 'path' },
    { label: '$(folder) Browse…', ask: 'file' },
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    ...(extension && !isKnown
      ? [{ label: extension, description: 'chosen in the Python extension', path: extension }]
      : []),
    ...items,
  ];
}

/** What Microsoft's Python extension uses in this workspace, when it is installed. */
async function activeInPythonExtension(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension('ms-python.python');
  try {
    const api = (await extension?.activate()) as
      | { environments?: { getActiveEnvironmentPath?(): { path?: unknown } } }
      | undefined;
    const path = api?.environments?.getActiveEnvironmentPath?.().path;
    return typeof path === 'string' && /python/i.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

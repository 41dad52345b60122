import { join } from 'node:path';
import * as vscode from 'vscode';
import { createExampleWorkspace } from '../../../services/demo/example-workspace.ts';
import { interpreterOf } from '../../../services/environment/environments.ts';
import type { AppContext } from '../../app-context.ts';
import { command, requireTrust, withProgress } from '../../report.ts';

/** `Coldstart: Create example workspace…`: draws the board task and its run specs into a new folder. */
export function registerExample(app: AppContext): vscode.Disposable {
  const on = (id: string, run: () => unknown) => command(app.log, `coldstart.${id}`, run);
  return on('createExampleWorkspace', async () => {
    requireTrust('The example workspace');
    const python = await interpreterOf('trl', app.settings());
    const parent = await vscode.window.showOpenDialog({
      title: 'Folder for the example workspace',
      canSelectFolders: true,
      canSelectFiles: false,
      openLabel: 'Create Here',
    });
    if (!parent?.[0]) return;
    const folder = join(parent[0].fsPath, 'coldstart-example');
    await withProgress('Drawing the example workspace', (progress, signal) =>
      createExampleWorkspace({ folder, python, assets: app.assets, seed: 0, progress }, signal),
    );
    await app.walkthrough.tick('coldstart.exampleCreated');
    await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(folder), {
      forceNewWindow: true,
    });
  });
}

import * as vscode from 'vscode';
import { modelFolders } from '../../../services/run/model-choices.ts';

const ignored = '{**/node_modules/**,**/.coldstart/**,**/.venv/**,**/venv/**,**/.git/**,**/__pycache__/**}';
const most = 200;

/** Folders of the workspace that hold a model, as absolute paths. */
export async function findModelFolders(token?: vscode.CancellationToken): Promise<string[]> {
  const pattern = '**/{config,adapter_config}.json';
  const found = await vscode.workspace.findFiles(pattern, ignored, most, token);
  return modelFolders(found.map(({ fsPath }) => fsPath));
}

/** Python files of the workspace, sorted by path. */
export async function findPythonFiles(token?: vscode.CancellationToken): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles('**/*.py', ignored, most, token);
  return found.sort((a, b) => a.path.localeCompare(b.path));
}

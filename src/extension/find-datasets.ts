import * as vscode from 'vscode';

const ignored = '{**/node_modules/**,**/.coldstart/**,**/.venv/**,**/.git/**}';

/** Datasets of the workspace: JSONL files that are not our own decisions, at most 200, sorted by path. */
export async function findDatasets(): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles('**/*.jsonl', ignored, 200);
  return found
    .filter((uri) => !uri.path.endsWith('.decisions.jsonl'))
    .sort((a, b) => a.path.localeCompare(b.path));
}

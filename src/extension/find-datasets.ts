import { sep } from 'node:path';
import * as vscode from 'vscode';

const ignored = ['**/node_modules/**', '**/.coldstart/**', '**/.venv/**', '**/.git/**'];

/** Whether a file is a part of some run: its events, rollouts or inputs. */
export function isOfRun({ fsPath }: vscode.Uri, runsFolders: readonly string[]): boolean {
  return runsFolders.some((folder) => fsPath.startsWith(folder + sep));
}

/** Datasets of the workspace: JSONL files that are neither our decisions nor of a run, at most 200, sorted by path. */
export async function findDatasets(runsFolders: readonly string[]): Promise<vscode.Uri[]> {
  // Many runs would fill the limit with their own files.
  const excluded = `{${[...ignored, ...runsFolders.flatMap(globOf)].join(',')}}`;
  const found = await vscode.workspace.findFiles('**/*.jsonl', excluded, 200);
  return found
    .filter((uri) => !uri.path.endsWith('.decisions.jsonl') && !isOfRun(uri, runsFolders))
    .sort((a, b) => a.path.localeCompare(b.path));
}

/** What is in a folder of the workspace as a pattern; none for one outside, or whose name would be a pattern itself. */
function globOf(folder: string): string[] {
  const inside = vscode.workspace.asRelativePath(folder, false);
  return inside === folder || /[*?{}[\],]/.test(inside) ? [] : [`${inside}/**`];
}

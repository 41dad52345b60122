import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import type { RunSpec } from '../../../core/run/spec.ts';
import type { Settings } from '../../../services/ports.ts';
import type { SpecText } from '../../../services/run/check.ts';
import { datasetPathsOf } from '../../../services/run/resolve-spec.ts';

/** The run spec that a command is about, with its text as the editor shows it, saved or not. */
export async function specAt(given?: vscode.Uri): Promise<{ uri: vscode.Uri; spec: SpecText }> {
  const uri = given ?? vscode.window.activeTextEditor?.document.uri;
  if (!uri?.path.endsWith('.run.json')) {
    throw new AppError('request-invalid', 'Open a run spec (*.run.json) first.');
  }
  try {
    const document = await vscode.workspace.openTextDocument(uri);
    return { uri, spec: { text: document.getText(), path: uri.fsPath } };
  } catch (error) {
    const options = { cause: error };
    throw new AppError('file-unreadable', `${uri.fsPath} cannot be read.`, 'Check the file.', options);
  }
}

/** Asks what is to become of unsaved edits in the datasets of a run, which reads files; false when nothing shall start. */
export async function settleDatasets(spec: RunSpec, uri: vscode.Uri, settings: Settings): Promise<boolean> {
  const read = new Set(datasetPathsOf(spec, uri.fsPath, settings));
  const unsaved = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .flatMap(({ input, isDirty }) =>
      isDirty && (input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText)
        ? [input.uri]
        : [],
    )
    .filter(({ fsPath }) => read.has(fsPath));
  if (unsaved.length === 0) return true;
  const names = unsaved.map((one) => vscode.workspace.asRelativePath(one)).join(', ');
  const choice = await vscode.window.showWarningMessage(
    `${names} has unsaved edits.`,
    { modal: true, detail: 'A run reads the file on disk.' },
    'Save and Start',
    'Start with What Is on Disk',
  );
  if (choice !== 'Save and Start') return choice !== undefined;
  for (const one of unsaved) if (!(await vscode.workspace.save(one))) return false;
  return true;
}

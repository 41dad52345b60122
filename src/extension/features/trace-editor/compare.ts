import * as vscode from 'vscode';
import { rowLayout } from '../../../core/dataset/row-layout.ts';
import { AppError } from '../../../core/errors.ts';
import type { EditorView } from './dataset-document.ts';
import type { TraceEditorProvider } from './provider.ts';

const scheme = 'coldstart-row';

/** Serves rows as read-only documents (`saved` or `current`), laid out so that a diff can be read. */
export function registerSavedRows(provider: TraceEditorProvider): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(scheme, {
    async provideTextDocumentContent(uri) {
      const { path, index, side } = JSON.parse(uri.query) as { path: string; index: number; side: string };
      const document = [...provider.documents].find((candidate) => candidate.uri.fsPath === path);
      if (!document) return '';
      const line =
        side === 'saved' ? await document.model.savedLine(index) : await document.model.currentLine(index);
      return rowLayout(line);
    },
  });
}

/** Opens VS Code's own diff of the shown trace: on disk against in the editor. */
export async function compareWithSaved(view: EditorView): Promise<void> {
  const { index, document } = view;
  if (index === null) throw new AppError('request-invalid', 'No trace is shown.');
  const side = (name: string) =>
    vscode.Uri.from({
      scheme,
      path: `/trace-${index}.txt`,
      query: JSON.stringify({
        path: document.uri.fsPath,
        index,
        side: name,
        revision: document.model.revision,
      }),
    });
  const title = `${document.model.view().name} · trace ${index + 1} (saved ↔ edited)`;
  await vscode.commands.executeCommand('vscode.diff', side('saved'), side('current'), title);
}

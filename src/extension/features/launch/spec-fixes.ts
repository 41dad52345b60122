import * as vscode from 'vscode';
import { parseSpec } from '../../../services/run/spec-file.ts';

/** Quick fixes in `*.run.json`: what was probably meant by a misspelt setting, a file for a reward of one's own. */
export function registerSpecFixes(): vscode.Disposable {
  return vscode.languages.registerCodeActionsProvider(
    { pattern: '**/*.run.json' },
    {
      provideCodeActions(document, range, { diagnostics }) {
        const at = (offset: number, length: number) =>
          new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
        return parseSpec(document.getText()).problems.flatMap(({ offset, length, edit }) => {
          const place = at(offset, length);
          if (!edit || !place.intersection(range)) return [];
          const action = new vscode.CodeAction(edit.title, vscode.CodeActionKind.QuickFix);
          action.edit = new vscode.WorkspaceEdit();
          action.edit.replace(document.uri, at(edit.offset, edit.length), edit.text);
          action.diagnostics = diagnostics.filter((one) => one.range.intersection(place));
          action.isPreferred = true;
          return [action];
        });
      },
    },
    { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
  );
}

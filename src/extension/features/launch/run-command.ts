import * as vscode from 'vscode';
import { showCommand } from '../../../services/run/prepare.ts';
import { parseSpec } from '../../../services/run/spec-file.ts';
import type { AppContext } from '../../app-context.ts';
import { command } from '../../report.ts';
import { specAt } from './unsaved.ts';

const scheme = 'coldstart-command';

/** *Show command*: what is started for a run spec, beside it, as a text that asks for no saving. */
export function registerRunCommand(app: AppContext): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const texts = new Map<string, string>();
  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => texts.get(uri.path) ?? '',
    }),
    command(app.log, 'coldstart.showRunCommand', async (given?: vscode.Uri) => {
      const { uri, spec } = await specAt(given);
      const typed = parseSpec(spec.text).readable;
      const source = typed ? { spec: typed, path: uri.fsPath } : uri.fsPath;
      const shown = vscode.Uri.from({ scheme, path: uri.path.replace(/\.run\.json$/, '.sh') });
      texts.set(shown.path, await showCommand(source, { host: app.runHost(uri) }));
      changed.fire(shown);
      const document = await vscode.workspace.openTextDocument(shown);
      await vscode.languages.setTextDocumentLanguage(document, 'shellscript');
      await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside);
    }),
  );
}

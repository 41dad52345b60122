import * as vscode from 'vscode';

/** *Start run · Check · Show command* above the first line of every `*.run.json`. */
export function registerRunSpecLens(): vscode.Disposable {
  return vscode.languages.registerCodeLensProvider(
    { pattern: '**/*.run.json' },
    {
      provideCodeLenses(document) {
        const top = new vscode.Range(0, 0, 0, 0);
        const lens = (title: string, id: string) =>
          new vscode.CodeLens(top, { title, command: `coldstart.${id}`, arguments: [document.uri] });
        return [
          lens('Start run', 'startRun'),
          lens('Check', 'checkRun'),
          lens('Show command', 'showRunCommand'),
        ];
      },
    },
  );
}

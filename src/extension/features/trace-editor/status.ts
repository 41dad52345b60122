import * as vscode from 'vscode';
import type { TraceEditorProvider } from './provider.ts';

/** One item at the right of the status bar: which trace is shown and how many are decided. */
export function traceStatus(provider: TraceEditorProvider): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('coldstart.trace', vscode.StatusBarAlignment.Right, 90);
  item.name = 'Coldstart trace';
  const number = (value: number) => value.toLocaleString('en');
  const show = () => {
    const view = provider.active;
    if (!view?.panel.active || view.position === null) return item.hide();
    const { filter, decisions } = view.document.model.view();
    item.text = `Trace ${number(view.position + 1)} of ${number(filter.matched)}`;
    item.tooltip = `Kept ${number(decisions.keep)} · dropped ${number(decisions.drop)} · flagged ${number(decisions.flag)}`;
    item.show();
  };
  return vscode.Disposable.from(
    item,
    vscode.commands.registerCommand('coldstart.viewReported', show),
    vscode.window.tabGroups.onDidChangeTabs(show),
    vscode.window.tabGroups.onDidChangeTabGroups(show),
  );
}

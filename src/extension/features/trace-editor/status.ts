import * as vscode from 'vscode';
import type { TraceEditorProvider } from './provider.ts';

/** One item at the right of the status bar: which trace is shown and how many are decided. */
export function traceStatus(provider: TraceEditorProvider): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('coldstart.trace', vscode.StatusBarAlignment.Right, 90);
  item.name = 'Coldstart trace';
  const number = (value: number) => value.toLocaleString('en');
  type Model = NonNullable<TraceEditorProvider['active']>['document']['model'];
  let followed: Model | null = null;
  let unfollow = () => {};
  /** Counts go on rising while a filter or a grading scan runs, without a word from the view. */
  const follow = (model: Model | null) => {
    if (model === followed) return;
    unfollow();
    followed = model;
    unfollow = model?.onChange(() => show()) ?? (() => {});
  };
  const show = () => {
    const view = provider.active;
    follow(view?.document.model ?? null);
    if (!view?.panel.active || view.position === null) return item.hide();
    const { filter, decisions } = view.document.model.view();
    if (view.position >= filter.matched) return item.hide();
    item.text = `Trace ${number(view.position + 1)} of ${number(filter.matched)}`;
    item.tooltip = `Kept ${number(decisions.keep)} · dropped ${number(decisions.drop)} · flagged ${number(decisions.flag)}`;
    item.show();
  };
  return vscode.Disposable.from(
    item,
    { dispose: () => follow(null) },
    provider.onDidReport(show),
    vscode.window.tabGroups.onDidChangeTabs(show),
    vscode.window.tabGroups.onDidChangeTabGroups(show),
  );
}

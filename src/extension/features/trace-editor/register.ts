import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import { traceEditorContract } from '../../../protocol/trace-editor.ts';
import type { AppContext } from '../../app-context.ts';
import { camelCase } from '../../camel-case.ts';
import { command } from '../../report.ts';
import { chooseExtraction, chooseShape } from './choose-reading.ts';
import { compareWithSaved, registerSavedRows } from './compare.ts';
import type { EditorView } from './dataset-document.ts';
import { exportTraces } from './export.ts';
import { TraceEditorProvider, viewType } from './provider.ts';
import { traceStatus } from './status.ts';

/** The trace editor: the custom editor itself, its commands and keys, and its status bar item. */
export function registerTraceEditor(app: AppContext): vscode.Disposable {
  const provider = new TraceEditorProvider(app);
  const on = (id: string, run: (...args: never[]) => unknown) => command(app.log, `coldstart.${id}`, run);
  const active = (): EditorView => {
    if (provider.active) return provider.active;
    throw new AppError(
      'request-invalid',
      'No trace editor is open.',
      'Open a dataset in the trace editor first.',
    );
  };
  const keys = traceEditorContract.events.command.shape.name.options;
  return vscode.Disposable.from(
    vscode.window.registerCustomEditorProvider(viewType, provider, {
      supportsMultipleEditorsPerDocument: true,
      webviewOptions: { enableFindWidget: true },
    }),
    traceStatus(provider),
    registerSavedRows(provider),
    ...keys.map((name) => on(`trace.${camelCase(name)}`, () => active().send('command', { name }))),
    on('openTraceEditor', async (target?: vscode.Uri | { uri: vscode.Uri }, reveal?: { index: number }) => {
      const uri = target instanceof vscode.Uri ? target : (target?.uri ?? activeUri());
      if (!uri) throw new AppError('request-invalid', 'Choose a dataset (.jsonl or .json) to open.');
      await reopenWith(uri, viewType);
      if (reveal) provider.reveal(uri, reveal.index);
    }),
    vscode.commands.registerCommand('coldstart.activeDataset', () => {
      const view = provider.active;
      return view ? { uri: view.document.uri, filter: view.document.model.view().filter.text } : undefined;
    }),
    on('openText', async (target?: vscode.Uri | { uri: vscode.Uri }) => {
      const uri = target instanceof vscode.Uri ? target : (target?.uri ?? active().document.uri);
      await reopenWith(uri, 'default');
    }),
    on('chooseShape', () => chooseShape(app, active())),
    on('chooseExtraction', () => chooseExtraction(app, active())),
    on('compareWithSaved', () => compareWithSaved(active())),
    on('exportTraces', (target?: vscode.Uri | { uri: vscode.Uri }) => {
      const uri = target instanceof vscode.Uri ? target : (target?.uri ?? active().document.uri);
      const open = [...provider.documents].find((document) => document.uri.toString() === uri.toString());
      return exportTraces(app, uri, open ?? null);
    }),
  );
}

function activeUri(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return input.uri;
  return undefined;
}

/** Shows a file in another editor; the tab it was asked from is replaced, as by “Reopen Editor With…”. */
async function reopenWith(uri: vscode.Uri, editor: string): Promise<void> {
  const { tabGroups } = vscode.window;
  const isSameFile = ({ input }: vscode.Tab) =>
    (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) &&
    input.uri.toString() === uri.toString();
  const before = tabGroups.activeTabGroup.activeTab;
  const wasShown = before !== undefined && isSameFile(before);
  await vscode.commands.executeCommand('vscode.openWith', uri, editor);
  if (!wasShown) return;
  // Tabs are new objects after every change of a group.
  const left = tabGroups.activeTabGroup.tabs.filter((tab) => isSameFile(tab) && !tab.isActive);
  await tabGroups.close(
    left.filter((tab) => !tab.isDirty),
    true,
  );
}

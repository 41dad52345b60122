import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';

/**
 * Cases that run inside the extension host of a real VS Code, by name. The bundle of this file is what
 * `extensionTestsPath` names; it is also read outside VS Code for the names, so nothing may touch `vscode` while loading.
 */
export const cases: Readonly<Record<string, () => Promise<void>>> = {
  // First, because opening a run spec must be what activates the extension.
  'a run spec has the lenses start, check and show command': async () => {
    const uri = fileUri('sft.run.json');
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    let titles: string[] = [];
    await until(async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        uri,
        9,
      );
      titles = (lenses ?? []).map((lens) => lens.command?.title ?? '');
      return titles.length >= 3;
    });
    for (const title of ['Start run', 'Check', 'Show command']) {
      assert.ok(
        titles.some((shown) => shown.includes(title)),
        `${title} is not among ${titles.join(', ')}`,
      );
    }
  },
  'the extension activates': async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
  },
  'every contributed command is registered': async () => {
    await extension().activate();
    const contributed: { command: string }[] = extension().packageJSON.contributes.commands;
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      contributed.map(({ command }) => command).filter((command) => !registered.has(command)),
      [],
    );
  },
  'a dataset opens in the trace editor': async () => {
    await vscode.commands.executeCommand('vscode.openWith', fileUri('traces.jsonl'), 'coldstart.traceEditor');
    await until(
      () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputCustom,
    );
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, 'coldstart.traceEditor');
  },
  'the trace editor replaces the tab of the text, and the text that of the trace editor': async () => {
    const uri = fileUri('traces.jsonl');
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
    const inputs = () => vscode.window.tabGroups.activeTabGroup.tabs.map(({ input }) => input);
    await vscode.commands.executeCommand('coldstart.openTraceEditor', uri);
    await until(() => inputs().length === 1 && inputs()[0] instanceof vscode.TabInputCustom);
    await vscode.commands.executeCommand('coldstart.openText', uri);
    await until(() => inputs().length === 1 && inputs()[0] instanceof vscode.TabInputText);
  },
  'a started run shows its dashboard': async () => {
    const started = vscode.commands.executeCommand('coldstart.startRun', fileUri('sft.run.json'));
    const tab = () => vscode.window.tabGroups.activeTabGroup.activeTab;
    await until(() => tab()?.input instanceof vscode.TabInputWebview, 150_000);
    await started;
    await until(() => tab()?.label === 'first', 60_000);
  },
  'a dataset stays plain text unless asked': async () => {
    const document = await vscode.workspace.openTextDocument(fileUri('traces.jsonl'));
    await vscode.window.showTextDocument(document, { preview: false });
    assert.ok(vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputText);
  },
  'a typo in a run spec is marked with what was probably meant': async () => {
    const uri = fileUri('typo.run.json');
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    await until(() => vscode.languages.getDiagnostics(uri).length > 0);
    const messages = vscode.languages.getDiagnostics(uri).map(({ message }) => message);
    assert.ok(
      messages.some((message) => message.includes('Did you mean "stage"?')),
      messages.join('\n'),
    );
  },
};

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension('coldstart.coldstart');
  assert.ok(found, 'the extension coldstart.coldstart is not there');
  return found;
}

function fileUri(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder);
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Resolves when `condition` holds; VS Code's events do not cover all that is awaited here, so it is asked again. */
async function until(condition: () => boolean | Promise<boolean>, patience = 60_000): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `waited ${patience} ms in vain`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const tooLong = (limit: number): Promise<never> =>
  new Promise((_, reject) => setTimeout(() => reject(new Error(`took over ${limit} ms`)), limit));

/** Called by VS Code. Writes one JSON line per case to `$COLDSTART_HOST_RESULTS`, which the test outside reads. */
export async function run(): Promise<void> {
  const results = process.env.COLDSTART_HOST_RESULTS;
  assert.ok(results && path.isAbsolute(results));
  for (const [name, check] of Object.entries(cases)) {
    const error = await Promise.race([check(), tooLong(240_000)]).then(
      () => undefined,
      (reason: unknown) => (reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)),
    );
    appendFileSync(results, `${JSON.stringify({ name, ...(error === undefined ? {} : { error }) })}\n`);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  }
}

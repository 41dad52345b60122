import * as vscode from 'vscode';
import {
  type CheckOptions,
  checkRun,
  hasErrors,
  passedWords,
  type SpecText,
} from '../../../services/run/check.ts';
import { parseSpec } from '../../../services/run/spec-file.ts';
import { StartingRun } from '../../../services/run/starting-run.ts';
import type { Finding } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { command, requireTrust, withProgress } from '../../report.ts';
import { registerRunSpecLens } from './code-lens.ts';
import { SpecFindings, tellFindings } from './findings.ts';
import { registerRunCommand } from './run-command.ts';
import { registerSpecCompletions } from './spec-completions.ts';
import { registerSpecFixes } from './spec-fixes.ts';
import { onlyKnown, startShown, wishFor } from './start-run.ts';
import { startWizard } from './start-wizard.ts';
import { settleDatasets, specAt } from './unsaved.ts';

/** Run specs: the wizard that writes one, CodeLens, quick fixes, proposals, check, show command, start. */
export function registerLaunch(app: AppContext): vscode.Disposable {
  const on = (id: string, run: (...args: never[]) => unknown) => command(app.log, `coldstart.${id}`, run);
  const shown = new SpecFindings(app.log);
  const host = (spec: vscode.Uri) => app.runHost(spec);
  const check = (spec: SpecText, uri: vscode.Uri, options?: CheckOptions) =>
    withProgress('Checking run spec', (progress, signal) =>
      checkRun(spec, { ...host(uri), progress }, signal, options),
    );
  // A second click while a start goes on asks for nothing more.
  const starting = new Set<string>();
  const refuse = (uri: vscode.Uri, findings: readonly Finding[]) => {
    shown.show(uri, findings);
    if (!hasErrors(findings)) return false;
    void tellFindings(findings);
    return true;
  };
  const wizard = (stage: 'sft' | 'grpo') => async (given?: vscode.Uri, filter?: string, model?: string) => {
    requireTrust('A run');
    const dataset = given instanceof vscode.Uri ? given : undefined;
    const uri = await startWizard(app, stage, dataset, filter ?? '', typeof model === 'string' ? model : '');
    if (!uri) return;
    const choice = await vscode.window.showInformationMessage(
      'The run spec is ready. Review it, then start.',
      'Check',
      'Start Run',
    );
    if (choice === 'Check') await vscode.commands.executeCommand('coldstart.checkRun', uri);
    if (choice === 'Start Run') await vscode.commands.executeCommand('coldstart.startRun', uri);
  };
  return vscode.Disposable.from(
    shown,
    registerSpecFixes(),
    registerSpecCompletions(app),
    registerRunSpecLens(),
    on('startSftRun', wizard('sft')),
    on('startGrpoRun', wizard('grpo')),
    on('checkRun', async (given?: vscode.Uri) => {
      requireTrust('A check');
      const { uri, spec } = await specAt(given);
      const known = (found: readonly Finding[]) => {
        shown.show(uri, found);
        return true;
      };
      const findings = await check(spec, uri, { known });
      shown.show(uri, findings);
      if (findings.some(({ severity }) => severity !== 'info')) return tellFindings(findings);
      const text = passedWords(findings);
      const choice = await vscode.window.showInformationMessage(text, 'Start Run', 'Show Notes');
      if (choice === 'Start Run') await vscode.commands.executeCommand('coldstart.startRun', uri);
      if (choice === 'Show Notes') app.log.show();
    }),
    registerRunCommand(app),
    on('startRun', async (given?: vscode.Uri) => {
      requireTrust('A run');
      const { uri, spec: shownSpec } = await specAt(given);
      const { spec } = parseSpec(shownSpec.text);
      // A spec with mistakes has nothing to show but these.
      if (!spec) return void refuse(uri, await check(shownSpec, uri, onlyKnown));
      if (starting.has(uri.fsPath)) {
        void vscode.window.setStatusBarMessage('This run spec is being started already', 5000);
        return;
      }
      starting.add(uri.fsPath);
      try {
        const wish = await wishFor(uri, host(uri));
        if (wish === 'nothing' || !(await settleDatasets(spec, uri, host(uri).settings))) return;
        const run = new StartingRun(spec, uri.fsPath);
        const told = (findings: readonly Finding[]) => refuse(uri, findings);
        const folder = await startShown(run, shownSpec, told, host(uri), wish === 'start-another');
        if (folder) await app.walkthrough.tick('coldstart.runStarted');
      } finally {
        starting.delete(uri.fsPath);
      }
    }),
  );
}

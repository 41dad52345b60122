import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import { checkRun } from '../../../services/run/check.ts';
import { startRun } from '../../../services/run/launch.ts';
import { loadSpec, showCommand } from '../../../services/run/prepare.ts';
import { StartingRun } from '../../../services/run/starting-run.ts';
import type { Finding, RunHost } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { command, requireTrust, withProgress } from '../../report.ts';
import { registerRunSpecLens } from './code-lens.ts';
import { startWizard } from './start-wizard.ts';

/** Run specs: the wizard that writes one, CodeLens, check, show command, start. */
export function registerLaunch(app: AppContext): vscode.Disposable {
  const on = (id: string, run: (...args: never[]) => unknown) => command(app.log, `coldstart.${id}`, run);
  const diagnostics = vscode.languages.createDiagnosticCollection('coldstart-run');
  const host = (spec: vscode.Uri) => app.runHost(spec);
  const specOf = async (given?: vscode.Uri): Promise<vscode.Uri> => {
    const uri = given ?? vscode.window.activeTextEditor?.document.uri;
    if (!uri?.path.endsWith('.run.json')) {
      throw new AppError('request-invalid', 'Open a run spec (*.run.json) first.');
    }
    await vscode.workspace.textDocuments
      .find((document) => document.uri.toString() === uri.toString())
      ?.save();
    return uri;
  };
  const check = (uri: vscode.Uri) =>
    withProgress('Checking run spec', (progress, signal) =>
      checkRun(uri.fsPath, { ...host(uri), progress }, signal),
    );
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
    diagnostics,
    // What was found holds for the text that was checked.
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) diagnostics.delete(document.uri);
    }),
    registerRunSpecLens(),
    on('startSftRun', wizard('sft')),
    on('startGrpoRun', wizard('grpo')),
    on('checkRun', async (given?: vscode.Uri) => {
      requireTrust('A check');
      const uri = await specOf(given);
      const findings = await check(uri);
      showFindings(diagnostics, uri, findings);
      const errors = findings.filter(({ severity }) => severity === 'error');
      const warnings = findings.filter(({ severity }) => severity === 'warning');
      if (errors.length + warnings.length === 0) {
        const choice = await vscode.window.showInformationMessage(
          'Nothing stands against this run.',
          'Start Run',
        );
        if (choice) await vscode.commands.executeCommand('coldstart.startRun', uri);
        return;
      }
      const [first] = [...errors, ...warnings];
      const more = errors.length + warnings.length - 1;
      const text = `${first?.message} ${first?.fix}${more > 0 ? ` (and ${more} more)` : ''}`;
      const tell = errors.length ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
      if ((await tell(text, 'Show All')) === 'Show All') {
        await vscode.commands.executeCommand('workbench.actions.view.problems');
      }
    }),
    on('showRunCommand', async (given?: vscode.Uri) => {
      const uri = await specOf(given);
      const content = await showCommand(uri.fsPath, { host: host(uri) });
      const document = await vscode.workspace.openTextDocument({ content, language: 'shellscript' });
      await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside);
    }),
    on('startRun', async (given?: vscode.Uri) => {
      requireTrust('A run');
      const uri = await specOf(given);
      // A spec with mistakes has nothing to show but these.
      const loaded = await loadSpec(uri.fsPath, { host: host(uri) }).catch(() => null);
      if (!loaded) return refuse(diagnostics, uri, await check(uri));
      const starting = new StartingRun(loaded.spec, uri.fsPath);
      void vscode.commands.executeCommand('coldstart.showStarting', starting);
      let folder: string | null = null;
      try {
        folder = await startShown(starting, (findings) => refuse(diagnostics, uri, findings), host(uri));
      } finally {
        await vscode.commands.executeCommand('coldstart.refreshRuns');
        starting.end(folder);
      }
    }),
  );
}

/**
 * Checks and starts a run that a dashboard shows already; both it and a notification tell what is done, and can call it
 * off. Null when the person does not want a second run of a spec.
 */
async function startShown(
  starting: StartingRun,
  refuse: (findings: readonly Finding[]) => void,
  host: RunHost,
): Promise<string | null> {
  const start = (force: boolean) =>
    withProgress('Starting run', async (notice, cancelled) => {
      const report = (doing: string, share?: number) => {
        notice.report(doing, share);
        starting.report(doing, share);
      };
      const shown: RunHost = { ...host, progress: { report } };
      const signal = AbortSignal.any([cancelled, starting.signal]);
      const check = async () => {
        refuse(await checkRun(starting.specPath, shown, signal));
        report('Writing the run folder', 0.95);
      };
      return startRun(
        starting.specPath,
        { host: shown, trusted: vscode.workspace.isTrusted, force, check },
        signal,
      );
    });
  try {
    return (await start(false)).folder;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'run-already-active') throw error;
    const choice = await vscode.window.showWarningMessage(error.message, { modal: true }, 'Start Another');
    return choice ? (await start(true)).folder : null;
  }
}

/** Shows what a check found; an error among it keeps the run from starting. */
function refuse(
  diagnostics: vscode.DiagnosticCollection,
  uri: vscode.Uri,
  findings: readonly Finding[],
): void {
  showFindings(diagnostics, uri, findings);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (!errors[0]) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more, see Problems)` : '';
  throw new AppError('spec-invalid', `Not started: ${errors[0].message}${more}`, errors[0].fix);
}

/** Findings as diagnostics on the spec: at their place when they have one, else at the top. */
function showFindings(
  diagnostics: vscode.DiagnosticCollection,
  uri: vscode.Uri,
  findings: readonly Finding[],
): void {
  const level = {
    error: vscode.DiagnosticSeverity.Error,
    warning: vscode.DiagnosticSeverity.Warning,
    info: vscode.DiagnosticSeverity.Information,
  };
  const items = findings.map((finding) => {
    const line = Math.max(0, (finding.line ?? 1) - 1);
    const column = Math.max(0, (finding.column ?? 1) - 1);
    const range = new vscode.Range(line, column, line, column + 1);
    const message = [finding.message, finding.fix].filter(Boolean).join(' ');
    const item = new vscode.Diagnostic(range, message, level[finding.severity]);
    item.source = 'Coldstart';
    item.code = finding.code;
    return item;
  });
  diagnostics.set(uri, items);
}

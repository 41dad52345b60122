import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import {
  type CheckOptions,
  checkRun,
  hasErrors,
  passedWords,
  type SpecText,
} from '../../../services/run/check.ts';
import { startRun } from '../../../services/run/launch.ts';
import { parseSpec } from '../../../services/run/spec-file.ts';
import { StartingRun } from '../../../services/run/starting-run.ts';
import type { Finding, RunHost } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { command, requireTrust, tickStep, withProgress } from '../../report.ts';
import { registerRunSpecLens } from './code-lens.ts';
import { SpecFindings, tellFindings } from './findings.ts';
import { registerRunCommand } from './run-command.ts';
import { registerSpecFixes } from './spec-fixes.ts';
import { startWizard } from './start-wizard.ts';
import { settleDatasets, specAt } from './unsaved.ts';

/** Run specs: the wizard that writes one, CodeLens, quick fixes, check, show command, start. */
export function registerLaunch(app: AppContext): vscode.Disposable {
  const on = (id: string, run: (...args: never[]) => unknown) => command(app.log, `coldstart.${id}`, run);
  const shown = new SpecFindings(app.log);
  const host = (spec: vscode.Uri) => app.runHost(spec);
  const check = (spec: SpecText, uri: vscode.Uri, options?: CheckOptions) =>
    withProgress('Checking run spec', (progress, signal) =>
      checkRun(spec, { ...host(uri), progress }, signal, options),
    );
  const refuse: Refuse = (uri, findings) => {
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
      if (!(await settleDatasets(spec, uri, host(uri).settings))) return;
      const starting = new StartingRun(spec, uri.fsPath);
      void vscode.commands.executeCommand('coldstart.showStarting', starting);
      let folder: string | null = null;
      try {
        folder = await startShown(starting, shownSpec, (findings) => refuse(uri, findings), host(uri));
      } finally {
        await vscode.commands.executeCommand('coldstart.refreshRuns');
        starting.end(folder);
      }
      if (folder) await tickStep('coldstart.runStarted');
    }),
  );
}

/** A start that what is known forbids waits for no interpreter. */
const onlyKnown: CheckOptions = { known: (findings) => !hasErrors(findings) };

/** Shows what a check found; true when that keeps the run from starting. */
type Refuse = (uri: vscode.Uri, findings: readonly Finding[]) => boolean;

/**
 * Checks and starts a run that a dashboard shows already; both it and a notification tell what is done, and can call it
 * off. Null when it was refused, or when the person does not want a second run of a spec.
 */
async function startShown(
  starting: StartingRun,
  text: SpecText,
  refuse: (findings: readonly Finding[]) => boolean,
  host: RunHost,
): Promise<string | null> {
  const source = { spec: starting.spec, path: starting.specPath };
  const start = (force: boolean) =>
    withProgress('Starting run', async (notice, cancelled) => {
      const report = (doing: string, share?: number) => {
        notice.report(doing, share);
        starting.report(doing, share);
      };
      const shown: RunHost = { ...host, progress: { report } };
      const signal = AbortSignal.any([cancelled, starting.signal]);
      const check = async () => {
        // It was told with its buttons; nothing more is to be said.
        if (refuse(await checkRun(text, shown, signal, onlyKnown)))
          throw new AppError('cancelled', 'Refused by the check.');
        report('Writing the run folder', 0.95);
      };
      const trusted = vscode.workspace.isTrusted;
      return startRun(source, { host: shown, trusted, force, check }, signal);
    });
  try {
    return (await start(false)).folder;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'run-already-active') throw error;
    const choice = await vscode.window.showWarningMessage(error.message, { modal: true }, 'Start Another');
    return choice ? (await start(true)).folder : null;
  }
}

import { basename } from 'node:path';
import * as vscode from 'vscode';
import { AppError } from '../../../core/errors.ts';
import { type CheckOptions, checkRun, hasErrors, type SpecText } from '../../../services/run/check.ts';
import { activeRunOf, startRun } from '../../../services/run/launch.ts';
import type { StartingRun } from '../../../services/run/starting-run.ts';
import type { Finding, RunHost } from '../../../services/run/views.ts';
import { withProgress } from '../../report.ts';

/** A start that what is known forbids waits for no interpreter. */
export const onlyKnown: CheckOptions = { known: (findings) => !hasErrors(findings) };

/** Shows what a check found; true when that keeps the run from starting. */
type Refuse = (findings: readonly Finding[]) => boolean;

/** Whether a run spec is to be started although it runs. */
export type Wish = 'start' | 'start-another' | 'nothing';

/** Asks, before anything opens, what is wanted of a spec whose run is going on; shows that run when it is wanted. */
export async function wishFor(uri: vscode.Uri, { settings }: RunHost): Promise<Wish> {
  const running = await activeRunOf(settings.runsFolder, uri.fsPath);
  if (running === null) return 'start';
  const choice = await vscode.window.showWarningMessage(
    `${vscode.workspace.asRelativePath(uri)} is running already.`,
    { modal: true, detail: `Its run ${basename(running)} is going on.` },
    'Show the Running One',
    'Start Another',
  );
  if (choice === 'Start Another') return 'start-another';
  if (choice !== undefined) await vscode.commands.executeCommand('coldstart.openRun', running);
  return 'nothing';
}

/**
 * Checks and starts a run while a dashboard shows what is done; both it and a notification can call that off. Null when
 * the check refused it.
 */
export async function startShown(
  starting: StartingRun,
  text: SpecText,
  refuse: Refuse,
  host: RunHost,
  force: boolean,
): Promise<string | null> {
  void vscode.commands.executeCommand('coldstart.showStarting', starting);
  let folder: string | null = null;
  try {
    folder = await withProgress('Starting run', async (notice, cancelled) => {
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
      const source = { spec: starting.spec, path: starting.specPath };
      const trusted = vscode.workspace.isTrusted;
      return (await startRun(source, { host: shown, trusted, force, check }, signal)).folder;
    });
  } finally {
    await vscode.commands.executeCommand('coldstart.refreshRuns');
    starting.end(folder);
  }
  return folder;
}

import * as vscode from 'vscode';
import { AppError, type ErrorCode } from '../core/errors.ts';
import { isCancelled } from '../services/cancelled.ts';
import type { Progress } from '../services/ports.ts';

/** A button of a notification, and the command that it runs. */
export interface Remedy {
  readonly label: string;
  readonly command: string;
}

const interpreter: readonly Remedy[] = [
  { label: 'Choose Interpreter…', command: 'coldstart.chooseInterpreter' },
  { label: 'Create Environment…', command: 'coldstart.createTrainerEnvironment' },
];

const remedies: Readonly<Partial<Record<ErrorCode, readonly Remedy[]>>> = {
  'python-missing': interpreter,
  'environment-incomplete': interpreter,
  'workspace-untrusted': [{ label: 'Manage Workspace Trust', command: 'workbench.trust.manage' }],
};

/** What a person can do at once about an error of this code; the log when there is nothing else. */
export function remediesOf(code: ErrorCode): readonly Remedy[] {
  return remedies[code] ?? [{ label: 'Show Log', command: 'coldstart.showLog' }];
}

/** A notification whose buttons run commands; resolves when it is answered or closed. */
export async function tell(
  level: 'error' | 'warning' | 'info',
  text: string,
  buttons: readonly Remedy[],
): Promise<void> {
  const labels = buttons.map(({ label }) => label);
  const { window, commands } = vscode;
  const chosen =
    level === 'error'
      ? await window.showErrorMessage(text, ...labels)
      : level === 'warning'
        ? await window.showWarningMessage(text, ...labels)
        : await window.showInformationMessage(text, ...labels);
  const button = buttons.find(({ label }) => label === chosen);
  if (button) await commands.executeCommand(button.command);
}

/** Shows an error once: what happened and what to do; unexpected ones go to the log with their stack. */
export async function showError(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  if (isCancelled(error)) return;
  if (error instanceof Error && error.name === 'AbortError') return;
  const isOurs = error instanceof AppError;
  const message = isOurs
    ? [error.message, error.hint].filter(Boolean).join(' ')
    : `Unexpected: ${error instanceof Error ? error.message : String(error)}`;
  log.error(error instanceof Error ? (error.stack ?? error.message) : message);
  await tell('error', message, remediesOf(isOurs ? error.code : 'internal'));
}

/** A command whose failure is shown, never thrown into the void. */
export function command(
  log: vscode.LogOutputChannel,
  id: string,
  run: (...args: never[]) => unknown,
): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (...args: unknown[]) => {
    try {
      return await run(...(args as never[]));
    } catch (error) {
      await showError(error, log);
      return undefined;
    }
  });
}

/** Runs long work in a cancellable notification; its shares become the bar. */
export function withProgress<T>(
  title: string,
  work: (progress: Progress, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const done = vscode.window.withProgress(options, async (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    let shown = 0;
    const report = (message: string, share?: number) => {
      const now = share === undefined ? shown : Math.max(shown, Math.min(100, share * 100));
      progress.report({ message, increment: now - shown });
      shown = now;
    };
    return work({ report }, controller.signal);
  });
  return Promise.resolve(done);
}

/** Refuses in code what an untrusted workspace may not start: a hidden command can still be called. */
export function requireTrust(what: string): void {
  if (vscode.workspace.isTrusted) return;
  throw new AppError(
    'workspace-untrusted',
    `${what} needs a trusted workspace, because it starts Python.`,
    'Use “Workspaces: Manage Workspace Trust”, then try again.',
  );
}

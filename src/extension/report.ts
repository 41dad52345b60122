import * as vscode from 'vscode';
import { AppError } from '../core/errors.ts';
import type { Progress } from '../services/ports.ts';

/** Shows an error once: what happened and what to do; unexpected ones go to the log with their stack. */
export async function showError(error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  if (error instanceof AppError && error.code === 'cancelled') return;
  if (error instanceof Error && error.name === 'AbortError') return;
  const message =
    error instanceof AppError
      ? [error.message, error.hint].filter(Boolean).join(' ')
      : `Unexpected: ${error instanceof Error ? error.message : String(error)}`;
  log.error(error instanceof Error ? (error.stack ?? error.message) : message);
  if ((await vscode.window.showErrorMessage(message, 'Show Log')) === 'Show Log') log.show();
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

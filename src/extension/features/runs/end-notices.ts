import * as vscode from 'vscode';
import type { RunListing } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { isActive, lookOf, wayOnOf } from './describe-run.ts';

/** Tells once when a run that was seen alive has ended; a setting turns it off. */
export class EndNotices {
  private alive = new Set<string>();

  constructor(private readonly app: AppContext) {}

  see(runs: readonly RunListing[]): void {
    const wanted = vscode.workspace.getConfiguration('coldstart').get('runs.notifyOnEnd', true);
    for (const run of runs) {
      if (isActive(run)) this.alive.add(run.folder);
      else if (this.alive.delete(run.folder) && wanted) void this.tell(run);
    }
  }

  private async tell(run: RunListing): Promise<void> {
    const isFailure = run.status.kind === 'failed' || run.status.kind === 'died';
    const say = isFailure ? vscode.window.showErrorMessage : vscode.window.showInformationMessage;
    const wayOn = wayOnOf(run.status);
    const labels = [...(wayOn ? [wayOn.label] : []), 'Open Dashboard', "Don't Show Again"];
    const choice = await say(`${run.name}: ${endOf(run)}`, ...labels);
    if (wayOn && choice === wayOn.label) await vscode.commands.executeCommand(wayOn.command, run.folder);
    if (choice === 'Open Dashboard') await vscode.commands.executeCommand('coldstart.openRun', run.folder);
    if (choice !== "Don't Show Again") return;
    const configuration = vscode.workspace.getConfiguration('coldstart');
    await configuration.update('runs.notifyOnEnd', false, vscode.ConfigurationTarget.Global);
    this.app.log.info('No more notices when a run ends (setting coldstart.runs.notifyOnEnd).');
  }
}

function endOf(run: RunListing): string {
  return run.status.kind === 'completed' ? `completed, ${lookOf(run).words}` : lookOf(run).words;
}

import * as vscode from 'vscode';
import { EndedRuns } from '../../../services/run/ended-runs.ts';
import type { RunListing } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';
import { lookOf, wayOnOf } from './describe-run.ts';

/** Tells once when a run that was seen alive has ended, unless its dashboard shows that; a setting turns it off. */
export class EndNotices {
  private readonly ended = new EndedRuns();

  constructor(
    private readonly app: AppContext,
    private readonly isShown: (folder: string) => boolean,
  ) {}

  see(runs: readonly RunListing[]): void {
    const wanted = vscode.workspace.getConfiguration('coldstart').get('runs.notifyOnEnd', true);
    for (const run of this.ended.of(runs, this.isShown)) if (wanted) void this.tell(run);
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

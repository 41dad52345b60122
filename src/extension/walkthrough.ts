import * as vscode from 'vscode';

/** Context keys that steps of the walkthrough wait for; one for each. */
type StepKey =
  | 'coldstart.exampleCreated'
  | 'coldstart.environmentReady'
  | 'coldstart.tracesRead'
  | 'coldstart.runStarted'
  | 'coldstart.rolloutsRead';

const stored = 'coldstart.doneSteps';
/** VS Code shows the tab before it listens for the keys of its steps. */
const listensMs = 1000;

/**
 * Ticks steps of the walkthrough. VS Code hears of a key only after a walkthrough was shown in the window, so that what
 * was done before is told again then. A key holds for a moment only: a step whose key held already is never ticked.
 */
export class Walkthrough {
  private readonly shown: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly state: vscode.Memento) {
    this.shown = vscode.window.tabGroups.onDidChangeTabs(() => this.look());
    this.look();
  }

  /** Remembers that a step was done, and ticks it. */
  async tick(key: StepKey): Promise<void> {
    const done = this.done();
    if (!done.includes(key)) await this.state.update(stored, [...done, key]);
    await hold(key);
  }

  dispose(): void {
    this.shown.dispose();
    clearTimeout(this.timer);
  }

  private done(): readonly StepKey[] {
    return this.state.get<StepKey[]>(stored, []);
  }

  private look(): void {
    // A walkthrough is a tab of a kind that extensions are told nothing of, as a page of settings is.
    const { activeTab } = vscode.window.tabGroups.activeTabGroup;
    if (!activeTab || activeTab.input !== undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      for (const key of this.done()) await hold(key);
    }, listensMs);
  }
}

async function hold(key: StepKey): Promise<void> {
  await vscode.commands.executeCommand('setContext', key, true);
  await vscode.commands.executeCommand('setContext', key, false);
}

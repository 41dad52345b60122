import * as vscode from 'vscode';
import { evaluationsFolder } from '../../../services/run/evaluations.ts';
import { RunsWatcher } from '../../../services/run/runs-watcher.ts';
import type { RunListing } from '../../../services/run/views.ts';
import type { AppContext } from '../../app-context.ts';

interface Watched extends vscode.Disposable {
  readonly watcher: RunsWatcher;
}

/** The runs of all workspace folders; where they are looked for follows the settings and the folders of the workspace. */
export class WatchedRuns implements vscode.Disposable {
  private readonly folders = new Map<string, Watched>();
  private readonly scope: vscode.Disposable;

  /** `changed` is called when the list or a state of it changed, `evaluated` when evaluations were added or removed. */
  constructor(
    private readonly app: AppContext,
    private readonly changed: () => void,
    private readonly evaluated: () => void,
  ) {
    this.follow();
    const moved = () => {
      this.follow();
      this.changed();
    };
    this.scope = vscode.Disposable.from(
      vscode.workspace.onDidChangeWorkspaceFolders(moved),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('coldstart.runs.folder')) moved();
      }),
    );
  }

  /** Newest first, as of the last look. */
  get runs(): RunListing[] {
    const runs = [...this.folders.values()].flatMap(({ watcher }) => watcher.runs);
    return runs.sort((a, b) => b.created - a.created);
  }

  /** Reads all folders now. */
  async refresh(): Promise<void> {
    await Promise.all([...this.folders.values()].map(({ watcher }) => watcher.refresh()));
  }

  dispose(): void {
    this.scope.dispose();
    for (const watched of this.folders.values()) watched.dispose();
    this.folders.clear();
  }

  private follow(): void {
    const wanted = this.app.runsFolders();
    for (const [folder, watched] of this.folders) {
      if (wanted.includes(folder)) continue;
      watched.dispose();
      this.folders.delete(folder);
    }
    for (const folder of wanted) if (!this.folders.has(folder)) this.folders.set(folder, this.watch(folder));
  }

  private watch(folder: string): Watched {
    const watcher = new RunsWatcher(folder, this.app.log);
    watcher.onChange(this.changed);
    // The command line evaluates too.
    const evaluations = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.file(evaluationsFolder(folder)), '*.json'),
    );
    const scope = vscode.Disposable.from(
      watcher,
      evaluations,
      evaluations.onDidCreate(this.evaluated),
      evaluations.onDidChange(this.evaluated),
      evaluations.onDidDelete(this.evaluated),
    );
    return { watcher, dispose: () => scope.dispose() };
  }
}

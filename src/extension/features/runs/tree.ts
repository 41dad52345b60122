import * as vscode from 'vscode';
import type { RunListing } from '../../../services/run/views.ts';
import { lookOf, offersStop } from './describe-run.ts';

interface Day {
  readonly kind: 'day';
  readonly label: string;
  readonly runs: readonly RunListing[];
}
interface RunNode {
  readonly kind: 'run';
  readonly run: RunListing;
}
export type RunsNode = Day | RunNode;

/** Runs grouped by day, newest first; the newest day is open. */
export class RunsTree implements vscode.TreeDataProvider<RunsNode> {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private runs: readonly RunListing[] = [];

  show(runs: readonly RunListing[]): void {
    this.runs = runs;
    this.changed.fire();
  }

  getChildren(node?: RunsNode): RunsNode[] {
    if (node?.kind === 'day') return node.runs.map((run) => ({ kind: 'run', run }));
    if (node) return [];
    const days = new Map<string, RunListing[]>();
    for (const run of [...this.runs].sort((a, b) => b.created - a.created)) {
      const label = new Date(run.created).toLocaleDateString(undefined, { dateStyle: 'medium' });
      days.set(label, [...(days.get(label) ?? []), run]);
    }
    return [...days].map(([label, runs]) => ({ kind: 'day', label, runs }));
  }

  getTreeItem(node: RunsNode): vscode.TreeItem {
    if (node.kind === 'day') {
      const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Expanded);
      item.id = `day:${node.label}`;
      return item;
    }
    const { run } = node;
    const look = lookOf(run);
    const item = new vscode.TreeItem(run.name);
    item.id = run.folder;
    item.description = `${run.stage} · ${look.words}`;
    item.iconPath = new vscode.ThemeIcon(
      look.icon,
      look.color ? new vscode.ThemeColor(look.color) : undefined,
    );
    item.contextValue = look.context;
    item.tooltip = `${run.name} (${run.id})\n${run.stage} · ${look.words}\n${run.folder}`;
    item.command = { title: 'Open run dashboard', command: 'coldstart.openRun', arguments: [run.folder] };
    return item;
  }
}

/** One item at the left of the status bar while a run is active; its click opens the dashboard. */
export class RunStatusBar {
  private readonly item = vscode.window.createStatusBarItem(
    'coldstart.run',
    vscode.StatusBarAlignment.Left,
    10,
  );

  constructor() {
    this.item.name = 'Coldstart run';
  }

  show(runs: readonly RunListing[]): void {
    const active = runs.filter(offersStop).sort((a, b) => b.created - a.created);
    const [run] = active;
    if (!run) {
      this.item.hide();
      return;
    }
    const more = active.length > 1 ? ` (+${active.length - 1})` : '';
    this.item.text = `$(pulse) ${run.name} ${lookOf(run).words}${more}`;
    this.item.tooltip = 'Open run dashboard';
    this.item.command = { title: 'Open', command: 'coldstart.openRun', arguments: [run.folder] };
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}

import { relative } from 'node:path';
import * as vscode from 'vscode';
import { many } from '../../../core/text/plural.ts';
import { decidedDataset } from '../../../services/dataset/decisions-file.ts';
import { type DatasetFacts, datasetFacts } from '../../../services/dataset/facts.ts';
import type { AppContext } from '../../app-context.ts';
import { findDatasets, isOfRun } from '../../find-datasets.ts';
import { command } from '../../report.ts';

interface Node {
  readonly uri: vscode.Uri;
}

/** Datasets of the workspace with their row count and decisions; follows files that come and go. */
export function registerDatasets(app: AppContext): vscode.Disposable {
  const on = (id: string, run: (...args: never[]) => unknown) => command(app.log, `coldstart.${id}`, run);
  const tree = new DatasetsTree(app);
  const watcher = vscode.workspace.createFileSystemWatcher('**/*.jsonl');
  const changed = (uri: vscode.Uri) => {
    if (uri.path.includes('/.coldstart/') || isOfRun(uri, app.runsFolders())) return;
    const decided = decidedDataset(uri.fsPath);
    if (decided === null) tree.refresh();
    else tree.recount(decided);
  };
  return vscode.Disposable.from(
    tree,
    watcher,
    watcher.onDidCreate(changed),
    watcher.onDidDelete(changed),
    watcher.onDidChange(changed),
    vscode.window.createTreeView('coldstart.datasets', { treeDataProvider: tree }),
    on('refreshDatasets', () => tree.refresh()),
  );
}

/** A person decides and programs write in bursts: what follows waits for the end of one, ms. */
const quietMs = 300;

class DatasetsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private refreshing: NodeJS.Timeout | undefined;
  private recounting: NodeJS.Timeout | undefined;
  /** Paths of datasets with other decisions than were counted. */
  private readonly redecided = new Set<string>();
  private nodes: readonly Node[] = [];
  /** What is known of datasets, by path: they are shown before their rows are counted, and while they are again. */
  private readonly described = new Map<string, string>();
  /** Those of the last search that were counted since. */
  private counted = new Set<Node>();

  constructor(private readonly app: AppContext) {}

  /** Many changes at once (an export, a running append) become one refresh. */
  refresh(): void {
    clearTimeout(this.refreshing);
    this.refreshing = setTimeout(() => this.changed.fire(undefined), quietMs);
  }

  /** Decisions on the dataset at `path` changed: its rows and all other datasets are as they were. */
  recount(path: string): void {
    this.redecided.add(path);
    clearTimeout(this.recounting);
    this.recounting = setTimeout(() => {
      for (const node of this.nodes) if (this.redecided.has(node.uri.fsPath)) void this.count(node);
      this.redecided.clear();
    }, quietMs);
  }

  dispose(): void {
    clearTimeout(this.refreshing);
    clearTimeout(this.recounting);
    this.changed.dispose();
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node) return [];
    const found = await findDatasets(this.app.runsFolders());
    const outcome = found.length === 0 ? 'none' : 'some';
    await vscode.commands.executeCommand('setContext', 'coldstart.datasetSearch', outcome);
    this.counted = new Set();
    this.nodes = found.map((uri) => ({ uri }));
    return [...this.nodes];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const { uri } = node;
    const item = new vscode.TreeItem(uri);
    const base = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? '';
    item.id = uri.toString();
    item.label = relative(base, uri.fsPath);
    item.iconPath = new vscode.ThemeIcon('database');
    item.contextValue = 'dataset';
    item.command = { title: 'Open in trace editor', command: 'coldstart.openTraceEditor', arguments: [uri] };
    item.description = this.described.get(uri.fsPath) ?? 'counting…';
    if (!this.counted.has(node)) void this.count(node);
    return item;
  }

  private async count(node: Node): Promise<void> {
    this.counted.add(node);
    const { counted } = this;
    const words = await datasetFacts(node.uri.fsPath, this.app.assets).then(describe, (error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    if (this.described.get(node.uri.fsPath) === words) return;
    this.described.set(node.uri.fsPath, words);
    if (counted === this.counted) this.changed.fire(node);
  }
}

function describe({ rows, decisions }: DatasetFacts): string {
  const number = (value: number) => value.toLocaleString('en');
  return [
    many(rows, 'row'),
    ...(decisions.keep ? [`${number(decisions.keep)} kept`] : []),
    ...(decisions.drop ? [`${number(decisions.drop)} dropped`] : []),
    ...(decisions.flag ? [`${number(decisions.flag)} flagged`] : []),
  ].join(' · ');
}

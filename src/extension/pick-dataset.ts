import { basename, dirname, relative } from 'node:path';
import * as vscode from 'vscode';
import { AppError } from '../core/errors.ts';
import { many } from '../core/text/plural.ts';
import { datasetFacts } from '../services/dataset/facts.ts';
import type { AppContext } from './app-context.ts';
import { findDatasets } from './find-datasets.ts';

interface Item extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
}

export interface PickOptions {
  readonly title: string;
  /** The dataset that was looked at last. */
  readonly active?: vscode.Uri | undefined;
  /** What is said of a dataset in this choice, and whether it comes first or last. */
  readonly remark?: ((path: string) => Remark | null) | undefined;
}

/** `words` may hold icons; `place` moves a dataset to the start or the end of the list. */
export interface Remark {
  readonly words: string;
  readonly place: 'first' | 'last';
}

const quickBytes = 50_000_000;

/** Whether the rows of a dataset are counted, or cannot be, within moments, so that a list can wait for it. */
export async function isCountedQuickly(path: string): Promise<boolean> {
  const { size } = await vscode.workspace.fs.stat(vscode.Uri.file(path)).then(undefined, () => ({ size: 0 }));
  return size <= quickBytes;
}

/**
 * Asks for a dataset of the workspace, those in open editors first, then folder by folder with their row counts, or any
 * other file; undefined when nothing was chosen.
 */
export async function pickDataset(app: AppContext, options: PickOptions): Promise<vscode.Uri | undefined> {
  const base = app.workspace() ?? '';
  const found = await findDatasets(app.runsFolders());
  if (found.length === 0) {
    throw new AppError(
      'file-not-found',
      'There is no dataset (.jsonl) in this workspace.',
      'Open a folder that holds one, or use “Coldstart: Create example workspace…”.',
    );
  }
  const counts = new Map<string, string>();
  const folderOf = (uri: vscode.Uri) => relative(base, dirname(uri.fsPath));
  const itemOf = (uri: vscode.Uri): Item => ({
    label: basename(uri.fsPath),
    description: [folderOf(uri), counts.get(uri.fsPath), remark(uri)?.words].filter(Boolean).join(' · '),
    uri,
  });
  const remark = (uri: vscode.Uri) => options.remark?.(uri.fsPath) ?? null;
  const placed = (place: Remark['place']) => found.filter((uri) => remark(uri)?.place === place);
  const [first, last] = [placed('first'), placed('last')];
  const head = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const others = found.filter((uri) => remark(uri) === null);
  const recent = recentOf(others, options.active);
  const folders = new Map<string, vscode.Uri[]>();
  for (const uri of others) {
    if (recent.includes(uri)) continue;
    const folder = folderOf(uri);
    folders.set(folder, [...(folders.get(folder) ?? []), uri]);
  }
  const items = (): Item[] => [
    ...first.map(itemOf),
    ...(recent.length > 0 ? [head('open'), ...recent.map(itemOf)] : []),
    ...[...folders]
      .sort(([a], [b]) => a.localeCompare(b))
      .flatMap(([folder, uris]) => [head(folder || basename(base)), ...uris.map(itemOf)]),
    ...(last.length > 0 ? [head(''), ...last.map(itemOf)] : []),
    head(''),
    { label: '$(folder) Browse…' },
  ];
  const picker = vscode.window.createQuickPick<Item>();
  picker.title = options.title;
  picker.matchOnDescription = true;
  // Who looks a name up in another window does not begin anew.
  picker.ignoreFocusOut = true;
  picker.items = items();
  const chosen = new Promise<Item | undefined>((resolve) => {
    picker.onDidAccept(() => {
      if (picker.selectedItems[0]) resolve(picker.selectedItems[0]);
    });
    picker.onDidHide(() => resolve(undefined));
  });
  picker.show();
  let isOpen = true;
  void countRows(app, [...recent, ...found], counts, () => isOpen).then(() => {
    if (!isOpen) return;
    const [active] = picker.activeItems;
    const at = active ? picker.items.indexOf(active) : -1;
    picker.keepScrollPosition = true;
    picker.items = items();
    const same = picker.items[at];
    if (same) picker.activeItems = [same];
  });
  const item = await chosen;
  isOpen = false;
  picker.dispose();
  if (!item || item.uri) return item?.uri;
  const files = await vscode.window.showOpenDialog({
    title: options.title,
    filters: { Dataset: ['jsonl', 'json'] },
    ...(base ? { defaultUri: vscode.Uri.file(base) } : {}),
  });
  // Who closes the dialog goes back to the list.
  return files?.[0] ?? pickDataset(app, options);
}

/** Datasets in open editors, the one looked at last first. */
function recentOf(found: readonly vscode.Uri[], active: vscode.Uri | undefined): vscode.Uri[] {
  const open = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .flatMap(({ input }) =>
      input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText
        ? [input.uri.toString()]
        : [],
    );
  const order = [active?.toString(), ...open];
  const known = new Map(found.map((uri) => [uri.toString(), uri]));
  return [...new Set(order)].flatMap((key) => known.get(key ?? '') ?? []);
}

/** Fills in the row counts of small files, one after the other, while somebody looks. */
async function countRows(
  app: AppContext,
  uris: readonly vscode.Uri[],
  counts: Map<string, string>,
  isWanted: () => boolean,
): Promise<void> {
  for (const { fsPath } of uris) {
    if (!isWanted()) return;
    if (counts.has(fsPath)) continue;
    const isQuick = await isCountedQuickly(fsPath);
    const facts = isQuick ? await datasetFacts(fsPath, app.assets).catch(() => null) : null;
    if (facts) counts.set(fsPath, many(facts.rows, 'row'));
  }
}

import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { exportShapes } from '../../../core/dataset/export-shapes.ts';
import { exportDataset } from '../../../services/dataset/export.ts';
import { selectionOf } from '../../../services/dataset/select.ts';
import type { AppContext } from '../../app-context.ts';
import { withProgress } from '../../report.ts';
import type { DatasetDocument } from './dataset-document.ts';

/** Multi-step export: which rows, which shape, images, file; then a manifest beside it. */
export async function exportTraces(
  app: AppContext,
  uri: vscode.Uri,
  open: DatasetDocument | null,
): Promise<void> {
  const filter = open?.model.view().filter.text ?? '';
  if (open?.model.dirty) await vscode.workspace.save(uri);
  const rows = await vscode.window.showQuickPick(
    [
      { label: 'Kept traces', rows: 'kept', filter: '' },
      ...(filter ? [{ label: 'Current filter', description: filter, rows: 'all', filter }] : []),
      ...(filter
        ? [{ label: 'Kept traces in the current filter', description: filter, rows: 'kept', filter }]
        : []),
      { label: 'All traces', rows: 'all', filter: '' },
    ],
    { title: 'Export traces (1/4): rows', ignoreFocusOut: true },
  );
  if (!rows) return;
  const shape = await vscode.window.showQuickPick(
    exportShapes.map(({ name, title }) => ({ label: title, description: name, name })),
    { title: 'Export traces (2/4): shape', ignoreFocusOut: true },
  );
  if (!shape) return;
  const images = await vscode.window.showQuickPick(
    [
      { label: 'Refer to the images where they are', mode: 'relative' as const },
      { label: 'Copy the images beside the new file', mode: 'copy' as const },
      { label: 'Embed the images', mode: 'embed' as const },
    ],
    { title: 'Export traces (3/4): images', ignoreFocusOut: true },
  );
  if (!images) return;
  const name = basename(uri.fsPath).replace(/\.jsonl?$/, '');
  const to = await vscode.window.showSaveDialog({
    title: 'Export traces (4/4): file',
    defaultUri: vscode.Uri.file(join(dirname(uri.fsPath), `${name}-${rows.rows}.jsonl`)),
    filters: { 'JSON Lines': ['jsonl'] },
  });
  if (!to) return;
  const result = await withProgress('Exporting traces', (progress, signal) =>
    exportDataset({
      path: uri.fsPath,
      selection: selectionOf({ rows: rows.rows, filter: rows.filter }),
      shape: shape.name,
      images: images.mode,
      to: to.fsPath,
      force: true,
      assets: app.assets,
      settings: app.settings(uri),
      log: app.log,
      signal,
      progress,
    }),
  );
  const skipped = result.skipped > 0 ? `, ${result.skipped.toLocaleString('en')} skipped` : '';
  const traces = `${result.written.toLocaleString('en')} ${result.written === 1 ? 'trace' : 'traces'}`;
  const message = `Exported ${traces}${skipped} to ${basename(to.fsPath)}.`;
  if ((await vscode.window.showInformationMessage(message, 'Open')) === 'Open') {
    await vscode.commands.executeCommand('coldstart.openTraceEditor', to);
  }
}

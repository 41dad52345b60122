import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { exportShapes } from '../../../core/dataset/export-shapes.ts';
import { AppError } from '../../../core/errors.ts';
import { many } from '../../../core/text/plural.ts';
import { type ExportOutcome, exportDataset } from '../../../services/dataset/export.ts';
import { datasetFacts } from '../../../services/dataset/facts.ts';
import { selectionOf } from '../../../services/dataset/select.ts';
import type { AppContext } from '../../app-context.ts';
import { chosenReading } from '../../chosen-reading.ts';
import { withProgress } from '../../report.ts';
import type { DatasetDocument } from './dataset-document.ts';

interface RowsItem extends vscode.QuickPickItem {
  readonly rows: 'kept' | 'all';
  readonly filter: string;
  readonly count: number;
}

/** Multi-step export: which rows, which shape, images, file; then a manifest beside it. The dataset is never written. */
export async function exportTraces(
  app: AppContext,
  uri: vscode.Uri,
  open: DatasetDocument | null,
): Promise<void> {
  const rows = await vscode.window.showQuickPick(rowsItems(app, uri, open), {
    title: 'Export traces (1/4): rows',
    ignoreFocusOut: true,
  });
  if (!rows) return;
  if (rows.count === 0) {
    const hint = rows.rows === 'kept' ? 'Keep some (A in the trace editor), then export again.' : '';
    throw new AppError('selection-empty', `${rows.label}: none, so there is nothing to export.`, hint);
  }
  const own = open?.model.view().shape.name ?? '';
  const isOwn = ({ name }: { readonly name: string }) => name === own;
  const shape = await vscode.window.showQuickPick(
    [...exportShapes.filter(isOwn), ...exportShapes.filter((one) => !isOwn(one))].map(({ name, title }) => ({
      label: title,
      description: name === own ? `${name} · as the file is` : name,
      name,
    })),
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
  const { shape: readAs, extraction } = chosenReading(app, uri);
  const result = await withProgress('Exporting traces', (progress, signal) =>
    exportDataset({
      path: uri.fsPath,
      selection: selectionOf({ rows: rows.rows, filter: rows.filter, shape: readAs }),
      shape: shape.name,
      images: images.mode,
      to: to.fsPath,
      force: true,
      assets: app.assets,
      settings: app.settings(uri),
      log: app.log,
      signal,
      progress,
      ...(extraction ? { extraction } : {}),
      // What the person sees is exported; their file stays as it is until they save it.
      ...(open ? { unsaved: open.model.unsavedRows() } : {}),
    }),
  );
  if ((await vscode.window.showInformationMessage(said(result, to), 'Open')) === 'Open') {
    await vscode.commands.executeCommand('coldstart.openTraceEditor', to);
  }
}

function said({ written, skipped, unsaved }: ExportOutcome, to: vscode.Uri): string {
  const traces = many(written, 'trace');
  const edits = unsaved > 0 ? ` (${number(unsaved)} with unsaved edits)` : '';
  const left = skipped > 0 ? `, ${number(skipped)} skipped` : '';
  return `Exported ${traces}${edits}${left} to ${basename(to.fsPath)}.`;
}

/** The ways to choose rows, each with its count; a choice of nothing comes last. */
async function rowsItems(
  app: AppContext,
  uri: vscode.Uri,
  open: DatasetDocument | null,
): Promise<RowsItem[]> {
  const counts = await countsOf(app, uri, open);
  const { text, error } = open?.model.view().filter ?? { text: '', error: null };
  const filter = error && !error.applied ? '' : text.trim();
  const item = (
    label: string,
    rows: RowsItem['rows'],
    count: number,
    none: string,
    filtered = '',
  ): RowsItem => {
    const description = count === 0 ? none : many(count, 'trace');
    return { label, description, rows, count, filter: filtered, ...(filtered ? { detail: filtered } : {}) };
  };
  const items = [
    item('Kept traces', 'kept', counts.kept, 'none kept yet'),
    ...(filter
      ? [
          item('Current filter', 'all', counts.matched, 'no trace matches', filter),
          item('Kept traces in the current filter', 'kept', counts.keptMatched, 'none kept yet', filter),
        ]
      : []),
    ...(counts.dropped > 0
      ? [
          item(
            'All but dropped traces',
            'all',
            counts.all - counts.dropped,
            'all dropped',
            'not decision:drop',
          ),
        ]
      : []),
    item('All traces', 'all', counts.all, 'the file has no rows'),
  ];
  return [...items.filter(({ count }) => count > 0), ...items.filter(({ count }) => count === 0)];
}

async function countsOf(app: AppContext, uri: vscode.Uri, open: DatasetDocument | null) {
  if (open) return { ...(await open.model.rowChoices()), dropped: open.model.view().decisions.drop };
  const { rows, decisions } = await datasetFacts(uri.fsPath, app.assets);
  return { all: rows, kept: decisions.keep, dropped: decisions.drop, matched: 0, keptMatched: 0 };
}

const number = (value: number): string => value.toLocaleString('en');

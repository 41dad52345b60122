import * as vscode from 'vscode';
import {
  columnName,
  columnTitles,
  longestColumn,
  parseColumn,
  rowColumns,
} from '../../../core/dataset/columns.ts';

interface ColumnItem extends vscode.QuickPickItem {
  readonly name: string;
}

const mostColumns = 40;

/**
 * Lets the person choose the columns of the table: what every trace has, then the dataset's own `fields` and those in
 * use that it has no more. Resolves to the columns as they were when that is left, or nothing is chosen.
 */
export async function chooseColumns(
  columns: readonly string[],
  fields: readonly string[],
): Promise<string[]> {
  const inUse = columns.map(parseColumn);
  const names = new Set(inUse.map(columnName));
  const item = (name: string, label: string, description = ''): ColumnItem => ({
    name,
    label,
    description,
    picked: names.has(name),
  });
  const separator = (label: string): ColumnItem => ({
    name: '',
    label,
    kind: vscode.QuickPickItemKind.Separator,
  });
  const paths = new Set([...fields, ...inUse.flatMap((one) => (one.kind === 'field' ? [one.path] : []))]);
  const own = [...paths].map((path) => {
    const name = columnName({ kind: 'field', path });
    return item(name, path, fields.includes(path) ? '' : 'not in this file');
  });
  const picked = await vscode.window.showQuickPick(
    [
      separator('every trace'),
      ...rowColumns.filter((name) => name !== 'line').map((name) => item(name, columnTitles[name])),
      separator('fields of this dataset'),
      ...own.filter(({ name }) => name.length <= longestColumn),
    ],
    {
      title: 'Columns of the table',
      placeHolder: 'Columns to show',
      canPickMany: true,
      // A webview that takes the focus back must not answer for the person.
      ignoreFocusOut: true,
    },
  );
  if (!picked?.length) return [...columns];
  return picked.slice(0, mostColumns).map(({ name }) => name);
}

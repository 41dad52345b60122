/** What every row has of its own, in the order in which the table shows it. */
export const rowColumns = [
  'line',
  'decision',
  'verdict',
  'prompt',
  'truth',
  'extracted',
  'words',
  'images',
  'problems',
] as const;
export type RowColumn = (typeof rowColumns)[number];

/** A column of the table, by which the list can be sorted: what every row has, or a field of the dataset's own rows. */
export type Column =
  | { readonly kind: RowColumn }
  /** A dotted path into the raw row, as filters understand it. */
  | { readonly kind: 'field'; readonly path: string };

export interface Sort {
  readonly column: Column;
  readonly descending: boolean;
}

/** How the table calls its columns. */
export const columnTitles: Readonly<Record<RowColumn, string>> = {
  line: '#',
  decision: 'Decision',
  verdict: 'Verdict',
  prompt: 'Prompt',
  truth: 'Ground truth',
  extracted: 'Extracted answer',
  words: 'Words',
  images: 'Images',
  problems: 'Problems',
};

/** Longer names of columns are refused, and longer paths not offered. */
export const longestColumn = 500;

/** Reads the name of a column: one of `rowColumns`, else a field, also written `field(path)`. */
export function parseColumn(name: string): Column {
  const known = rowColumns.find((column) => column === name);
  if (known !== undefined) return { kind: known };
  return { kind: 'field', path: /^field\((.+)\)$/s.exec(name)?.[1] ?? name };
}

/** The name that `parseColumn` reads back, also of a field that is called like something every row has. */
export function columnName(column: Column): string {
  return column.kind === 'field' ? `field(${column.path})` : column.kind;
}

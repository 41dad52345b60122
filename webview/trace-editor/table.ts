import { html, nothing, type TemplateResult } from 'lit';
import { columnTitles, parseColumn } from '../../src/core/dataset/columns.ts';
import type { RowSummary } from '../../src/protocol/trace-views.ts';
import { decisionBadge, decisionIcons, decisionWords, icon, verdictBadge } from '../elements/controls.ts';
import { formatCount, formatMetric } from '../elements/format.ts';
import type { Styles } from '../elements/styled.ts';
import { visibleText } from '../elements/visible-text.ts';
import { imageFaultsOf, numberOf, preview, waiting } from './list-row.ts';
import type { RowPages } from './row-pages.ts';
import './table.css';

type Cell = RowSummary['cells'][number];

/** A column as the table lays it out: widths in px, and its share of what is left. */
export interface TableColumn {
  readonly name: string;
  readonly title: string;
  /** Stands for the title in the head. */
  readonly icon?: string;
  readonly numeric: boolean;
  readonly width: number;
  readonly share: number;
  draw(row: RowSummary): unknown;
}

const cellTitle = (value: Cell): string | typeof nothing => (value === null ? nothing : String(value));

/** Whole numbers may be ids or years, and stay as they are written. */
function cellText(value: Cell): unknown {
  if (value === null) return nothing;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : formatMetric(value);
  return visibleText(String(value));
}

const cell = (value: Cell): TemplateResult =>
  html`<span class=${typeof value === 'number' ? 'numeric' : ''} title=${cellTitle(value)}>${cellText(value)}</span>`;

const number = (value: number | null | undefined): TemplateResult =>
  html`<span class="numeric">${value === null || value === undefined ? nothing : formatCount(value)}</span>`;

type FixedColumn = Omit<TableColumn, 'name' | 'title'>;

const fixed: Readonly<Record<string, FixedColumn>> = {
  line: { numeric: true, width: 46, share: 0, draw: (row) => numberOf(row, 'numeric line') },
  decision: {
    numeric: false,
    width: 80,
    share: 0,
    draw: ({ decision }) =>
      html`<span>${decision ? decisionBadge(decision, decisionWords[decision]) : nothing}</span>`,
  },
  verdict: {
    numeric: false,
    width: 86,
    share: 0,
    draw: ({ verdict }) =>
      html`<span>${verdict === 'none' ? nothing : verdictBadge(verdict, verdict)}</span>`,
  },
  prompt: { numeric: false, width: 96, share: 4, draw: preview },
  truth: { numeric: false, width: 92, share: 1, draw: (row) => cell(row.groundTruth ?? null) },
  words: { numeric: true, width: 58, share: 0, draw: (row) => number(row.words) },
  images: { numeric: true, width: 60, share: 0, draw: imageCount },
  problems: {
    numeric: true,
    width: 76,
    share: 0,
    draw: (row) =>
      html`<span class="numeric">${row.status === 'broken' ? 'broken' : row.problems || nothing}</span>`,
  },
};

/** In a narrow window marks do without their words. */
const marks: Readonly<Record<string, FixedColumn>> = {
  decision: {
    icon: decisionIcons.keep,
    numeric: false,
    width: 30,
    share: 0,
    draw: ({ decision }) => html`<span>${decision ? decisionBadge(decision) : nothing}</span>`,
  },
  verdict: {
    icon: 'check',
    numeric: false,
    width: 30,
    share: 0,
    draw: ({ verdict }) => html`<span>${verdictBadge(verdict)}</span>`,
  },
};

function imageCount(row: RowSummary): TemplateResult {
  const faults = imageFaultsOf(row);
  return html`<span class="numeric" title=${faults || nothing}>${
    faults ? html`<span class="problems">${icon('warning')}</span> ` : nothing
  }${row.images}</span>`;
}

/** Columns whose cells the host has to bring; the others are in every row of the list. */
export const askedColumns = (columns: readonly string[]): string[] =>
  columns.filter((name) => !Object.hasOwn(fixed, name));

/** The columns of the table, the number of the row first; what a field holds is told by the rows at hand. */
export function tableColumns(columns: readonly string[], rows: RowPages, isNarrow: boolean): TableColumn[] {
  const asked = askedColumns(columns);
  return ['line', ...columns.filter((name) => name !== 'line')].map((name) => {
    const column = parseColumn(name);
    const known = (isNarrow ? marks[name] : undefined) ?? fixed[name];
    if (known && column.kind !== 'field') return { ...known, name, title: columnTitles[column.kind] };
    const at = asked.indexOf(name);
    const title = column.kind === 'field' ? column.path : columnTitles[column.kind];
    const cells = rows.sample().flatMap((row) => row.cells[at] ?? []);
    return {
      name,
      title,
      numeric: cells.length > 0 && cells.every((value) => typeof value === 'number'),
      width: Math.min(180, Math.max(88, 34 + 8 * title.length)),
      share: 1,
      draw: (row) => cell(row.cells[at] ?? null),
    };
  });
}

/** Gives a table's head and rows one set of tracks; what does not fit is scrolled to. */
export const tableTracks = (columns: readonly TableColumn[]): Styles => ({
  '--cs-table-columns': columns
    .map(({ width, share }) => (share === 0 ? `${width}px` : `minmax(${width}px, ${share}fr)`))
    .join(' '),
  '--cs-table-width': `${columns.reduce((sum, { width }) => sum + width + 8, 26)}px`,
});

/** One row of the table. */
export function tableRow(row: RowSummary | undefined, columns: readonly TableColumn[]): TemplateResult {
  if (!row) return html`<div class="line-of-table">${waiting}</div>`;
  return html`<div class="line-of-table ${row.decision ?? ''}">${columns.map((column) => column.draw(row))}</div>`;
}

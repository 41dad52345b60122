import { html, nothing, type TemplateResult } from 'lit';
import { icon, iconButton } from '../elements/controls.ts';
import { moveAmong } from '../elements/roving.ts';
import type { Sort } from './list-order.ts';
import type { TableColumn } from './table.ts';

export interface TableHead {
  readonly columns: readonly TableColumn[];
  readonly sort: Sort | null;
  sortBy(column: string): void;
  choose(): void;
}

function moveAlong(event: KeyboardEvent): void {
  moveAmong(event, [...(event.currentTarget as HTMLElement).querySelectorAll('button')]);
}

const nextWords = { none: 'Sort ascending', ascending: 'Sort descending', descending: 'Back to file order' };

function title({ columns, sort, sortBy }: TableHead, column: TableColumn): TemplateResult {
  const order = sort?.column !== column.name ? 'none' : sort.descending ? 'descending' : 'ascending';
  const first = columns[0]?.name === column.name;
  return html`<span role="columnheader" aria-sort=${order} class=${column.numeric ? 'numeric' : ''}>
    <button
      type="button"
      tabindex=${first ? 0 : -1}
      title=${`${column.title}: ${nextWords[order].toLowerCase()}`}
      aria-label=${column.title}
      @click=${() => sortBy(column.name)}
    ><span>${column.icon ? icon(column.icon) : column.title}</span>${order === 'none' ? nothing : icon(order === 'ascending' ? 'arrow-up' : 'arrow-down')}</button>
  </span>`;
}

/** The titles of the table, each a button that sorts by its column, and the choice of columns. */
export const tableHead = (head: TableHead): TemplateResult => html`<div class="head-of-table">
  <div role="table" aria-label="Columns" class="titles" @scroll=${scrollTogether} @keydown=${moveAlong}>
    <div role="row" class="line-of-table">${head.columns.map((column) => title(head, column))}</div>
  </div>
  ${iconButton('settings', 'Choose columns…', () => head.choose())}
</div>`;

/** The titles and the rows below them show the same columns. */
export function scrollTogether(event: Event): void {
  const moved = event.currentTarget as HTMLElement;
  const table = moved.closest('.table');
  for (const part of table?.querySelectorAll('.titles, cs-virtual-list') ?? [])
    if (part !== moved && part.scrollLeft !== moved.scrollLeft) part.scrollLeft = moved.scrollLeft;
}

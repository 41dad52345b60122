import { html, nothing, type TemplateResult } from 'lit';
import { styled } from '../elements/styled.ts';
import { editSegment, type Surface } from './actions.ts';
import { nextSort } from './list-order.ts';
import { gridCell, listRow } from './list-row.ts';
import { chooseColumns, setSort } from './sorting.ts';
import { tableColumns, tableRow, tableTracks } from './table.ts';
import { scrollTogether, tableHead } from './table-head.ts';
import '../elements/virtual-list.ts';

type Event<T> = CustomEvent<T>;

const looks = {
  focus: { lineHeight: 26, itemWidth: 0, label: 'Traces' },
  grid: { lineHeight: 196, itemWidth: 180, label: 'Traces as a grid' },
  table: { lineHeight: 24, itemWidth: 0, label: 'Traces as a table' },
} as const;

function pick(surface: Surface, position: number): void {
  void surface.model.perform(() => surface.model.place.goToPosition(position));
  void surface.list?.reveal(position);
}

/** Enter or a double click: edit in the focus view, else show this trace there. */
function open(surface: Surface, position: number): void {
  const { model } = surface;
  if (model.saved.read().view === 'focus') {
    if (position === model.place.position) editSegment(surface);
    return;
  }
  pick(surface, position);
  surface.write({ view: 'focus' });
  void surface.updateComplete.then(() => {
    surface.focusContent();
    return surface.list?.reveal(position, 'center');
  });
}

/** The table view: titles over the list. */
export function table(surface: Surface): TemplateResult {
  const { model } = surface;
  const { columns: names } = model.saved.read();
  const sort = model.document?.sort ?? null;
  const columns = tableColumns(names, model.rows, surface.narrow);
  const head = tableHead({
    columns,
    sort,
    sortBy: (column) => void setSort(surface, nextSort(sort, column)),
    choose: () => void chooseColumns(surface),
  });
  return html`<div class="table" ${styled(tableTracks(columns))}>${head}${itemList(surface)}</div>`;
}

/** The filtered list as lines, cards or table rows, by the view chosen. */
export function itemList(surface: Surface): TemplateResult {
  const { model } = surface;
  const { view } = model.saved.read();
  const { lineHeight, itemWidth, label } = looks[view];
  const columns =
    view === 'table' ? tableColumns(model.saved.read().columns, model.rows, surface.narrow) : [];
  const draw = (position: number) => {
    const row = model.rows.at(position);
    if (view === 'grid') return gridCell(row, model.images);
    return view === 'table' ? tableRow(row, columns) : listRow(row);
  };
  return html`<cs-virtual-list
    id="traces"
    class=${view}
    aria-label=${label}
    .count=${model.matched}
    .lineHeight=${lineHeight}
    .itemWidth=${itemWidth}
    .active=${model.place.position}
    .renderItem=${draw}
    @scroll=${view === 'table' ? scrollTogether : nothing}
    @cs-range=${({ detail }: Event<{ first: number; last: number }>) => model.rows.want(detail.first, detail.last)}
    @cs-pick=${({ detail }: Event<{ index: number }>) => pick(surface, detail.index)}
    @cs-move=${({ detail }: Event<{ index: number }>) => pick(surface, detail.index)}
    @cs-open=${({ detail }: Event<{ index: number }>) => open(surface, detail.index)}
  ></cs-virtual-list>`;
}

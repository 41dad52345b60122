import type { Surface } from './actions.ts';
import { columnWord, type Sort } from './list-order.ts';

/** Sorts the list, which then begins at its first trace; back in file order it stays at the trace shown. */
export async function setSort(surface: Surface, sort: Sort | null): Promise<void> {
  const { model } = surface;
  await model.perform(() => model.setSort(sort));
  const how = sort === null ? 'in file order' : `sorted by ${columnWord(sort.column)}`;
  surface.announce(`Traces ${how}${sort ? `, ${sort.descending ? 'descending' : 'ascending'}` : ''}`);
  surface.requestUpdate();
}

/** Asks the person, by the host, which columns the table has. */
export async function chooseColumns(surface: Surface): Promise<void> {
  const { model } = surface;
  const { columns } = model.saved.read();
  const chosen = await model.perform(() => model.host.call('columns-choose', { columns }));
  if (!chosen) return;
  surface.write({ columns: chosen.columns });
  model.rows.restart();
}

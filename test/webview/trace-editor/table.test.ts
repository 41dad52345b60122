import { describe, expect, it, vi } from 'vitest';
import type { FakeRow } from './fake-dataset.ts';
import { type Opened, plain, shows, start } from './opened-editor.ts';

const row = (index: number): FakeRow => ({
  ...plain(index),
  completion: 'word '.repeat(((index * 7) % 20) + 1).trim(),
  meta: { source: `set ${index % 3}`, grade: index },
});
const byWords = Array.from({ length: 20 }, (_, index) => index).sort(
  (a, b) => ((a * 7) % 20) - ((b * 7) % 20),
);

async function openTable(state?: unknown): Promise<Opened> {
  const opened = await start({ row }, state);
  await shows(opened, 0);
  await opened.command('table-view');
  await vi.waitFor(() => expect(shownRows(opened).length).toBeGreaterThan(10));
  return opened;
}

const shownRows = (opened: Opened) =>
  [...opened.editor.querySelectorAll('#traces .numeric.line')].map(
    ({ textContent }) => Number(textContent) - 1,
  );
const titles = (opened: Opened) => [
  ...opened.editor.querySelectorAll<HTMLElement>('.titles [role="columnheader"]'),
];
const title = (opened: Opened, name: string) => {
  const found = titles(opened).find(({ textContent }) => textContent?.trim() === name);
  if (!found) throw new Error(`No column ${name}`);
  return found;
};
const click = (opened: Opened, name: string) => title(opened, name).querySelector('button')?.click();
const orders = (opened: Opened) =>
  titles(opened).flatMap(({ ariaSort, textContent }) =>
    ariaSort === 'none' ? [] : [`${textContent?.trim()} ${ariaSort}`],
  );

describe('the table', () => {
  it('sorts by a click: ascending, descending, then as in the file', async () => {
    const opened = await openTable();
    expect(orders(opened)).toEqual([]);
    click(opened, 'Words');
    await vi.waitFor(() => expect(orders(opened)).toEqual(['Words ascending']));
    await vi.waitFor(() => expect(shownRows(opened)).toEqual(byWords));
    expect(opened.text('.order')).toBe('sorted by words');
    click(opened, 'Words');
    await vi.waitFor(() => expect(orders(opened)).toEqual(['Words descending']));
    await vi.waitFor(() => expect(shownRows(opened)).toEqual(byWords.toReversed()));
    await vi.waitFor(() => expect(opened.editor.model.place.index).toBe(byWords.at(-1)));
    click(opened, 'Words');
    await vi.waitFor(() => expect(orders(opened)).toEqual([]));
    expect(opened.editor.querySelector('.order')).toBeNull();
    await vi.waitFor(() => expect(opened.editor.model.place.position).toBe(byWords.at(-1)));
    expect(opened.calls('sort-set')).toEqual([
      { sort: { column: 'words', descending: false } },
      { sort: { column: 'words', descending: true } },
      { sort: null },
    ]);
  });

  it('has an order that all views share, that the filter keeps and the bar turns round and undoes', async () => {
    const opened = await start({ row, filter: (_, index) => index % 2 === 0 });
    await shows(opened, 0);
    await opened.command('table-view');
    await vi.waitFor(() => expect(titles(opened).length).toBe(8));
    click(opened, 'Words');
    await vi.waitFor(() => expect(orders(opened)).toEqual(['Words ascending']));
    await opened.command('focus-view');
    await opened.editor.model.setFilter('even');
    await opened.command('next');
    const even = byWords.filter((index) => index % 2 === 0);
    await vi.waitFor(() => expect(opened.editor.model.place.index).toBe(even[1]));
    opened.find('.order .tally').click();
    await vi.waitFor(() => expect(opened.editor.model.place.index).toBe(even.at(-1)));
    await opened.command('next');
    await vi.waitFor(() => expect(opened.editor.model.place.index).toBe(even.at(-2)));
    opened.find('.order [aria-label="Back to file order"]').click();
    await vi.waitFor(() => expect(opened.editor.model.place.position).toBe((even.at(-2) ?? 0) / 2));
  });

  it('stays as it is under a decision, which goes on to the next in this order', async () => {
    const opened = await openTable();
    click(opened, 'Words');
    await vi.waitFor(() => expect(shownRows(opened)).toEqual(byWords));
    await opened.command('next');
    await vi.waitFor(() => expect(opened.editor.model.place.trace?.index).toBe(byWords[1]));
    await vi.waitFor(() => expect(opened.editor.seen).toBe(true));
    await opened.command('drop');
    await vi.waitFor(() => expect(opened.editor.model.place.index).toBe(byWords[2]));
    expect([...opened.host.decisions]).toEqual([[byWords[1], 'drop']]);
    expect(shownRows(opened)).toEqual(byWords);
  });

  it('shows the columns that were chosen, with their cells, and asks for no others', async () => {
    const opened = await openTable();
    expect(opened.calls('rows-read').every((read) => (read as { columns: [] }).columns.length === 0)).toBe(
      true,
    );
    opened.find('.head-of-table > .cs-icon-button').click();
    await vi.waitFor(() => expect(opened.text('#traces-1')).toContain('set 1'));
    expect(titles(opened).map(({ textContent }) => textContent?.trim())).toEqual([
      ...['#', 'Decision', 'Verdict', 'Prompt', 'Ground truth', 'Words', 'Images', 'Problems', 'source'],
    ]);
    expect(opened.calls('rows-read').at(-1)).toMatchObject({ columns: ['field(source)'] });
    await opened.command('focus-view');
    opened.host.change({});
    await vi.waitFor(() => expect(opened.calls('rows-read').at(-1)).toMatchObject({ columns: [] }));
  });

  it('comes back with its columns and its order', async () => {
    const first = await openTable();
    first.find('.head-of-table > .cs-icon-button').click();
    await vi.waitFor(() => expect(titles(first).length).toBe(9));
    click(first, 'source');
    await vi.waitFor(() => expect(orders(first)).toEqual(['source ascending']));
    const state = first.host.transport.readState();
    first.editor.remove();
    const again = await start({ row }, state);
    await vi.waitFor(() => expect(orders(again)).toEqual(['source ascending']));
    expect(titles(again).length).toBe(9);
    await vi.waitFor(() => expect(shownRows(again)).toEqual(byWords));
  });

  it('says that it is sorting, how far, and why it could not', async () => {
    const opened = await openTable();
    const sort = { column: 'field(source)', descending: true };
    opened.host.change({ sort: { ...sort, progress: { kind: 'sorting', scanned: 5, of: 20 } } });
    await vi.waitFor(() => expect(opened.text('.order')).toBe('sorting by source'));
    expect(opened.find('.cs-progress').ariaLabel).toBe('Sorting');
    expect(opened.find('.cs-progress').getAttribute('aria-valuenow')).toBe('25');
    opened.host.change({
      sort: { ...sort, progress: { kind: 'failed', message: 'The file became shorter.' } },
    });
    await vi.waitFor(() => expect(opened.text('.order')).toBe('could not sort by source'));
    expect(opened.find('.order .tally').title).toBe('The file became shorter.');
  });

  it('is sorted by keyboard: arrows, Home and End move along the titles', async () => {
    const opened = await openTable();
    const press = (key: string) =>
      document.activeElement?.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
      );
    const focused = () => document.activeElement?.textContent?.trim();
    title(opened, '#').querySelector('button')?.focus();
    press('ArrowRight');
    expect(focused()).toBe('Decision');
    press('End');
    expect(focused()).toBe('Problems');
    expect(titles(opened).filter((one) => one.querySelector('button')?.tabIndex === 0)).toHaveLength(1);
    press('Home');
    expect(focused()).toBe('#');
    expect(opened.editor.model.place.position).toBe(0);
  });
});

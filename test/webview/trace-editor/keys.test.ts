import { describe, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { reachingWindow } from '../reaching-window.ts';
import type { FakeRow } from './fake-dataset.ts';
import { findingItsPlace, image, picture, plain, shows, start } from './opened-editor.ts';

describe('keys, as VS Code sends them', () => {
  it.each([
    ['keep', 'keep', 'kept, 19 left'],
    ['drop', 'drop', 'dropped, 19 left'],
    ['flag', 'flag', 'flagged, 19 left'],
  ] as const)('%s decides, says so and goes on', async (name, decision, spoken) => {
    const opened = await start();
    await shows(opened, 0);
    await opened.command(name);
    await shows(opened, 1);
    expect(opened.calls('decision-set')).toEqual([{ index: 0, reading: 0, decision }]);
    await vi.waitFor(() => expect(opened.text('[role="status"][aria-live]')).toBe(spoken));
    expect(opened.find('#traces-0 .cs-decision').className).toContain(decision);
  });

  it('undo takes the decision back and returns to its trace', async () => {
    const opened = await start();
    await shows(opened, 0);
    await opened.command('drop');
    await shows(opened, 1);
    await opened.command('undo');
    await shows(opened, 0);
    expect(opened.host.decisions.size).toBe(0);
    await vi.waitFor(() => expect(opened.editor.querySelector('#traces-0 .cs-decision')).toBeNull());
  });

  it('next, previous and skip move without deciding, and stop at the ends', async () => {
    const opened = await start({ rows: 2 });
    await shows(opened, 0);
    await opened.command('previous');
    await opened.command('skip');
    await shows(opened, 1);
    await opened.command('next');
    await vi.waitFor(() => expect(opened.text('[role="status"][aria-live]')).toBe('Last trace'));
    await opened.command('previous');
    await shows(opened, 0);
    expect(opened.calls('decision-set')).toEqual([]);
  });

  it.each([
    ['next', 2, 5],
    ['next', 8, 8],
    ['previous', 2, 3],
    ['skip', 2, 5],
  ] as const)('%s in a list from row %i goes on from the trace shown, to row %i', async (name, from, to) => {
    const { opened, arrive } = await findingItsPlace(4, from);
    await opened.command(name);
    await opened.editor.updateComplete;
    expect(opened.text('cs-trace .turn')).toContain('Prompt number 4');
    arrive();
    await shows(opened, to);
    expect(opened.editor.model.place.position).toBe(to - from);
  });

  it('moves that come before the place is found are all made', async () => {
    const { opened, arrive } = await findingItsPlace(4, 2);
    for (const name of ['next', 'next', 'previous', 'next'] as const) await opened.command(name);
    arrive();
    await shows(opened, 6);
  });

  it('a move that comes when the place is found and its trace is still read takes none back', async () => {
    let isHeld = false;
    let read = () => {};
    const held = new Promise<void>((resolve) => {
      read = resolve;
    });
    const hold = (index: number) => (isHeld && index === 4 ? held : undefined);
    const { opened, arrive } = await findingItsPlace(4, 2, { hold });
    isHeld = true;
    // Another revision: no trace that was read before holds.
    opened.host.change({});
    await vi.waitFor(() => expect(opened.calls('document-read').length).toBeGreaterThan(1));
    await opened.editor.updateComplete;
    await opened.command('next');
    arrive();
    await vi.waitFor(() => expect(opened.editor.model.place.position).toBe(2));
    await opened.command('next');
    read();
    await shows(opened, 6);
  });

  it('a decision that comes before the place is found goes on from its trace', async () => {
    const { opened, arrive } = await findingItsPlace(4, 2);
    await opened.command('keep');
    arrive();
    await shows(opened, 5);
    expect([...opened.host.decisions]).toEqual([[4, 'keep']]);
  });

  it('letters typed into the page itself do nothing: they come as commands', async () => {
    const opened = await start();
    await shows(opened, 0);
    for (const key of ['a', 'x', 'f', 'j', ' ', 'u', 'e']) {
      document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    }
    await opened.editor.updateComplete;
    expect(opened.calls('decision-set')).toEqual([]);
    expect(opened.text('cs-trace .turn')).toContain('Prompt number 0');
  });

  it('nothing is decided on a trace that is not on screen yet', async () => {
    const never = new Promise(() => undefined);
    const opened = await start({ hold: (index) => (index === 0 ? undefined : never) });
    opened.host.emit('command', { name: 'drop' });
    await shows(opened, 0);
    await opened.command('next');
    for (const name of ['keep', 'drop', 'flag', 'undo'] as const) await opened.command(name);
    expect(opened.calls('decision-set')).toEqual([]);
    expect(opened.calls('decision-undo')).toEqual([]);
    expect(opened.editor.model.place.position).toBe(1);
  });

  it('what is typed right behind / is in the filter, whenever the commands come', async () => {
    const opened = await start();
    await shows(opened, 0);
    opened.editor.focusContent();
    expect(await reachingWindow(() => userEvent.keyboard('/axfaxf words'))).toEqual([]);
    for (const name of ['filter', 'keep', 'drop', 'flag', 'keep', 'skip'] as const)
      await opened.command(name);
    const input = opened.find('cs-filter-box input') as HTMLInputElement;
    expect(input.value).toBe('axfaxf words');
    expect(document.activeElement).toBe(input);
    expect(opened.calls('decision-set')).toEqual([]);
    expect(opened.editor.model.place.position).toBe(0);
  });

  it('what is typed right behind E is in the segment, and no letter of it reaches the window', async () => {
    const opened = await start();
    await shows(opened, 0);
    opened.editor.focusContent();
    const heard = await reachingWindow(async () => {
      await userEvent.keyboard('e xa');
      await opened.command('edit');
      await vi.waitFor(() => opened.find('cs-text-editor textarea'));
      await userEvent.keyboard('f');
    });
    const field = opened.find('cs-text-editor textarea') as HTMLTextAreaElement;
    expect(field.value.endsWith(' xaf')).toBe(true);
    expect(heard).toEqual(['e']);
    expect(opened.calls('decision-set')).toEqual([]);
  });

  it('a trace that is on its way is edited once it is there', async () => {
    let arrive = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const opened = await start({ hold: (index) => (index === 1 ? waiting : undefined) });
    await shows(opened, 0);
    await opened.command('next');
    await opened.command('edit');
    expect(opened.editor.querySelector('cs-text-editor')).toBeNull();
    arrive();
    await shows(opened, 1);
    await vi.waitFor(() => opened.find('cs-text-editor textarea'));
  });

  it('a command that overtakes the focus of the filter does nothing', async () => {
    const opened = await start();
    await shows(opened, 0);
    opened.editor.focusFilter();
    await opened.command('drop');
    expect(opened.calls('decision-set')).toEqual([]);
  });

  it('zoom opens the image, moves among them and closes again', async () => {
    const row = (index: number): FakeRow => ({ ...plain(index), images: [image(), image()] });
    const opened = await start({ row, picture: () => picture });
    await shows(opened, 0);
    await opened.command('zoom');
    await vi.waitFor(() => opened.find('cs-image-zoom .stage img'));
    const press = (key: string) =>
      opened.find('cs-image-zoom dialog').dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    press('ArrowRight');
    await vi.waitFor(() => expect(opened.text('cs-image-zoom .bar')).toContain('2 of 2'));
    press('1');
    await vi.waitFor(() => expect(opened.text('cs-image-zoom .scale')).toBe('100%'));
    press('i');
    await vi.waitFor(() => expect(opened.editor.querySelector('cs-image-zoom dialog')).toBeNull());
  });

  it('a hundred quick moves end at the right trace', async () => {
    const opened = await start({ rows: 1000 });
    await shows(opened, 0);
    for (let step = 0; step < 100; step += 1) opened.host.emit('command', { name: 'next' });
    await shows(opened, 100);
    expect(opened.text('.where')).toBe('101 of 1,000');
  });

  it('tells the host where it is', async () => {
    const opened = await start();
    await shows(opened, 0);
    await opened.command('next');
    await vi.waitFor(() => expect(opened.calls('view-report').at(-1)).toEqual({ index: 1, position: 1 }));
  });

  it('letters of a control reached by Tab stay in the page, those right after Enter in the filter do not', async () => {
    const opened = await start();
    await shows(opened, 0);
    opened.editor.focusContent();
    do await userEvent.tab();
    while (!document.activeElement?.matches('button'));
    expect(await reachingWindow(() => userEvent.keyboard('xa'))).toEqual([]);
    opened.editor.focusFilter();
    expect(await reachingWindow(() => userEvent.keyboard('words{Enter}e'))).toEqual(['e']);
  });
});

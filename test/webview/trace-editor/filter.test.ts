import { describe, expect, it, vi } from 'vitest';
import { type Opened, shows, start } from './opened-editor.ts';

describe('the filter', () => {
  const input = (opened: Opened) => opened.find('cs-filter-box input') as HTMLInputElement;
  const type = (opened: Opened, text: string) => {
    input(opened).focus();
    input(opened).value = text;
    input(opened).dispatchEvent(new InputEvent('input', { bubbles: true }));
  };
  const even = (_: string, index: number) => index % 2 === 0;

  it('is sent once typing pauses, and the nearest match is shown', async () => {
    const opened = await start({ filter: even });
    await shows(opened, 0);
    await opened.command('next');
    await shows(opened, 1);
    type(opened, 'e');
    type(opened, 'ev');
    type(opened, 'even');
    await shows(opened, 2);
    expect(opened.calls('filter-set')).toEqual([{ text: 'even' }]);
    expect(opened.text('.count')).toBe('10 of 20');
    expect(document.activeElement).toBe(input(opened));
  });

  it('shows its error where it is and keeps the list', async () => {
    const opened = await start();
    await shows(opened, 0);
    type(opened, 'a ((');
    await vi.waitFor(() => expect(opened.text('cs-filter-box .message')).toContain('Expected a word'));
    expect(opened.text('cs-filter-box .mirror .wrong')).toBe('(');
    expect(opened.text('cs-trace .turn')).toContain('Prompt number 0');
  });

  const press = (opened: Opened, key: string) =>
    input(opened).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  it.each([
    ['Enter', 'a ((', 'box'],
    ['Enter', 'even', 'list'],
    ['Escape', 'a ((', 'list'],
  ])('gives the keys back: %s on “%s” leaves them with the %s', async (key, text, where) => {
    const opened = await start();
    await shows(opened, 0);
    const place = () => (document.activeElement === input(opened) ? 'box' : 'list');
    type(opened, text);
    press(opened, key);
    await vi.waitFor(() => expect(opened.calls('filter-set')).toEqual([{ text }]));
    await vi.waitFor(() => expect(input(opened).ariaInvalid).toBe(String(text === 'a ((')));
    await vi.waitFor(() => expect(place()).toBe(where));
    input(opened).focus();
    press(opened, key);
    expect(place()).toBe(where);
  });

  it('completes by keyboard', async () => {
    const opened = await start();
    await shows(opened, 0);
    type(opened, 'verdict');
    await vi.waitFor(() => expect(opened.editor.querySelectorAll('.offers li')).toHaveLength(2));
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) {
      input(opened).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    }
    await vi.waitFor(() => expect(opened.calls('filter-set')).toEqual([{ text: 'verdict:incorrect' }]));
  });

  const named = { message: 'No row has a field “verdct”.', start: 0, end: 6 };
  it.each([
    ['a mistake', named, 'The filter is not valid: No row has a field “verdct”.', 'alert', 'true'],
    [
      'a note',
      { ...named, applied: true as const },
      'No trace matches the filter. No row has a field “verdct”.',
      'status',
      'false',
    ],
  ])('that matches nothing says why: %s', async (_, error, why, role, isInvalid) => {
    const filter = { text: 'verdct:x', matched: 0, progress: { kind: 'filtered' as const }, error };
    const opened = await start({ document: { filter } });
    await vi.waitFor(() => expect(opened.text('.cs-state p')).toBe(why));
    expect(opened.editor.querySelector('cs-filter-box .message')?.role).toBe(role);
    expect(input(opened).ariaInvalid).toBe(isInvalid);
    expect(opened.text('cs-filter-box .mirror .wrong')).toBe('verdct');
    expect(opened.text('.count')).toBe('0 of 20');
  });

  it.each([
    [0, '.cs-state', 'The file became shorter.'],
    [
      3,
      '.cs-banner',
      'The filter did not get through the file, so traces may be missing. The file became shorter.',
    ],
  ])('that failed after %d matches says why and is tried again', async (matches, place, why) => {
    const progress = { kind: 'failed' as const, message: 'The file became shorter.' };
    const filter = { text: 'words>3', matched: matches, progress, error: null };
    const opened = await start({ document: { filter } });
    await vi.waitFor(() => expect(opened.text(place)).toContain(why));
    expect(opened.editor.querySelector('.cs-progress')).toBeNull();
    opened.find(`${place} .cs-button`).click();
    await vi.waitFor(() => expect(opened.calls('filter-set')).toEqual([{ text: 'words>3' }]));
  });

  it('offers nothing behind a closing quote', async () => {
    const opened = await start({
      handlers: {
        'filter-complete': ({ caret }) => [
          { label: 'or', insert: 'or ', from: caret, to: caret, detail: '' },
          { label: 'and', insert: 'and ', from: caret, to: caret, detail: '' },
        ],
      },
    });
    await shows(opened, 0);
    type(opened, '"two wor');
    await vi.waitFor(() => expect(opened.editor.querySelectorAll('.offers li')).toHaveLength(2));
    type(opened, '"two words"');
    await vi.waitFor(() => expect(opened.editor.querySelector('.offers')).toBeNull());
    expect(opened.calls('filter-complete')).toEqual([{ text: '"two wor', caret: 8 }]);
  });

  it('that matches nothing offers to be cleared', async () => {
    const opened = await start({ filter: () => false });
    await shows(opened, 0);
    type(opened, 'zzz');
    await vi.waitFor(() => expect(opened.text('.cs-state')).toContain('No trace matches the filter.'));
    opened.find('.cs-state .cs-button').click();
    await shows(opened, 0);
  });

  it('is written by a tally too', async () => {
    const opened = await start({ filter: even });
    await shows(opened, 0);
    opened.find('.tally').click();
    await vi.waitFor(() => expect(opened.calls('filter-set')).toEqual([{ text: 'verdict:correct' }]));
    await vi.waitFor(() => expect(input(opened).value).toBe('verdict:correct'));
    opened.find('.tally').click();
    await vi.waitFor(() => expect(opened.calls('filter-set').at(-1)).toEqual({ text: '' }));
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TraceEditor } from '../../../webview/trace-editor/trace-editor.ts';
import '../../../webview/trace-editor/trace-editor.ts';
import { type FakeDataset, type FakeOptions, type FakeRow, fakeDataset } from './fake-dataset.ts';

const completion = '<think>\nFirst, 3 + 4. Wait, let me re-check.\n</think>\n<answer>\\boxed{7}</answer>';
const plain = (index: number): FakeRow => ({
  prompt: `Prompt number ${index}`,
  completion,
  truth: '7',
  read: '7',
  verdict: 'correct',
});

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const picture = { base64: pixel, width: 1, height: 1 };
const image = (status: 'ready' | 'missing' = 'ready') => ({
  source: 'images/1.png',
  status,
  message: status === 'missing' ? 'Could not read images/1.png (file not found).' : '',
  width: status === 'ready' ? 40 : null,
  height: status === 'ready' ? 20 : null,
  tokens: status === 'ready' ? 2 : null,
});

let open: TraceEditor[] = [];
afterEach(() => {
  for (const editor of open) editor.remove();
  open = [];
});

interface Opened {
  editor: TraceEditor;
  host: FakeDataset;
  /** A key binding of VS Code was pressed. */
  command(name: Parameters<TraceEditor['run']>[0]): Promise<void>;
  text(selector: string): string;
  find(selector: string): HTMLElement;
  calls(method: string): unknown[];
}

async function start(options: Partial<FakeOptions> = {}, state?: unknown): Promise<Opened> {
  document.body.dataset.surface = 'trace-editor';
  const host = fakeDataset({ rows: 20, row: plain, ...options });
  if (state !== undefined) host.transport.writeState(state);
  const editor = document.createElement('coldstart-trace-editor');
  document.body.append(editor);
  open.push(editor);
  editor.start(host.transport);
  const find = (selector: string): HTMLElement => {
    const node = editor.querySelector<HTMLElement>(selector);
    if (!node) throw new Error(`No ${selector}`);
    return node;
  };
  return {
    editor,
    host,
    find,
    text: (selector) => (editor.querySelector(selector)?.textContent ?? '').replace(/\s+/g, ' ').trim(),
    calls: (method) => host.calls.filter((call) => call.method === method).map((call) => call.params),
    async command(name) {
      host.emit('command', { name });
      await editor.updateComplete;
    },
  };
}

const shows = (opened: Opened, index: number) =>
  vi.waitFor(() => {
    expect(opened.text('cs-trace .turn')).toContain(`Prompt number ${index}`);
    expect(opened.editor.seen).toBe(true);
  });

describe('a trace', () => {
  it('shows prompt, segments, verdict and ground truth', async () => {
    const opened = await start();
    await shows(opened, 0);
    const kinds = [...opened.editor.querySelectorAll<HTMLElement>('cs-segment')].map(
      (node) => node.dataset.kind,
    );
    expect(kinds).toEqual(['think', 'answer']);
    expect(opened.text('cs-segment[data-kind="think"] .body')).toBe('First, 3 + 4. Wait, let me re-check.');
    expect(opened.text('cs-trace .truth')).toContain('7');
    expect(opened.text('cs-details .cs-verdict')).toBe('correct');
    expect(opened.text('.count')).toBe('20 traces');
    expect(CSS.highlights.get('cs-reflection')?.size).toBe(2);
  });

  it('shows its images, and says which is missing', async () => {
    const row = (index: number): FakeRow => ({ ...plain(index), images: [image(), image('missing')] });
    const opened = await start({ row, picture: (_, at) => (at === 0 ? picture : null) });
    await vi.waitFor(() => expect(opened.find('cs-image img').getAttribute('src')).toMatch(/^blob:/));
    expect(opened.text('cs-image .refused')).toBe('Could not read images/1.png (file not found).');
    expect(opened.text('cs-image .caption')).toBe('40×20 · ~2 tokens');
  });

  it('is read ahead with its images, so the next one is there at once', async () => {
    const row = (index: number): FakeRow => ({ ...plain(index), images: [image()] });
    const opened = await start({ row, picture: () => picture });
    await shows(opened, 0);
    await opened.command('next');
    await vi.waitFor(() => expect(opened.calls('trace-read')).toContainEqual({ index: 4 }));
    await vi.waitFor(() =>
      expect(opened.calls('image-read')).toContainEqual({ index: 4, image: 0, size: 'full' }),
    );
    const asked = opened.calls('trace-read').length;
    await opened.command('next');
    expect(opened.text('cs-trace .turn')).toContain('Prompt number 2');
    expect(opened.calls('trace-read').slice(asked)).toEqual([{ index: 5 }]);
  });

  it('that is broken is shown raw with the reason', async () => {
    const row = (index: number): FakeRow => ({
      ...plain(index),
      broken: '{"problem": "half',
      problems: [{ code: 'json', severity: 'error', message: 'The line ends inside a string.' }],
    });
    const opened = await start({ row });
    await vi.waitFor(() => expect(opened.text('cs-trace .problem')).toBe('The line ends inside a string.'));
    expect(opened.text('cs-trace pre.raw')).toBe('{"problem": "half');
    opened.find('cs-trace article .cs-button').click();
    await vi.waitFor(() => expect(opened.calls('raw-open')).toEqual([{ index: 0 }]));
  });
});

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
    expect(opened.calls('decision-set')).toEqual([{ index: 0, decision }]);
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
    for (const name of ['keep', 'drop', 'flag', 'undo', 'skip'] as const) await opened.command(name);
    expect(opened.calls('decision-set')).toEqual([]);
    expect(opened.calls('decision-undo')).toEqual([]);
    expect(opened.editor.model.position).toBe(1);
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

  it('tells the host where it is and whether letters are text', async () => {
    const opened = await start();
    await shows(opened, 0);
    await opened.command('filter');
    await vi.waitFor(() =>
      expect(opened.calls('view-report').at(-1)).toEqual({ index: 0, typing: true, position: 0 }),
    );
    opened.editor.focusContent();
    await vi.waitFor(() =>
      expect(opened.calls('view-report').at(-1)).toEqual({ index: 0, typing: false, position: 0 }),
    );
  });
});

describe('editing', () => {
  const field = (opened: Opened) => opened.find('cs-text-editor textarea') as HTMLTextAreaElement;
  const type = (opened: Opened, text: string) => {
    field(opened).value = text;
    field(opened).dispatchEvent(new InputEvent('input', { bubbles: true }));
  };
  const press = (opened: Opened, key: string, ctrlKey = false) =>
    field(opened).dispatchEvent(
      new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true }),
    );
  const edit = async (options: Partial<FakeOptions> = {}) => {
    const opened = await start(options);
    await shows(opened, 0);
    await opened.command('edit');
    await vi.waitFor(() => field(opened));
    return opened;
  };

  it('opens on the text without its tags and replaces just that', async () => {
    const opened = await edit();
    expect(field(opened).value).toBe('First, 3 + 4. Wait, let me re-check.');
    type(opened, 'Shorter.');
    press(opened, 'Enter', true);
    await vi.waitFor(() =>
      expect(opened.host.completions.get(0)).toBe('<think>\nShorter.\n</think>\n<answer>\\boxed{7}</answer>'),
    );
    await vi.waitFor(() => expect(opened.text('cs-segment[data-kind="think"] .body')).toBe('Shorter.'));
    expect(opened.editor.querySelector('cs-text-editor')).toBeNull();
    expect(opened.find('cs-segment[current]').dataset.kind).toBe('answer');
  });

  it('Esc leaves at the first press; what was typed is a draft until Esc gives up that, too', async () => {
    const opened = await edit();
    const gone = () => vi.waitFor(() => expect(opened.editor.querySelector('cs-text-editor')).toBeNull());
    press(opened, 'Escape');
    await gone();
    expect(opened.editor.model.saved.read().draft).toBeNull();
    for (const expected of ['First, 3 + 4. Wait, let me re-check.', 'Other']) {
      await opened.command('edit');
      await vi.waitFor(() => expect(field(opened).value).toBe(expected));
      if (expected !== 'Other') type(opened, 'Other');
      press(opened, 'Escape');
      await gone();
    }
    expect(opened.editor.model.saved.read().draft).toBeNull();
    expect(opened.calls('segment-edit')).toEqual([]);
  });

  it('Ctrl+S commits the text, then saves, and VS Code does not save before', async () => {
    const opened = await edit();
    type(opened, 'Saved.');
    const heard: string[] = [];
    const listen = (event: KeyboardEvent) => heard.push(event.key);
    window.addEventListener('keydown', listen);
    press(opened, 's', true);
    window.removeEventListener('keydown', listen);
    await vi.waitFor(() => expect(opened.calls('document-save')).toEqual([{}]));
    expect(opened.host.completions.get(0)).toContain('Saved.');
    const names = opened.host.calls.map(({ method }) => method);
    expect(names.indexOf('document-save')).toBeGreaterThan(names.indexOf('segment-edit'));
    expect(heard).toEqual([]);
  });

  it('leaving the field keeps the change', async () => {
    const opened = await edit();
    type(opened, 'Kept.');
    opened.editor.focusContent();
    await vi.waitFor(() => expect(opened.host.completions.get(0)).toContain('Kept.'));
  });

  it('a refused edit keeps what was typed and says why', async () => {
    const refusal = { code: 'request-invalid', message: 'The trace has changed.', hint: 'Edit again.' };
    const opened = await edit({
      handlers: {
        'segment-edit': () => {
          throw refusal;
        },
      },
    });
    type(opened, 'Precious');
    press(opened, 'Enter', true);
    await vi.waitFor(() => expect(opened.text('.cs-banner')).toContain('The trace has changed. Edit again.'));
    await vi.waitFor(() => expect(field(opened).value).toBe('Precious'));
  });

  it('a draft survives the page', async () => {
    const opened = await edit();
    type(opened, 'Half a thou');
    const state = opened.host.transport.readState();
    opened.editor.remove();
    open = [];
    const again = await start({}, state);
    await vi.waitFor(() => expect(field(again).value).toBe('Half a thou'));
  });

  it('select all, undo and redo stay in the field: the workbench listens on the window', async () => {
    const opened = await edit();
    const heard: string[] = [];
    const listen = (event: KeyboardEvent) => heard.push(event.key);
    window.addEventListener('keydown', listen);
    for (const key of ['a', 'z', 'y', 'b']) press(opened, key, true);
    window.removeEventListener('keydown', listen);
    expect(heard).toEqual(['b']);
  });

  it('decisions do not fire while a text is open', async () => {
    const opened = await edit();
    await opened.command('drop');
    expect(opened.calls('decision-set')).toEqual([]);
  });

  it('the ground truth is edited as one value', async () => {
    const opened = await start();
    await shows(opened, 0);
    opened.find('cs-trace .truth .cs-icon-button').click();
    await vi.waitFor(() => field(opened));
    type(opened, '8');
    press(opened, 'Enter', true);
    await vi.waitFor(() =>
      expect(opened.calls('value-edit')).toEqual([
        { index: 0, revision: 1, target: { kind: 'ground-truth' }, text: '8' },
      ]),
    );
    await vi.waitFor(() => expect(opened.text('cs-trace .truth')).toContain('8'));
  });

  it('is refused by a read-only file', async () => {
    const opened = await start({ document: { readOnly: 'This file cannot be edited.' } });
    await shows(opened, 0);
    await opened.command('edit');
    expect(opened.editor.querySelector('cs-text-editor')).toBeNull();
    expect(opened.text('.cs-banner')).toContain('This file cannot be edited.');
  });
});

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
    const filter = { text: 'verdct:x', matched: 0, scanned: 20, error };
    const opened = await start({ document: { filter } });
    await vi.waitFor(() => expect(opened.text('.cs-state p')).toBe(why));
    expect(opened.editor.querySelector('cs-filter-box .message')?.role).toBe(role);
    expect(input(opened).ariaInvalid).toBe(isInvalid);
    expect(opened.text('cs-filter-box .mirror .wrong')).toBe('verdct');
    expect(opened.text('.count')).toBe('0 of 20');
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

describe('looks', () => {
  it.each<[string, Partial<FakeOptions>, string, string]>([
    ['an empty file', { rows: 0 }, '.cs-state', 'This file has no rows.'],
    [
      'a file that cannot be read',
      { document: { state: { kind: 'failed', message: 'It is UTF-16.', hint: 'Save it as UTF-8.' } } },
      '.cs-state',
      'It is UTF-16. Save it as UTF-8.',
    ],
    [
      'a file changed on disk',
      { document: { changedOnDisk: true } },
      '.cs-banner',
      'The file has changed on disk',
    ],
  ])('%s', async (_, options, selector, expected) => {
    const opened = await start(options);
    await vi.waitFor(() => expect(opened.text(selector)).toContain(expected));
  });

  it('a file still being read has a thin bar and its first rows', async () => {
    const state = { kind: 'indexing', bytes: 50, totalBytes: 200 } as const;
    const opened = await start({ document: { state } });
    await shows(opened, 0);
    expect(opened.find('[role="progressbar"]').getAttribute('aria-valuenow')).toBe('25');
  });

  it('rows that arrive later appear, and the trace stays', async () => {
    const opened = await start({ rows: 500, document: { rows: 10 } });
    await shows(opened, 0);
    await opened.command('next');
    await shows(opened, 1);
    opened.host.change({ rows: 500 });
    await vi.waitFor(() => expect(opened.text('.where')).toBe('2 of 500'));
    expect(opened.text('cs-trace .turn')).toContain('Prompt number 1');
  });

  it('a host that refuses is an error with a way out', async () => {
    let refuse = true;
    const opened = await start({
      before: () => {
        if (refuse) throw { code: 'internal', message: 'The reader stopped.', hint: 'Try again.' };
      },
    });
    await vi.waitFor(() => expect(opened.text('.cs-state')).toContain('The reader stopped.'));
    refuse = false;
    opened.find('.cs-state .cs-button').click();
    await shows(opened, 0);
  });

  it('grid and table show the same list, Enter opens the trace', async () => {
    const opened = await start({
      row: (index) => ({ ...plain(index), images: [image()] }),
      picture: () => picture,
    });
    await shows(opened, 0);
    await opened.command('grid-view');
    await vi.waitFor(() => expect(opened.editor.querySelectorAll('.card img').length).toBeGreaterThan(3));
    await opened.command('next');
    await opened.command('table-view');
    await vi.waitFor(() => expect(opened.text('#traces-1')).toContain('Prompt number 1'));
    expect(opened.find('#traces-1').getAttribute('aria-selected')).toBe('true');
    opened
      .find('#traces')
      .dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    await shows(opened, 1);
  });

  it('a second grader that disagrees says so', async () => {
    const opened = await start({ row: (index) => ({ ...plain(index), verdict: 'incorrect', read: '9' }) });
    await shows(opened, 0);
    opened.find('cs-details .cs-button.link').click();
    await vi.waitFor(() => expect(opened.text('cs-details .disagree')).toContain('The graders disagree'));
  });
});

it('comes back to the trace, the filter and the view of the last visit', async () => {
  const first = await start({ filter: (_, index) => index % 2 === 0 });
  await shows(first, 0);
  await first.editor.model.setFilter('even');
  await first.command('next');
  await shows(first, 2);
  await first.command('toggle-source');
  const state = first.host.transport.readState();
  first.editor.remove();
  open = [];
  const again = await start({ filter: (_, index) => index % 2 === 0 }, state);
  await shows(again, 2);
  expect(again.text('.count')).toBe('10 of 20');
  expect(again.text('cs-segment[data-kind="think"] .tag')).toContain('<think>');
});

describe('a row that another surface points at', () => {
  const saved = {
    version: 1,
    state: {
      index: 5,
      filter: 'even',
      view: 'focus',
      source: false,
      list: { open: true, width: 200 },
      details: { open: true, width: 200 },
      folds: [],
      draft: null,
    },
  };
  const even = (_: string, index: number) => index % 2 === 0;

  it.each<[string, Partial<FakeOptions>, boolean]>([
    ['told at the start', { document: { reveal: 13 } }, false],
    ['told while the page starts', {}, true],
  ])('wins over the visit before and its filter, %s', async (_, options, tell) => {
    const starting = start({ filter: even, ...options }, saved);
    const opened = await starting;
    if (tell) opened.host.emit('reveal', { index: 13 });
    await shows(opened, 13);
    expect(opened.text('.count')).toBe('20 traces');
    expect(opened.editor.model.saved.read()).toMatchObject({ index: 13, filter: '' });
  });

  it('clears a filter that hides it in an open editor and keeps one that does not', async () => {
    const opened = await start({ filter: even }, saved);
    await shows(opened, 6);
    opened.host.emit('reveal', { index: 8 });
    await shows(opened, 8);
    expect(opened.text('.count')).toBe('10 of 20');
    opened.host.emit('reveal', { index: 9 });
    await shows(opened, 9);
    expect(opened.text('.where')).toBe('10 of 20');
  });

  it('is waited for while the file is read', async () => {
    const state = { kind: 'indexing', bytes: 50, totalBytes: 200 } as const;
    const opened = await start({ rows: 500, document: { rows: 10, state } });
    opened.host.emit('reveal', { index: 400 });
    await vi.waitFor(() => expect(opened.find('.cs-skeleton')));
    expect(opened.calls('trace-read')).toEqual([]);
    opened.host.change({ rows: 500, state: { kind: 'ready' } });
    await shows(opened, 400);
  });
});

it('the row of the last visit is shown once the file is read that far', async () => {
  const state = { kind: 'indexing', bytes: 50, totalBytes: 200 } as const;
  const first = await start({ rows: 500 });
  await shows(first, 0);
  await first.editor.model.goToIndex(300);
  await shows(first, 300);
  const kept = first.host.transport.readState();
  first.editor.remove();
  open = [];
  const again = await start({ rows: 500, document: { rows: 10, state } }, kept);
  await vi.waitFor(() => expect(again.find('.cs-skeleton')));
  again.host.change({ rows: 500, state: { kind: 'ready' } });
  await shows(again, 300);
});

it('a million rows open and any of them is reached', async () => {
  const opened = await start({ rows: 1_000_000 });
  await shows(opened, 0);
  opened.host.emit('reveal', { index: 654_321 });
  await shows(opened, 654_321);
  await vi.waitFor(() => expect(opened.text('#traces-654321')).toContain('Prompt number 654321'));
  expect(opened.editor.querySelectorAll('.cell').length).toBeLessThan(80);
  expect(opened.text('.where')).toBe('654,322 of 1,000,000');
});

it('hostile rows put nothing but text anywhere on the surface', async () => {
  const bad = '"><img src=x onerror="document.title=\'hacked\'"><script>document.title="hacked"</script>';
  const opened = await start({
    row: () => ({
      prompt: bad,
      completion: `<think>${bad}</think>\\boxed{${bad}}`,
      truth: bad,
      read: bad,
      verdict: 'incorrect',
      images: [{ ...image('missing'), message: bad, source: bad }],
      problems: [{ code: 'x', severity: 'warning', message: bad }],
      meta: { [bad]: bad },
    }),
    document: { shape: { name: 'x', title: bad, chosen: false, note: bad, choices: [] }, readOnly: bad },
  });
  await vi.waitFor(() => expect(opened.text('cs-trace .turn')).toContain('onerror'));
  for (const view of ['grid-view', 'table-view', 'focus-view', 'toggle-source'] as const) {
    await opened.command(view);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(opened.editor.querySelector('script, img, iframe, [onerror]')).toBeNull();
  }
  expect(document.title).not.toBe('hacked');
});

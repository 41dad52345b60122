import { describe, expect, it, vi } from 'vitest';
import type { FakeOptions, FakeRow } from './fake-dataset.ts';
import { image, picture, plain, shows, start } from './opened-editor.ts';

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

  it('says which rollout it was, and leads there', async () => {
    const id = '20260101-120000-grpo-ab12';
    const origin = { run: id, name: 'grpo', step: 120, group: 3, index: 0, reward: 0.75, model: 'sft' };
    const opened = await start({ row: (index): FakeRow => ({ ...plain(index), origin }) });
    await shows(opened, 0);
    await vi.waitFor(() => expect(opened.text('cs-details')).toContain('step 120, rollout 1'));
    const link = [...opened.editor.querySelectorAll<HTMLElement>('cs-details dd button')];
    link.find((button) => button.textContent?.trim() === 'grpo')?.click();
    const { run, step, group, index } = origin;
    await vi.waitFor(() => expect(opened.calls('rollout-open')).toEqual([{ run, step, group, index }]));
  });

  it('shows no picture of the file as it was before', async () => {
    const row = (index: number): FakeRow => ({ ...plain(index), images: [image()] });
    const opened = await start({ row, picture: () => picture });
    const source = () => opened.find('cs-trace cs-image img').getAttribute('src');
    await vi.waitFor(() => expect(source()).toMatch(/^blob:/));
    const before = source();
    const asked = () => opened.calls('image-read').filter((call) => Object(call).index === 0).length;
    const count = asked();
    opened.host.change({});
    await opened.editor.model.refresh();
    expect([source(), asked()]).toEqual([before, count]);
    opened.host.change({ reading: 1 });
    await vi.waitFor(() => expect(asked()).toBe(count + 1));
    await vi.waitFor(() => expect(source()).toMatch(/^blob:/));
    expect(source()).not.toBe(before);
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
    expect(opened.calls('trace-read').slice(asked)).toEqual([]);
    await vi.waitFor(() => expect(opened.calls('trace-read')).toContainEqual({ index: 5 }));
  });

  it('is shown by the read that is under way already', async () => {
    let give = () => {};
    const later = new Promise<void>((resolve) => {
      give = resolve;
    });
    const opened = await start({ hold: (index) => (index === 1 ? later : undefined) });
    await shows(opened, 0);
    await vi.waitFor(() => expect(opened.calls('trace-read')).toContainEqual({ index: 1 }));
    await opened.command('next');
    give();
    await shows(opened, 1);
    expect(opened.calls('trace-read').filter((read) => JSON.stringify(read) === '{"index":1}')).toHaveLength(
      1,
    );
    expect(opened.host.cancelled).toEqual([]);
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

describe('looks', () => {
  it.each<[string, Partial<FakeOptions>, string, string]>([
    ['an empty file', { rows: 0 }, '.cs-state', 'This file has no rows.'],
    [
      'a file that cannot be read',
      { document: { state: { kind: 'failed', message: 'It is UTF-16.', hint: 'Save it as UTF-8.' } } },
      '.cs-state',
      'It is UTF-16. Save it as UTF-8.',
    ],
    ['a file that cannot be read again', { document: { disk: 'changed' } }, '.cs-banner', 'Read again'],
    ['a file that is gone', { document: { disk: 'gone' } }, '.cs-banner', 'The file is gone from disk'],
    ['edits without a trace', { document: { strays: 2 } }, '.cs-banner', '2 unsaved edits are of a trace'],
  ])('%s', async (_, options, selector, expected) => {
    const opened = await start(options);
    await vi.waitFor(() => expect(opened.text(selector)).toContain(expected));
  });

  it('a survey that did not get through the file says why and is made again', async () => {
    const counts = { correct: 3, incorrect: 1, unparsed: 0, none: 0, scanned: 4 };
    const opened = await start({ document: { verdicts: { ...counts, failed: 'The file became shorter.' } } });
    await vi.waitFor(() =>
      expect(opened.text('.cs-banner')).toContain('may be missing. The file became shorter.'),
    );
    expect(opened.editor.querySelector('[role="progressbar"]')).toBeNull();
    opened.find('.cs-banner .cs-button').click();
    await vi.waitFor(() => expect(opened.calls('survey-again')).toHaveLength(1));
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

  it('an image that is missing is marked before its trace is opened', async () => {
    const row = (index: number) => ({ ...plain(index), images: [image(index === 1 ? 'missing' : 'ready')] });
    const opened = await start({ row, picture: () => picture });
    await shows(opened, 0);
    const message = 'Could not read images/1.png (file not found).';
    await vi.waitFor(() => expect(opened.find('#traces-1 .problems').title).toContain(message));
    expect(opened.editor.querySelector('#traces-0 .problems')).toBeNull();
    await opened.command('grid-view');
    await vi.waitFor(() => expect(opened.text('#traces-1 .fault')).toBe(`missing${message}`));
    expect(opened.editor.querySelector('#traces-0 .fault')).toBeNull();
  });

  it('counts say what they count, and rows with problems can be filtered for', async () => {
    const problems = [
      { code: 'a', message: 'One', count: 4 },
      { code: 'b', message: 'Two', count: 9 },
    ];
    const opened = await start({ document: { problems, problemRows: 8 } });
    await shows(opened, 0);
    const tally = opened.find('[aria-label="Problems"] .tally');
    expect(tally.textContent?.trim()).toBe('8');
    expect(tally.title).toContain('8 traces with problems in the whole file');
    for (const button of opened.editor.querySelectorAll<HTMLElement>('.tally'))
      expect(button.title).toContain('in the whole file');
    tally.click();
    await vi.waitFor(() => expect(opened.calls('filter-set')).toEqual([{ text: 'has:problem' }]));
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
    if (tell) opened.host.emit('reveal', { index: 13, exact: true });
    await shows(opened, 13);
    expect(opened.text('.count')).toBe('20 traces');
    expect(opened.editor.model.saved.read()).toMatchObject({ index: 13, filter: '' });
  });

  it('clears a filter that hides it in an open editor and keeps one that does not', async () => {
    const opened = await start({ filter: even }, saved);
    await shows(opened, 6);
    opened.host.emit('reveal', { index: 8, exact: true });
    await shows(opened, 8);
    expect(opened.text('.count')).toBe('10 of 20');
    opened.host.emit('reveal', { index: 9, exact: true });
    await shows(opened, 9);
    expect(opened.text('.where')).toBe('10 of 20');
  });

  it('is waited for while the file is read', async () => {
    const state = { kind: 'indexing', bytes: 50, totalBytes: 200 } as const;
    const opened = await start({ rows: 500, document: { rows: 10, state } });
    opened.host.emit('reveal', { index: 400, exact: true });
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
  await first.editor.model.place.goToIndex(300);
  await shows(first, 300);
  const kept = first.host.transport.readState();
  first.editor.remove();
  const again = await start({ rows: 500, document: { rows: 10, state } }, kept);
  await vi.waitFor(() => expect(again.find('.cs-skeleton')));
  again.host.change({ rows: 500, state: { kind: 'ready' } });
  await shows(again, 300);
});

it('a million rows open and any of them is reached', async () => {
  const opened = await start({ rows: 1_000_000 });
  await shows(opened, 0);
  opened.host.emit('reveal', { index: 654_321, exact: true });
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
    document: { shape: { name: 'x', title: bad, chosen: false, note: bad, choices: [] } },
  });
  await vi.waitFor(() => expect(opened.text('cs-trace .turn')).toContain('onerror'));
  for (const view of ['grid-view', 'table-view', 'focus-view', 'toggle-source'] as const) {
    await opened.command(view);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(opened.editor.querySelector('script, img, iframe, [onerror]')).toBeNull();
  }
  expect(document.title).not.toBe('hacked');
});

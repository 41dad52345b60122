import { describe, expect, it, vi } from 'vitest';
import { FacetTally, type Tally } from '../../../src/core/dataset/facet-tally.ts';
import { columnFacets, scannedFacetsOf } from '../../../src/core/dataset/facets.ts';
import { compileFilter, type FilterRow } from '../../../src/core/dataset/filter-evaluate.ts';
import { parseFilter } from '../../../src/core/dataset/filter-parse.ts';
import type { FacetsView } from '../../../src/protocol/facet-views.ts';
import type { FakeOptions, FakeRow } from './fake-dataset.ts';
import { type Opened, plain, shows, start } from './opened-editor.ts';

const tagsOf = (index: number) => (index % 4 === 0 ? ['x', 'even'] : index % 2 === 0 ? ['even'] : ['odd']);
const row = (index: number): FakeRow => ({
  ...plain(index),
  verdict: index % 5 === 0 ? 'incorrect' : 'correct',
});
const rows = Array.from({ length: 20 }, (_, index) => index);

/** What a filter sees of a row: its verdict, as many words as its index, two fields. */
function passes(text: string, index: number): boolean {
  const parsed = parseFilter(text);
  const fields: Readonly<Record<string, unknown>> = { source: `set ${index % 3}`, tags: tagsOf(index) };
  const seen: Partial<FilterRow> = {
    completion: 'word '.repeat(index),
    verdict: () => row(index).verdict ?? 'none',
    field: (path) => fields[path],
  };
  return parsed.ok && compileFilter(parsed.filter)(seen as FilterRow);
}

function counted(indexes: readonly number[]): Map<string, Tally> {
  const values = (name: string, of: (index: number) => readonly (string | number)[]) => {
    const tally = new FacetTally();
    for (const index of indexes) for (const value of of(index)) tally.add(value);
    return tally.tally ? [[name, tally.tally] as const] : [];
  };
  return new Map([
    ...values('words', (index) => [index]),
    ...values('field(source)', (index) => [`set ${index % 3}`]),
    ...values('field(tags)', tagsOf),
  ]);
}

function facets(filter: string): FacetsView {
  const list = rows.filter((index) => passes(filter, index));
  const count = (of: readonly number[], verdict: string) =>
    of.filter((index) => row(index).verdict === verdict).length;
  const verdicts = new Map(
    ['correct', 'incorrect'].map((one) => [one, { total: count(rows, one), matched: count(list, one) }]),
  );
  return {
    facets: [...columnFacets(verdicts, new Map()), ...scannedFacetsOf(counted(rows), counted(list), [])],
    progress: { kind: 'complete' },
  };
}

async function open(options: Partial<FakeOptions> = {}, state?: unknown): Promise<Opened> {
  const opened: Opened = await start(
    {
      row,
      filter: passes,
      handlers: { 'facets-read': () => facets(filterOf(opened)) },
      ...options,
    },
    state,
  );
  await vi.waitFor(() => expect(opened.editor.seen).toBe(true));
  return opened;
}

const filterOf = (opened: Opened) => opened.editor.model.document?.filter.text ?? '';
const parts = (opened: Opened) => [
  ...opened.editor.querySelectorAll<HTMLElement>('cs-facets [aria-pressed]'),
];
const part = (opened: Opened, name: string) => {
  const found = parts(opened).find(({ ariaLabel }) => ariaLabel?.startsWith(name));
  if (!found) throw new Error(`No ${name}`);
  return found;
};
const names = (opened: Opened, of: string) =>
  parts(opened).flatMap(({ ariaLabel }) => (ariaLabel?.startsWith(of) ? [ariaLabel] : []));
const pressed = (opened: Opened) =>
  parts(opened).flatMap(({ ariaLabel, ariaPressed }) => (ariaPressed === 'true' ? [ariaLabel] : []));
const toggle = (opened: Opened) => opened.find('.top-bar > .cs-icon-button').click();
const press = (key: string, shiftKey = false) =>
  document.activeElement?.dispatchEvent(
    new KeyboardEvent('keydown', { key, shiftKey, bubbles: true, cancelable: true }),
  );
const filterIs = (opened: Opened, text: string) => vi.waitFor(() => expect(filterOf(opened)).toBe(text));

async function openPane(options: Partial<FakeOptions> = {}): Promise<Opened> {
  const opened = await open(options);
  toggle(opened);
  await vi.waitFor(() => expect(names(opened, 'verdict').length).toBe(2));
  return opened;
}

describe('the facets pane', () => {
  it('is opened by its button, asks for nothing before, and comes back with the view', async () => {
    const opened = await open();
    expect(opened.calls('facets-read')).toEqual([]);
    toggle(opened);
    await vi.waitFor(() =>
      expect(names(opened, 'verdict')).toEqual(['verdict correct: 16 traces', 'verdict incorrect: 4 traces']),
    );
    expect(opened.find('.top-bar > .cs-icon-button').ariaPressed).toBe('true');
    const state = opened.host.transport.readState();
    opened.find('cs-facets header .cs-icon-button').click();
    await vi.waitFor(() => expect(opened.editor.querySelector('cs-facets')).toBeNull());
    const again = await open({}, state);
    await vi.waitFor(() => expect(names(again, 'verdict').length).toBe(2));
  });

  it('adds the condition of a part to the filter and takes it out again, and counts what is left', async () => {
    const opened = await openPane();
    part(opened, 'verdict incorrect').click();
    await filterIs(opened, 'verdict:incorrect');
    await vi.waitFor(() =>
      expect(names(opened, 'source')).toEqual([
        'source set 0: 2 of 7 traces',
        'source set 1: 1 of 7 traces',
        'source set 2: 1 of 6 traces',
      ]),
    );
    expect(pressed(opened)).toEqual(['verdict incorrect: 4 traces']);
    part(opened, 'source set 0').click();
    await filterIs(opened, 'verdict:incorrect source:"set 0"');
    await shows(opened, 0);
    part(opened, 'verdict incorrect').click();
    await filterIs(opened, 'source:"set 0"');
  });

  it('lets a part that no trace of the list has stand instead of the one before, and others beside it', async () => {
    const opened = await openPane();
    part(opened, 'source set 0').click();
    await filterIs(opened, 'source:"set 0"');
    await vi.waitFor(() =>
      expect(part(opened, 'source set 1').ariaLabel).toBe('source set 1: 0 of 7 traces'),
    );
    part(opened, 'source set 1').click();
    await filterIs(opened, 'source:"set 1"');
    part(opened, 'tags even').click();
    await filterIs(opened, 'source:"set 1" tags:even');
    await vi.waitFor(() => expect(part(opened, 'tags x').ariaLabel).toBe('tags x: 2 of 5 traces'));
    part(opened, 'tags x').click();
    await filterIs(opened, 'source:"set 1" tags:even tags:x');
    opened.find('cs-facets [aria-label="Clear tags"]').click();
    await filterIs(opened, 'source:"set 1"');
  });

  it('filters by a range of a histogram that is drawn over, or chosen with Shift and the arrows', async () => {
    const opened = await openPane();
    const bars = opened.find('cs-histogram .bars');
    const { left, width, top } = bars.getBoundingClientRect();
    const point = (type: string, bar: number) =>
      bars.dispatchEvent(
        new PointerEvent(type, {
          clientX: left + ((bar + 0.5) / 20) * width,
          clientY: top + 5,
          button: 0,
          pointerId: 1,
        }),
      );
    bars.setPointerCapture = () => undefined;
    point('pointerdown', 7);
    point('pointermove', 4);
    await vi.waitFor(() => expect(pressed(opened).length).toBe(4));
    point('pointerup', 4);
    await filterIs(opened, 'words>=4 words<8');
    await vi.waitFor(() =>
      expect(pressed(opened).map((name) => name?.slice(0, 8))).toEqual([
        'words 4:',
        'words 5:',
        'words 6:',
        'words 7:',
      ]),
    );
    part(opened, 'words 5:').click();
    await filterIs(opened, 'words=5');
    part(opened, 'words 0:').focus();
    press('ArrowRight');
    press('ArrowRight', true);
    press('ArrowRight', true);
    await opened.editor.updateComplete;
    (document.activeElement as HTMLElement).click();
    await filterIs(opened, 'words>=1 words<4');
    expect(opened.editor.model.place.index).toBe(3);
    opened.find('cs-facets [aria-label="Clear words"]').click();
    await filterIs(opened, '');
  });

  it('moves along the values by arrows, Home and End, of which Tab reaches one', async () => {
    const opened = await openPane();
    part(opened, 'source set 0').focus();
    press('ArrowDown');
    expect(document.activeElement?.ariaLabel).toBe('source set 1: 7 traces');
    press('End');
    expect(document.activeElement?.ariaLabel).toBe('source set 2: 6 traces');
    const reached = parts(opened).filter(
      ({ ariaLabel, tabIndex }) => ariaLabel?.startsWith('source') && tabIndex === 0,
    );
    expect(reached).toEqual([document.activeElement]);
    press('Escape');
    expect(document.activeElement).toBe(opened.editor.list);
  });

  it('stays beside a list that has become empty', async () => {
    const opened = await openPane();
    await opened.editor.model.setFilter('words>100');
    await vi.waitFor(() => expect(opened.text('.panes > .cs-state')).toContain('No trace matches'));
    await vi.waitFor(() => expect(names(opened, 'verdict')[0]).toBe('verdict correct: 0 of 16 traces'));
  });

  it('shows counts as they come, and nobody counts on when it is closed', async () => {
    let rowsRead = 5;
    const signals: AbortSignal[] = [];
    const opened = await openPane({
      handlers: {
        'facets-read': (_, signal) => {
          signals.push(signal);
          return { ...facets(''), progress: { kind: 'counting', rows: rowsRead++, of: 20 } };
        },
      },
    });
    expect(opened.find('cs-facets .cs-progress').ariaLabel).toBe('Counting');
    await vi.waitFor(() =>
      expect(opened.find('cs-facets .cs-progress').getAttribute('aria-valuenow')).toBe('35'),
    );
    toggle(opened);
    await vi.waitFor(() => expect(opened.editor.querySelector('cs-facets')).toBeNull());
    const reads = signals.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(signals.length).toBe(reads);
  });

  it('is read again when the document moves, and waits while nothing does', async () => {
    const opened = await openPane();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(opened.calls('facets-read').length).toBe(1);
    opened.host.change({});
    await vi.waitFor(() => expect(opened.calls('facets-read').length).toBe(2));
  });

  it('says why it could not count, and tries again when asked or with another filter', async () => {
    let fails = true;
    const opened: Opened = await open({
      handlers: {
        'facets-read': () => {
          const failed = { kind: 'failed', message: 'The file became shorter.' } as const;
          return fails ? { facets: [], progress: failed } : facets(filterOf(opened));
        },
      },
    });
    toggle(opened);
    await vi.waitFor(() =>
      expect(opened.text('cs-facets [role="alert"]')).toContain('The file became shorter.'),
    );
    opened.host.change({});
    await vi.waitFor(() => expect(opened.calls('document-read').length).toBe(2));
    expect(opened.calls('facets-read').length).toBe(1);
    fails = false;
    opened.find('cs-facets .cs-button').click();
    await vi.waitFor(() => expect(names(opened, 'verdict').length).toBe(2));
  });
});

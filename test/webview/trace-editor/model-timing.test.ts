import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TraceEditorModel } from '../../../webview/trace-editor/model.ts';
import { firstViewState, viewStateVersion } from '../../../webview/trace-editor/view-state.ts';
import { fakeDataset } from './fake-dataset.ts';

const rows = 12;

/** Numbers in [0, 1) that follow from the seed alone (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A dataset whose filter finds its rows bit by bit, whose answers take their time, and which moves meanwhile. */
function slowDataset(seed: number, state: { index: number; filter: string }) {
  const next = random(seed);
  const wait = (most: number) => new Promise((resolve) => setTimeout(resolve, next() * most));
  const hits = Array.from({ length: rows }, (_, index) => index).filter(
    (index) => index === state.index || next() < 0.5,
  );
  const scan = { text: '', to: rows, run: 0, revision: 1 };
  const matches = () => (scan.text === '' ? null : hits.filter((index) => index < scan.to));
  let told = false;
  const moved = () => {
    scan.revision += 1;
    if (told) return;
    told = true;
    setTimeout(() => {
      told = false;
      host.emit('document-changed', { revision: scan.revision });
    }, 30);
  };
  const filter = async (text: string) => {
    scan.run += 1;
    const { run } = scan;
    scan.text = text;
    scan.to = text === '' ? rows : 0;
    moved();
    while (scan.to < rows) {
      await wait(120);
      if (run !== scan.run) return;
      scan.to = Math.min(rows, scan.to + 1 + Math.floor(next() * rows));
      moved();
    }
  };
  const view = () => ({
    ...plainView,
    revision: scan.revision,
    filter: {
      text: scan.text,
      matched: matches()?.length ?? rows,
      progress:
        scan.to < rows ? { kind: 'filtering' as const, scanned: scan.to } : { kind: 'filtered' as const },
      error: null,
    },
  });
  const slow =
    <P, R>(most: number, answer: (params: P) => R) =>
    async (params: P) => {
      const result = answer(params);
      await wait(most);
      return result;
    };
  const host = fakeDataset({
    rows,
    row: (index) => ({ prompt: `Prompt ${index}`, completion: '\\boxed{1}' }),
    hold: () => wait(600),
    handlers: {
      'document-read': () => view(),
      'position-read': ({ index }) => {
        const found = matches();
        if (!found) return { position: index };
        const at = found.findIndex((hit) => hit >= index);
        return { position: at < 0 ? found.length - 1 : at };
      },
      'rows-read': slow(60, ({ position, count }: { position: number; count: number }) => {
        const list = matches() ?? Array.from({ length: rows }, (_, index) => index);
        return {
          revision: scan.revision,
          matched: list.length,
          position,
          rows: list.slice(position, position + count).map((index) => ({
            index,
            line: index + 1,
            status: 'ok' as const,
            preview: '',
            images: 0,
            verdict: 'none' as const,
            decision: null,
            edited: false,
            problems: 0,
            imageFaults: [],
          })),
        };
      }),
      'filter-set': async ({ text }) => {
        const done = filter(text);
        await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 150))]);
        return view();
      },
    },
  });
  const plainView = {
    name: 'traces.jsonl',
    state: { kind: 'ready' as const },
    rows,
    shape: { name: 'cold-start', title: '', chosen: false, note: '', choices: [] },
    extraction: 'boxed',
    sort: null,
    verdicts: { correct: 0, incorrect: 0, unparsed: 0, none: rows, scanned: rows, failed: null },
    problems: [],
    problemRows: 0,
    disk: 'same' as const,
    strays: 0,
    reading: 0,
    trusted: true,
    advanceAfterDecision: true,
    fields: [],
    decisions: { keep: 0, drop: 0, flag: 0 },
  };
  host.transport.writeState({ version: viewStateVersion, state: { ...firstViewState(1000), ...state } });
  /** The survey goes on, or rows came to mean something else and are filtered again. */
  const disturb = () => {
    if (next() < 0.3) void filter(scan.text);
    else moved();
  };
  return { host, next, disturb, hits };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it.each(Array.from({ length: 40 }, (_, seed) => [seed]))(
  'comes back to the row of the last visit whatever the timing, seed %i',
  async (seed) => {
    const last = 3;
    const { host, next, disturb, hits } = slowDataset(seed, { index: last, filter: 'x' });
    const model = new TraceEditorModel(host.transport, () => undefined);
    void model.start();
    model.rows.want(0, rows);
    for (let times = Math.floor(next() * 4); times > 0; times -= 1) {
      await vi.advanceTimersByTimeAsync(next() * 300);
      disturb();
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect({
      index: model.place.index,
      shown: model.place.trace?.index,
      selected: model.rows.at(model.place.position)?.index,
      saved: model.saved.read().index,
      position: model.place.position,
    }).toEqual({ index: last, shown: last, selected: last, saved: last, position: hits.indexOf(last) });
    model.dispose();
  },
);

it.each(Array.from({ length: 40 }, (_, seed) => [seed]))(
  'shows nothing else while the filter is on its way to the row of the last visit, seed %i',
  async (seed) => {
    const last = 8;
    const { host, next, disturb } = slowDataset(seed, { index: last, filter: 'x' });
    const shown = new Set<number>();
    const model: TraceEditorModel = new TraceEditorModel(host.transport, () => {
      if (model.place.trace) shown.add(model.place.trace.index);
    });
    void model.start();
    model.rows.want(0, rows);
    for (let times = Math.floor(next() * 4); times > 0; times -= 1) {
      await vi.advanceTimersByTimeAsync(next() * 300);
      disturb();
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect([...shown]).toEqual([last]);
    model.dispose();
  },
);

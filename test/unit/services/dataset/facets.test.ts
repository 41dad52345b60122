import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facet } from '../../../../src/core/dataset/facets.ts';
import { scannedFacetsOf, type Tallies } from '../../../../src/core/dataset/facets.ts';
import { compileFilter } from '../../../../src/core/dataset/filter-evaluate.ts';
import { parseFilter } from '../../../../src/core/dataset/filter-parse.ts';
import { statusCodes } from '../../../../src/core/dataset/row-codes.ts';
import { rowScanner } from '../../../../src/core/dataset/row-scanner.ts';
import type { TraceDocument } from '../../../../src/services/dataset/document.ts';
import { scanFacets } from '../../../../src/services/dataset/facet-scan.ts';
import { LazyFilterRow } from '../../../../src/services/dataset/filter-row.ts';
import { readRow } from '../../../../src/services/dataset/row-reading.ts';
import { RowReader } from '../../../../src/services/dataset/row-view.ts';
import type { FacetsView } from '../../../../src/services/dataset/views.ts';
import { filters, noises, row as oddRow, values } from './odd-rows.ts';
import { editTruth, openDataset, row, testFile, testFolder } from './open-dataset.ts';

const sources = ['geo', 'geo3k', 'tables', null];

function manyRows(count: number): string {
  return Array.from({ length: count }, (_, index) =>
    index === 2
      ? ''
      : index === 3
        ? '{"broken'
        : row(index, {
            source: sources[index % 4],
            grade: index % 8,
            tags: index % 2 ? ['odd', 'x'] : ['even'],
            meta: { level: index / 10, flag: index % 3 === 0 },
            mixed: index % 2 ? 'a' : 1,
            note: `note ${index}`,
            ...(index % 5 === 0 ? { ground_truth: 'no' } : {}),
            ...(index % 10 === 0 ? { images: ['gone.png'] } : {}),
          }),
  ).join('\n');
}

async function facetsOf(document: TraceDocument): Promise<FacetsView> {
  for (;;) {
    const view = await document.facetsRead();
    if (view.progress.kind !== 'counting') return view;
  }
}

const parts = (facet: Facet) => (facet.kind === 'values' ? facet.values : facet.bars);
const labels = (view: FacetsView, name: string) =>
  Object.fromEntries(
    view.facets.flatMap((facet) =>
      facet.name === name ? parts(facet).map(({ label, matched, total }) => [label, [matched, total]]) : [],
    ),
  );

describe('facets of a list', () => {
  it('say what rows are and what their fields hold, of the list and of the whole file', async () => {
    const document = await openDataset(testFile(manyRows(60)));
    await document.surveyed();
    await document.decide(4, 'keep');
    const all = await facetsOf(document);
    expect(all.progress).toEqual({ kind: 'complete' });
    expect(all.facets.map(({ name }) => name)).toEqual([
      ...['verdict', 'decision', 'problems', 'segments', 'words', 'images'],
      ...['field(images)', 'source', 'grade', 'tags', 'meta.level', 'meta.flag'],
    ]);
    expect(labels(all, 'verdict')).toEqual({ correct: [46, 46], incorrect: [12, 12], none: [1, 1] });
    expect(labels(all, 'decision')).toEqual({ keep: [1, 1], none: [58, 58] });
    expect(labels(all, 'source')).toEqual({ geo: [15, 15], geo3k: [15, 15], tables: [14, 14] });
    expect(labels(all, 'images')).toEqual({ 0: [53, 53], 1: [6, 6] });
    expect(labels(all, 'problems')['image-missing']).toEqual([6, 6]);
    await document.setFilter('verdict:incorrect');
    const some = await facetsOf(document);
    expect(some.facets.map(({ name }) => name)).toEqual(all.facets.map(({ name }) => name));
    expect(labels(some, 'verdict')).toEqual({ correct: [0, 46], incorrect: [12, 12], none: [0, 1] });
    expect(labels(some, 'meta.flag')).toEqual({ true: [4, 19], false: [8, 39] });
    for (const { term, matched } of some.facets.flatMap(parts)) {
      await document.setFilter(`verdict:incorrect ${term}`);
      await document.filtered();
      expect([term, document.view().filter.matched]).toEqual([term, matched]);
    }
  });

  it('follow decisions at once, and edits with the next list', async () => {
    const document = await openDataset(testFile(manyRows(20)));
    await document.surveyed();
    const before = await facetsOf(document);
    await document.decide(4, 'drop');
    await editTruth(document, 4, 'wrong');
    const after = await facetsOf(document);
    expect(labels(after, 'decision')).toEqual({ drop: [1, 1], none: [18, 18] });
    expect(labels(after, 'verdict').incorrect?.[0]).toBe((labels(before, 'verdict').incorrect?.[0] ?? 0) + 1);
    await document.setFilter('line<=5');
    const next = await facetsOf(document);
    expect(labels(next, 'decision')).toEqual({ drop: [1, 1], none: [3, 18] });
  });

  it('are counted for the newest list, a part at a time, and read again with another lens', async () => {
    const document = await openDataset(testFile(manyRows(20_000)));
    const first = await document.facetsRead();
    expect(first.progress.kind).toBe('counting');
    await document.setFilter('line>15000');
    const view = await facetsOf(document);
    expect(labels(view, 'source')).toEqual({ geo: [1250, 5000], geo3k: [1250, 5000], tables: [1250, 4999] });
    await document.setShape('alpaca');
    expect((await document.facetsRead()).progress.kind).toBe('counting');
    const anew = await facetsOf(document);
    expect(labels(anew, 'source')).toEqual(labels(view, 'source'));
  });
});

it('facets equal a plain count of their filter over all rows', () => {
  const folder = testFolder();
  let compared = 0;
  const files = fc.record({
    rows: fc.array(fc.tuple(values, noises), { minLength: 1, maxLength: 12 }),
    shape: fc.constantFrom('traces', 'ms-swift', 'openai-messages', 'alpaca', 'trl-grpo'),
    surveyed: fc.boolean(),
  });
  const check = fc.property(files, filters, (file, text) => {
    const lines = file.rows.map(([value, noise]) => oddRow(value, noise));
    const data = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
    const path = join(folder, 'rows.jsonl');
    writeFileSync(path, data);
    const scanner = rowScanner('jsonl', 0);
    scanner.push(data);
    scanner.finish();
    const rows = scanner.take();
    const bytes = [...rows.starts].map((start, at) => data.subarray(start, start + (rows.lengths[at] ?? 0)));
    const reader = new RowReader({ shape: file.shape }, 'boxed');
    const passing = (condition: string): number[] => {
      const parsed = parseFilter(condition);
      if (!parsed.ok) throw new Error(`${condition}: ${parsed.message}`);
      const passes = compileFilter(parsed.filter);
      return bytes.flatMap((one, index) => {
        const line = index + 1;
        const source = { index, line, decision: null, edited: false, verdict: null, reader };
        const view = () => reader.view(readRow(one), { index, line, hash: '' });
        const found = new LazyFilterRow({ ...source, view });
        return !found.isBlank && passes(found) ? [index] : [];
      });
    };
    const list = Uint32Array.from(passing(text));
    const statuses = Uint8Array.from(bytes, (one) => (file.surveyed ? statusCodes[readRow(one).status] : 0));
    const task = { scan: 1, path, rows, edits: new Map(), list, statuses, folders: [] } as const;
    const lens = { lens: { shape: file.shape }, extraction: 'boxed' } as const;
    const counted = (names: readonly string[] | null) => {
      let found: { total: Tallies | null; matched: Tallies } = { total: null, matched: new Map() };
      scanFacets({ kind: 'facets', ...task, ...lens, names }, (message) => {
        if (message.kind === 'tallies') found = message;
      });
      return found;
    };
    const whole = counted(null);
    const total = whole.total ?? new Map();
    expect(counted([...total.keys()]).matched).toEqual(whole.matched);
    for (const facet of scannedFacetsOf(total, whole.matched, ['think', 'tool_call'])) {
      // Images on disk are not there, which a plain reading does not look for.
      if (facet.name === 'problems') continue;
      for (const { term, label, matched, total: all } of parts(facet)) {
        // JSON's null and flags and their texts are one to a filter, in capitals too.
        if (label.toLowerCase() === 'null' || ['true', 'false'].includes(label.toLowerCase())) continue;
        compared++;
        const expected = passing(term);
        const within = expected.filter((index) => list.includes(index)).length;
        expect([term, all, matched]).toEqual([term, expected.length, within]);
      }
    }
  });
  fc.assert(check, {
    numRuns: Number(process.env.COLDSTART_FUZZ_RUNS ?? 300),
    seed: Number(process.env.COLDSTART_FUZZ_SEED ?? 1),
  });
  expect(compared).toBeGreaterThan(2000);
});

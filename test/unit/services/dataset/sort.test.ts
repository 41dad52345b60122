import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseColumn } from '../../../../src/core/dataset/columns.ts';
import { statusCodes } from '../../../../src/core/dataset/row-codes.ts';
import { rowScanner } from '../../../../src/core/dataset/row-scanner.ts';
import { SortKeys, sortKey } from '../../../../src/core/dataset/sort-keys.ts';
import { columnValue } from '../../../../src/services/dataset/column-values.ts';
import type { TraceDocument } from '../../../../src/services/dataset/document.ts';
import { readRow, readRowText } from '../../../../src/services/dataset/row-reading.ts';
import { RowReader } from '../../../../src/services/dataset/row-view.ts';
import { scanSort } from '../../../../src/services/dataset/sort-scan.ts';
import { noises, row as oddRow, values, written } from './odd-rows.ts';
import { editTruth, openDataset, row, testFile, testFolder } from './open-dataset.ts';

const truths = ['10', '9', 'b', '9', 'a', '', '1,000'];
const sources = ['x', 'y', null, 'x', undefined, 'Y', 'z2'];

function sevenRows(): string {
  return truths
    .map((ground_truth, index) =>
      row(index, {
        ground_truth,
        source: sources[index],
        meta: { level: 7 - index },
        answer: `${'word '.repeat(index % 3)}\\boxed{${index}}`,
      }),
    )
    .join('\n');
}

async function sorted(document: TraceDocument, column: string, descending = false): Promise<number[]> {
  await document.setSort({ column, descending });
  await document.sorted();
  expect(document.view().sort).toEqual({ column, descending, progress: { kind: 'sorted' } });
  return listed(document);
}

async function listed(document: TraceDocument): Promise<number[]> {
  const { rows } = await document.rowsRead(0, 200);
  const indexes = rows.map(({ index }) => index);
  expect(indexes.map((index) => document.positionRead(index))).toEqual(indexes.map((_, at) => at));
  return indexes;
}

const cases: readonly (readonly [column: string, descending: boolean, expected: readonly number[]])[] = [
  ['line', true, [6, 5, 4, 3, 2, 1, 0]],
  ['truth', false, [1, 3, 0, 6, 4, 2, 5]],
  ['truth', true, [2, 4, 6, 0, 1, 3, 5]],
  ['words', false, [0, 3, 6, 1, 4, 2, 5]],
  ['words', true, [2, 5, 1, 4, 0, 3, 6]],
  ['extracted', true, [6, 5, 4, 3, 2, 1, 0]],
  ['prompt', true, [6, 5, 4, 3, 2, 1, 0]],
  ['field(source)', false, [0, 3, 1, 5, 6, 2, 4]],
  ['field(meta.level)', false, [6, 5, 4, 3, 2, 1, 0]],
  ['field(bogus)', true, [0, 1, 2, 3, 4, 5, 6]],
  ['images', false, [0, 1, 2, 3, 4, 5, 6]],
];

describe('a sorted list', () => {
  it.each([true, false])('has the order of its column, with a survey: %s', async (survey) => {
    const document = await openDataset(testFile(sevenRows()), { survey });
    if (survey) await document.surveyed();
    for (const [column, descending, expected] of cases)
      expect([column, descending, await sorted(document, column, descending)]).toEqual([
        column,
        descending,
        expected,
      ]);
  });

  it('by decision and verdict says who has none last, and goes back to file order', async () => {
    const document = await openDataset(testFile(sevenRows()));
    await document.decide(4, 'drop');
    await document.decide(5, 'keep');
    await document.decide(2, 'flag');
    expect(await sorted(document, 'decision')).toEqual([5, 4, 2, 0, 1, 3, 6]);
    await editTruth(document, 1, '1');
    expect(await sorted(document, 'verdict')).toEqual([1, 0, 2, 3, 4, 5, 6]);
    expect(await sorted(document, 'verdict', true)).toEqual([0, 2, 3, 4, 5, 6, 1]);
    await document.setSort(null);
    expect(document.view().sort).toBeNull();
    expect(await listed(document)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('follows the filter, stays under edits and decisions, and is sorted anew when asked', async () => {
    const document = await openDataset(testFile(sevenRows()));
    await sorted(document, 'truth');
    await document.setFilter('source:x or source:y');
    await document.filtered();
    await document.sorted();
    expect(await listed(document)).toEqual([1, 3, 0, 5]);
    // The next match in the file stands for a row that is none.
    expect(document.positionRead(4)).toBe(3);
    await editTruth(document, 1, '11');
    await document.decide(3, 'drop');
    expect(await listed(document)).toEqual([1, 3, 0, 5]);
    expect(await sorted(document, 'truth')).toEqual([3, 0, 1, 5]);
    await document.setFilter('');
    await document.sorted();
    expect(await listed(document)).toEqual([3, 0, 1, 6, 4, 2, 5]);
    await document.setFilter('((');
    expect(await listed(document)).toEqual([3, 0, 1, 6, 4, 2, 5]);
  });

  it('is one of its newest request, and stands in file order until a new list is sorted', async () => {
    const document = await openDataset(
      testFile(Array.from({ length: 20_000 }, (_, index) => row(index, { n: -index })).join('\n')),
    );
    const asked = ['words', 'prompt', 'n'].map((column) => document.setSort({ column, descending: false }));
    await Promise.all(asked);
    await document.sorted();
    expect(document.view().sort).toMatchObject({ column: 'field(n)', progress: { kind: 'sorted' } });
    expect((await document.rowsRead(0, 1)).rows[0]?.index).toBe(19_999);
    const setting = document.setFilter('line>100');
    expect(
      (await document.rowsRead(0, 1)).rows.map(({ index }) => index).every((index) => index <= 101),
    ).toBe(true);
    await setting;
    await document.sorted();
    expect((await document.rowsRead(0, 1)).rows[0]?.index).toBe(19_999);
    expect(document.view().filter.matched).toBe(19_900);
  });

  it('gives the cells that were asked for, cut, and knows paths into objects', async () => {
    const extra = { meta: { tags: ['a'], by: { name: 'x'.repeat(300) } }, flag: false, big: 12.5 };
    const document = await openDataset(testFile(`${row(1, extra)}\n{"broken`));
    await document.surveyed();
    expect(document.view().fields).toEqual([
      ...['id', 'images', 'problem', 'answer', 'ground_truth', 'meta', 'flag', 'big'],
      ...['meta.tags', 'meta.by.name'],
    ]);
    const columns = ['extracted', 'flag', 'field(big)', 'meta.tags', 'meta.by.name', 'none'];
    const { rows } = await document.rowsRead(0, 2, columns);
    expect(rows.map(({ cells }) => cells)).toEqual([
      ['2', false, 12.5, '["a"]', 'x'.repeat(160), null],
      [null, null, null, null, null, null],
    ]);
  });
});

const columns = ['prompt', 'truth', 'words', 'images', 'extracted', 'verdict', 'problems', 'line'].concat([
  'id',
  'pass_rate',
  'meta.pass_rate',
  'été',
  'field(prompt)',
  'field(images)',
  'history',
]);
const files = fc.record({
  rows: fc.array(fc.tuple(values, noises), { minLength: 1, maxLength: 12 }),
  chosen: fc.option(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 })),
  edit: fc.option(fc.tuple(fc.nat(11), values, noises)),
  surveyed: fc.boolean(),
  descending: fc.boolean(),
  shape: fc.constantFrom('traces', 'ms-swift', 'openai-messages', 'alpaca', 'trl-grpo'),
});

it('a scan sorts as reading every row and sorting them does', () => {
  const folder = testFolder();
  const check = fc.property(files, fc.constantFrom(...columns), (file, name) => {
    const lines = file.rows.map(([value, noise]) => oddRow(value, noise));
    const data = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
    const path = join(folder, 'rows.jsonl');
    writeFileSync(path, data);
    const scanner = rowScanner('jsonl', 0);
    scanner.push(data);
    scanner.finish();
    const rows = scanner.take();
    const count = rows.starts.length;
    const bytes = [...rows.starts].map((start, at) => data.subarray(start, start + (rows.lengths[at] ?? 0)));
    const edits = new Map<number, string>();
    if (file.edit && file.edit[0] < count)
      edits.set(
        file.edit[0],
        written(file.edit[1], () => file.edit?.[2][0] ?? 0),
      );
    const statuses = Uint8Array.from(bytes, (one, index) =>
      file.surveyed && !edits.has(index) ? statusCodes[readRow(one).status] : 0,
    );
    const list = file.chosen && Uint32Array.from(bytes.keys()).filter((index) => file.chosen?.[index]);
    const reader = new RowReader({ shape: file.shape }, 'boxed');
    const column = parseColumn(name);
    const keys = new SortKeys(list?.length ?? count);
    for (const [place, index] of (list ?? [...bytes.keys()]).entries()) {
      const edited = edits.get(index);
      const read = edited === undefined ? readRow(bytes[index] ?? null) : readRowText(edited);
      const view = reader.view(read, { index, line: index + 1, hash: '' });
      const verdict = view.status === 'ok' ? reader.verdict(view.trace)?.state : undefined;
      if (name === 'line') keys.set(place, index);
      else if (name === 'verdict')
        keys.set(place, verdict ? ['correct', 'incorrect', 'unparsed'].indexOf(verdict) : null);
      else keys.set(place, sortKey(columnValue(column, view, reader)));
    }
    let order: Uint32Array | null = null;
    const { descending } = file;
    const none = { decisions: new Uint8Array(count), verdicts: new Uint8Array(count), folders: [] };
    const lens = { lens: { shape: file.shape }, extraction: 'boxed' } as const;
    scanSort(
      { kind: 'sort', scan: 1, path, rows, edits, list, column, descending, statuses, ...none, ...lens },
      (message) => {
        if (message.kind === 'order') order = message.order;
      },
    );
    // Images on disk are not there, which a plain reading does not look for.
    if (name !== 'problems') expect([name, order]).toEqual([name, keys.order(descending)]);
    expect([...(order ?? [])].sort((a, b) => a - b)).toEqual([...(list ?? bytes).keys()]);
  });
  fc.assert(check, {
    numRuns: Number(process.env.COLDSTART_FUZZ_RUNS ?? 300),
    seed: Number(process.env.COLDSTART_FUZZ_SEED ?? 1),
  });
});

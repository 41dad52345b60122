import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asksForImages } from '../../../../src/core/dataset/filter-images.ts';
import { parseFilter } from '../../../../src/core/dataset/filter-parse.ts';
import { selectTraces } from '../../../../src/services/dataset/select-traces.ts';
import { sharedFolder } from '../../core/trace/shared-data.ts';
import { openDataset, row, testAssets, testFile } from './open-dataset.ts';

const shared = sharedFolder('awkward');

/** One row for each way in which an image can be or not be; the last has none. */
const images = [
  ['there.png'],
  ['gone.png'],
  ['there.png', 'folder'],
  ['../outside.png'],
  ['out.png'],
  ['https://example.org/a.png'],
  [null],
  [],
];

function prepare(): string {
  const lines = images.map((names, index) =>
    row(index, { images: names, problem: `${'<image>'.repeat(names.length)}How many?` }),
  );
  const path = testFile(`${lines.join('\n')}\n`);
  const folder = dirname(path);
  writeFileSync(join(folder, 'there.png'), 'any bytes: nothing is opened');
  mkdirSync(join(folder, 'folder'));
  symlinkSync('/etc/hostname', join(folder, 'out.png'));
  return path;
}

describe('images that cannot be used', () => {
  it('are told with the rows of a page', async () => {
    const document = await openDataset(prepare());
    const { rows } = await document.rowsRead(0, images.length);
    const faults = rows.map(({ imageFaults }) =>
      imageFaults.map(({ image, status }) => `${image} ${status}`),
    );
    expect(faults).toEqual([
      [],
      ['0 missing'],
      ['1 unreadable'],
      ['0 outside'],
      ['0 outside'],
      ['0 remote'],
      // The reference itself is what is wrong here, and the row says so once.
      [],
      [],
    ]);
    for (const { problems, imageFaults } of rows) expect(problems).toBeGreaterThanOrEqual(imageFaults.length);
    const { problems } = await document.traceRead(6);
    expect(problems.filter(({ code }) => code.startsWith('image-'))).toHaveLength(1);
  });

  it.each([
    ['problem:image-missing', [1]],
    ['problem:image-outside', [3, 4]],
    ['problem~"image-(remote|unreadable)"', [2, 5]],
    ['not problem:image- images>0', [0]],
  ])('are found by the filter %s', async (filter, expected) => {
    const path = prepare();
    const document = await openDataset(path);
    await document.setFilter(filter);
    await document.filtered();
    const { rows } = await document.rowsRead(0, images.length);
    expect(rows.map(({ index }) => index)).toEqual(expected);
    const selected: string[] = [];
    const ref = { path, rows: 'all', filter, shape: 'auto', image_roots: [] };
    const counts = { rows: 0, broken: 0, selected: 0 };
    for await (const { trace } of selectTraces(ref, 'boxed', await testAssets(), counts))
      selected.push(trace.id);
    expect(selected).toEqual(expected.map((index) => `t-${index}`));
  });

  it.each([
    ['has:problem', true],
    ['problem:missing', true],
    ['a or not problem=image-remote', true],
    ['problem:placeholder', false],
    ['has:image images>1 verdict:correct words', false],
  ])('are looked at only when the filter asks: %s', (text, asks) => {
    const parsed = parseFilter(text);
    expect(parsed.ok && asksForImages(parsed.filter)).toBe(asks);
  });
});

it('are counted with the problems of rows, and anew as rows are seen again', async () => {
  const path = prepare();
  const document = await openDataset(path);
  await document.surveyed('images');
  const counts = () => document.view().problems.map(({ code, count }) => `${count} ${code}`);
  expect(counts()).toEqual(
    expect.arrayContaining(['1 image-missing', '1 image-unreadable', '2 image-outside', '1 image-remote']),
  );
  expect(document.view().problemRows).toBe(6);
  await document.setFilter('has:problem');
  await document.filtered();
  expect(document.view().filter.matched).toBe(6);
  // A picture that was added counts from the moment in which its row is seen.
  writeFileSync(join(dirname(path), 'gone.png'), 'any');
  const { rows } = await document.rowsRead(0, 9);
  expect(rows.map(({ problems }) => problems > 0)).toEqual([false, true, true, true, true, true]);
  expect(document.view().problemRows).toBe(5);
});

it.skipIf(shared === null)(
  'the rows of a dataset with missing images are counted as the list marks them',
  async () => {
    const document = await openDataset(join(shared ?? '', 'missing-image.jsonl'));
    await document.surveyed('images');
    const marked = (await document.rowsRead(0, 9)).rows.filter(({ problems }) => problems > 0);
    expect(marked.map(({ index }) => index)).toEqual([1, 2, 3, 5]);
    expect(document.view()).toMatchObject({ problemRows: 4 });
    const counts = Object.fromEntries(document.view().problems.map(({ code, count }) => [code, count]));
    expect(counts).toEqual({ 'image-missing': 3, 'image-invalid': 1 });
  },
);

it('remarks are no problems, and rows are counted once', async () => {
  const own = (index: number) =>
    JSON.stringify({ problem: 'Why?', images: [], answer: `So \\boxed{${index}}`, id: `t-${index}` });
  const two = row(2, { images: [null, null], problem: 'No place' });
  const document = await openDataset(testFile(`${own(0)}\n${own(1)}\n${two}\n{"broken\n`));
  await document.surveyed();
  expect(document.view().problemRows).toBe(2);
  await document.setFilter('has:problem');
  await document.filtered();
  expect((await document.rowsRead(0, 9)).rows.map(({ index }) => index)).toEqual([2, 3]);
});

import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TraceDocument } from '../../../../src/services/dataset/document.ts';
import { sharedFolder, skipMessage } from '../../core/trace/shared-data.ts';
import { openDataset, testFolder } from './open-dataset.ts';

interface Expected {
  readonly bytes: number;
  readonly lines: number | null;
  readonly rows?: number | null;
  readonly array_rows?: number;
  readonly blank?: number[];
  readonly broken?: number[];
  readonly encoding?: string;
}

const folder = sharedFolder('awkward');
const expected: Record<string, Expected> = folder
  ? JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
  : {};
const files = Object.entries(expected).filter(([, facts]) => facts.encoding === undefined);

function copied(name: string): string {
  const path = join(testFolder(), name);
  copyFileSync(join(folder ?? '', name), path);
  return path;
}

async function lines(document: TraceDocument, status: string): Promise<number[]> {
  const { rows } = await document.rowsRead(0, 200);
  return rows.filter((row) => row.status === status).map(({ line }) => line);
}

describe.skipIf(folder === null)(folder === null ? skipMessage('awkward') : 'awkward datasets', () => {
  it.each(files)('%s shows its rows and its problems, and is saved untouched', async (name, facts) => {
    const path = copied(name);
    const before = readFileSync(path);
    const document = await openDataset(path);
    await document.surveyed();
    const isArray = facts.array_rows !== undefined;
    expect(document.statusCounts()).toEqual({
      ok: facts.array_rows ?? facts.rows,
      broken: facts.broken?.length ?? 0,
      blank: facts.blank?.length ?? 0,
    });
    expect(await lines(document, 'broken')).toEqual(isArray ? [] : facts.broken);
    expect(await lines(document, 'blank')).toEqual(isArray ? [] : facts.blank);
    const counted = document.view().problems.reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBeGreaterThanOrEqual(facts.broken?.length ?? 0);
    await document.save();
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each(files)('%s changes in one row when one row is edited', async (name) => {
    const path = copied(name);
    const before = readFileSync(path);
    const document = await openDataset(path, { survey: false });
    await document.indexed();
    for (let index = 0; index < document.rows; index++) {
      const { revision, status, turns } = await document.traceRead(index);
      if (status !== 'ok' || turns.length === 0) continue;
      const edit = await document.editValue(index, revision, { kind: 'ground-truth' }, 'edited "here"');
      const old = await document.savedBytes(index);
      await document.save();
      const after = readFileSync(path);
      const now = await document.savedBytes(index);
      let start = 0;
      while (start < before.length && before[start] === after[start]) start++;
      let end = 0;
      while (end < before.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
      // All that differs lies inside the row.
      expect(before.length - start - end).toBeLessThanOrEqual(old.length);
      expect(old.includes(before.subarray(start, before.length - end))).toBe(true);
      expect(after.length - before.length).toBe(now.length - old.length);
      edit.undo();
      await document.save();
      expect(readFileSync(path).equals(before)).toBe(true);
      return;
    }
  });

  it('utf16.jsonl is refused by name', async () => {
    await expect(openDataset(copied('utf16.jsonl'))).rejects.toMatchObject({
      code: 'encoding-unsupported',
      message: expect.stringContaining('UTF-16 LE'),
    });
  });

  // Row by row, images of one row joined by a plus.
  const imageCases: [name: string, statuses: string][] = [
    ['absolute-path-image.jsonl', 'ready outside outside outside outside outside missing outside'],
    ['missing-image.jsonl', 'ready missing ready+missing missing ready missing'],
    ['parent-path-image.jsonl', 'ready outside outside outside missing missing'],
    ['url-image.jsonl', 'ready remote remote remote remote remote'],
    ['data-uri-image.jsonl', 'ready ready ready unreadable unsupported unsupported'],
    [
      'pictures.jsonl',
      'unreadable unreadable unsupported ready too-large ready ready ready ready ready ready ready ready unsupported ready',
    ],
  ];
  it.each(imageCases)('%s says of each image whether it can be shown', async (name, statuses) => {
    const document = await openDataset(join(folder ?? '', name), { survey: false });
    const found: string[] = [];
    for (let index = 0; index < document.rows; index++) {
      const { images } = await document.traceRead(index);
      for (const image of images) expect(image.message === '').toBe(image.status === 'ready');
      found.push(images.map(({ status }) => status).join('+'));
    }
    expect(found.join(' ')).toBe(statuses);
  });

  it('decodes each odd picture or says why not, and lives on', async () => {
    const document = await openDataset(join(folder ?? '', 'pictures.jsonl'), { survey: false });
    const shown: number[] = [];
    for (let index = 0; index < document.rows; index++) {
      const image = await document.imageRead(index, 0, 'thumbnail');
      if (image.status === 'ready') {
        expect(Math.max(image.width, image.height)).toBeLessThanOrEqual(256);
        shown.push(index + 1);
      }
    }
    expect(shown).toEqual([4, 6, 7, 8, 9, 10, 11, 12, 13, 15]);
    expect(existsSync(join(folder ?? '', 'pictures.jsonl.decisions.jsonl'))).toBe(false);
  });
});

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { exportShapes } from '../../../../src/core/dataset/export-shapes.ts';
import { type ExportTask, exportDataset } from '../../../../src/services/dataset/export.ts';
import { selectionOf } from '../../../../src/services/dataset/select.ts';
import { editTruth, openDataset, row, testAssets, testFolder } from './open-dataset.ts';

/** Names of files whose writes fail as on a full disk. */
const full = vi.hoisted(() => ({ names: /^$/ }));

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>();
  const noSpace = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
  return {
    ...fs,
    open: async (path: string, ...rest: []): Promise<FileHandle> => {
      const handle = await fs.open(path, ...rest);
      if (full.names.test(path)) handle.appendFile = noSpace;
      return handle;
    },
    writeFile: (path: string, ...rest: [string]) =>
      full.names.test(path) ? noSpace() : fs.writeFile(path, ...rest),
  };
});

beforeEach(() => {
  full.names = /^$/;
});

const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const dataUri = `data:image/png;base64,${pixel.toString('base64')}`;
const pixelFile = `${createHash('sha256').update(pixel).digest('hex').slice(0, 32)}.png`;

const withImages = (index: number, ...images: string[]) =>
  row(index, { images, problem: `${'<image>'.repeat(images.length)}How many?` });

/** Four good rows, one of them with a picture in the row, one with a picture that is not there, and a broken one. */
const source = [
  withImages(0, 'pictures/one.png'),
  withImages(1, dataUri),
  withImages(2, 'pictures/gone.png'),
  '{"broken',
  row(4),
].join('\n');

interface Prepared {
  readonly folder: string;
  export(task?: Partial<ExportTask>): ReturnType<typeof exportDataset>;
  written(): { images: string[] }[];
  files(): string[];
}

async function prepare(content = source): Promise<Prepared> {
  const folder = testFolder();
  const assets = await testAssets();
  const out = join(folder, 'out');
  mkdirSync(join(folder, 'pictures'));
  mkdirSync(out);
  writeFileSync(join(folder, 'pictures', 'one.png'), pixel);
  writeFileSync(join(folder, 'data.jsonl'), content);
  const to = join(out, 'new.jsonl');
  return {
    folder,
    export: (task = {}) =>
      exportDataset({
        path: join(folder, 'data.jsonl'),
        selection: selectionOf({}),
        shape: 'cold-start',
        to,
        images: 'relative',
        assets,
        settings: { imageRoots: [] },
        ...task,
      }),
    written: () =>
      readFileSync(to, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    files: () => readdirSync(out).sort(),
  };
}

describe('exporting', () => {
  const beside = `new-images/${pixelFile}`;
  const imageCases = [
    {
      images: 'relative',
      names: ['../pictures/one.png', beside, 'pictures/gone.png'],
      outside: 1,
      copies: 1,
    },
    { images: 'copy', names: [beside, beside, 'pictures/gone.png'], outside: 0, copies: 1 },
    { images: 'embed', names: [dataUri, dataUri, 'pictures/gone.png'], outside: 0, copies: 0 },
  ] as const;
  for (const { images, names, outside, copies } of imageCases)
    it(`names images: ${images}`, async () => {
      const place = await prepare();
      const outcome = await place.export({ images });
      expect(outcome).toMatchObject({
        written: 4,
        skipped: 1,
        outside,
        problems: { 'row-unreadable': 1, 'image-missing': 1 },
      });
      expect(place.written().flatMap((line) => line.images)).toEqual(names);
      expect(place.files()).toEqual([
        ...(copies ? ['new-images'] : []),
        'new.jsonl',
        'new.jsonl.manifest.json',
      ]);
      if (copies) expect(readdirSync(join(place.folder, 'out', 'new-images'))).toEqual([pixelFile]);
    });

  for (const { name } of exportShapes)
    it(`writes ${name} so that it is read back as ${name}`, async () => {
      const place = await prepare();
      await place.export({ shape: name, images: 'copy' });
      const document = await openDataset(join(place.folder, 'out', 'new.jsonl'), { survey: false });
      await document.indexed();
      expect(document.view().shape.name).toBe(name);
      const trace = await document.traceRead(0);
      expect(trace.images).toMatchObject([{ status: 'ready', width: 1 }]);
      expect(trace.turns.at(-1)?.parts).toContainEqual({ kind: 'image', image: 0 });
      if (trace.completion) expect(trace.completion.text).toContain('\\boxed{1}');
      expect(trace.groundTruth?.text).toBe('1');
    });

  it('says in the manifest where the rows came from', async () => {
    const place = await prepare();
    const { manifest } = await place.export({
      selection: selectionOf({ rows: '0:5', filter: 'id=t-4', limit: 9 }),
    });
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toEqual({
      version: 1,
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      product: { name: 'coldstart', version: expect.any(String) },
      source: { path: '../data.jsonl', sha256: createHash('sha256').update(source).digest('hex'), rows: 5 },
      shape: { from: 'cold-start', to: 'cold-start' },
      rows: '0:5',
      filter: 'id=t-4',
      limit: 9,
      decisions: { keep: 0, drop: 0, flag: 0 },
      images: 'relative',
      counts: { selected: 1, written: 1, skipped: 0 },
      problems: {},
    });
  });

  it('writes unsaved edits as the editor has them, and leaves the source alone', async () => {
    const place = await prepare();
    const path = join(place.folder, 'data.jsonl');
    const document = await openDataset(path);
    await document.decide(4, 'keep');
    await editTruth(document, 4, 'edited');
    const task = { selection: selectionOf({ rows: 'kept' }), unsaved: document.unsavedRows() };
    const { written, unsaved, manifest } = await place.export(task);
    expect({ written, unsaved }).toEqual({ written: 1, unsaved: 1 });
    expect(place.written()).toMatchObject([{ ground_truth: 'edited' }]);
    expect(JSON.parse(readFileSync(manifest, 'utf8')).source).toMatchObject({ rows: 5, unsaved: 1 });
    expect(readFileSync(path, 'utf8')).toBe(source);
    writeFileSync(path, `${row(9)}\n${source}`);
    await expect(place.export({ ...task, force: true })).rejects.toMatchObject({
      code: 'file-changed-on-disk',
    });
    expect(place.written()).toMatchObject([{ ground_truth: 'edited' }]);
  });

  it('leaves out rows that are of no use in the shape, and says why', async () => {
    const place = await prepare(
      `${row(0)}\n[1]\n${JSON.stringify({ problem: 'Why?', images: [], ground_truth: '2' })}\n`,
    );
    expect(await place.export()).toMatchObject({
      written: 1,
      skipped: 2,
      problems: { 'row-not-object': 1, 'completion-missing': 1 },
    });
  });

  interface Refusal {
    readonly name: string;
    readonly code: string;
    readonly task?: Partial<ExportTask>;
    readonly full?: RegExp;
  }
  const aborted = new AbortController();
  const refusals: readonly Refusal[] = [
    { name: 'a full disk under the rows', code: 'disk-full', full: /new\.jsonl\.[^/]*tmp$/ },
    { name: 'a full disk under the images', code: 'disk-full', full: /new-images/, task: { images: 'copy' } },
    {
      name: 'an empty selection',
      code: 'selection-empty',
      task: { selection: selectionOf({ rows: 'kept' }) },
    },
    {
      name: 'a wrong filter',
      code: 'filter-invalid',
      task: { selection: selectionOf({ filter: 'verdict:' }) },
    },
    { name: 'an unknown shape', code: 'shape-unknown', task: { shape: 'parquet' } },
    {
      name: 'images in rows whose readers take none',
      code: 'request-invalid',
      task: { shape: 'llava', images: 'embed' },
    },
    {
      name: 'cancelling halfway',
      code: 'cancelled',
      task: { images: 'copy', signal: aborted.signal, progress: { report: () => aborted.abort() } },
    },
  ];
  for (const refusal of refusals)
    it(`leaves nothing behind after ${refusal.name}`, async () => {
      // Enough rows for several reads, so that there is a halfway.
      const place = await prepare(
        `${source}\n${Array.from({ length: 500 }, (_, at) => row(at + 5)).join('\n')}\n`,
      );
      full.names = refusal.full ?? full.names;
      await expect(place.export(refusal.task)).rejects.toMatchObject({ code: refusal.code });
      expect(place.files()).toEqual([]);
      expect(readdirSync(place.folder).sort()).toEqual(['data.jsonl', 'out', 'pictures']);
    });

  it('stands with its images when its manifest cannot be put beside it', async () => {
    const place = await prepare();
    mkdirSync(join(place.folder, 'out', 'new.jsonl.manifest.json'));
    await expect(place.export({ images: 'copy', force: true })).rejects.toMatchObject({
      message: expect.stringContaining('new.jsonl is written'),
    });
    expect(place.written()).toHaveLength(4);
    expect(place.files()).toEqual(['new-images', 'new.jsonl', 'new.jsonl.manifest.json']);
    expect(readdirSync(join(place.folder, 'out', 'new-images'))).toEqual([pixelFile]);
  });

  it('never overwrites unasked, and its source not at all', async () => {
    const place = await prepare();
    await place.export();
    await expect(place.export()).rejects.toMatchObject({ code: 'file-exists' });
    await expect(place.export({ force: true })).resolves.toMatchObject({ written: 4 });
    const to = join(place.folder, 'data.jsonl');
    await expect(place.export({ to, force: true })).rejects.toMatchObject({ code: 'request-invalid' });
    expect(readFileSync(to, 'utf8')).toBe(source);
  });
});

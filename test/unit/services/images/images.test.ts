import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ImageRef } from '../../../../src/core/trace/trace.ts';
import { readImageHead, readImageHeader } from '../../../../src/services/images/header.ts';
import { refusedByName, resolveImage } from '../../../../src/services/images/resolve.ts';
import { describeImage, loadImage, TraceImages } from '../../../../src/services/images/trace-images.ts';
import { testAssets, testFolder, testLog } from '../dataset/open-dataset.ts';

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A black PNG of the given size; `claimed` is what its header says. */
function png(width: number, height: number, claimed: readonly [number, number] = [width, height]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(claimed[0], 0);
  header.writeUInt32BE(claimed[1], 4);
  header.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc((width + 1) * height))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function folderWithImages(): { root: string; inside: string } {
  const root = testFolder();
  const inside = join(root, 'dataset');
  mkdirSync(join(inside, 'images'), { recursive: true });
  writeFileSync(join(inside, 'images', 'a.png'), png(40, 20));
  writeFileSync(join(root, 'secret.png'), png(8, 8));
  symlinkSync(join(root, 'secret.png'), join(inside, 'images', 'link.png'));
  symlinkSync(root, join(inside, 'up'));
  symlinkSync('loop.png', join(inside, 'loop.png'));
  execFileSync('mkfifo', [join(inside, 'pipe.png')]);
  writeFileSync(join(inside, 'huge.png'), '');
  truncateSync(join(inside, 'huge.png'), 21 * 1024 * 1024);
  return { root, inside };
}

describe('image paths', () => {
  it('are opened inside the allowed folders only', async () => {
    const { root, inside } = folderWithImages();
    const check = async (source: string, status: string, folders = [inside]) =>
      expect([source, (await resolveImage(source, folders)).status]).toEqual([source, status]);
    await check('images/a.png', 'ready');
    await check(join(inside, 'images', 'a.png'), 'ready');
    await check('images/../images/a.png', 'ready');
    await check('images/none.png', 'missing');
    await check('../secret.png', 'outside');
    await check(join(root, 'secret.png'), 'outside');
    await check('images/link.png', 'outside');
    await check('up/secret.png', 'outside');
    await check('loop.png', 'unreadable');
    await check('pipe.png', 'unreadable');
    await check('images', 'unreadable');
    await check('huge.png', 'too-large');
    await check('/dev/zero', 'outside');
    await check('../secret.png', 'ready', [inside, root]);
    await check('secret.png', 'ready', [inside, root]);
    await check('images/link.png', 'ready', [inside, root]);
    await check('a\0.png', 'unreadable');
    await check('x'.repeat(5000), 'missing');
  });

  it('are refused by name before the disk is touched', () => {
    for (const source of [
      '\\\\host\\share\\a.png',
      '//host/a.png',
      '\\/host',
      'C:\\a.png',
      'c:a.png',
      'file:///etc/passwd',
    ])
      expect([source, refusedByName(source)?.status]).toEqual([source, 'outside']);
    for (const source of ['http://x/a.png', 'hf://x', 's3://b/a.png', 'javascript:alert(1)'])
      expect([source, refusedByName(source)?.status]).toEqual([source, 'remote']);
    expect(refusedByName('table #1 (100%) & more.png')).toBeNull();
  });

  it('never lead outside, whatever they are', async () => {
    const { inside } = folderWithImages();
    const step = fc.constantFrom(
      '..',
      '.',
      '',
      '/',
      'up',
      'images',
      'secret.png',
      '%2e%2e',
      '..\\',
      'etc',
      'passwd',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, absolute) => {
        const found = await resolveImage(`${absolute ? '/' : ''}${steps.join('/')}`, [inside]);
        if (found.status === 'ready') expect(found.path.startsWith(join(inside, 'images'))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('picture headers', () => {
  it('are read from whole files, and never throw', () => {
    expect(readImageHeader(png(40, 20))).toMatchObject({
      kind: 'image',
      format: 'png',
      width: 40,
      height: 20,
    });
    const whole = png(40, 20);
    for (let length = 0; length < whole.length; length++)
      expect(readImageHeader(whole.subarray(0, length)).kind).not.toBe('image');
    for (const text of ['<svg xmlns="x">', '<!DOCTYPE html><p>', 'hello'])
      expect(readImageHeader(Buffer.from(text)).kind).toBe('unsupported');
    const magic = fc.constantFrom(
      '',
      'ffd8ffe1',
      '89504e470d0a1a0a',
      '474946383961',
      '52494646ffffffff57454250',
    );
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        readImageHeader(Buffer.concat([Buffer.from(start, 'hex'), rest]));
      }),
      { numRuns: 2000 },
    );
  });
});

/** A JPEG's markers around nothing: a preview of `preview` bytes, a frame of 8 × 6 pixels, `body` bytes of scan. */
function jpeg(preview: number, body: number, end = 'ffd9'): Buffer {
  const piece = (marker: string, bytes: Buffer) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length + 2);
    return Buffer.concat([Buffer.from(marker, 'hex'), length, bytes]);
  };
  return Buffer.concat([
    Buffer.from('ffd8', 'hex'),
    piece('ffe1', Buffer.concat([Buffer.alloc(preview), Buffer.from('ffd9', 'hex')])),
    piece('ffc0', Buffer.from('0800060008010111', 'hex')),
    Buffer.alloc(body),
    Buffer.from(end, 'hex'),
  ]);
}

/** A PNG with `bytes` bytes of text before its end. */
function pngWithText(bytes: number): Buffer {
  const whole = png(40, 20);
  const [start, end] = [whole.subarray(0, -12), whole.subarray(-12)];
  return Buffer.concat([start, chunk('tEXt', Buffer.alloc(bytes, 'a')), end]);
}

function riff(size: number, claimed = size): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(claimed - 8, 4);
  bytes.write('WEBPVP8X', 8, 'latin1');
  return bytes;
}

describe('heads of pictures', () => {
  it('say what the whole file says, and of a whole picture little is read', async () => {
    const large = 1 << 20;
    const gif = Buffer.concat([Buffer.from('474946383961080006000000003b', 'hex'), Buffer.alloc(large)]);
    const all = Number.POSITIVE_INFINITY;
    const cases: readonly (readonly [string, Buffer, number])[] = [
      ['small PNG', png(40, 20), 200],
      ['large PNG', pngWithText(large), 5000],
      ['PNG that is cut short', pngWithText(large).subarray(0, -1), all],
      ['PNG with bytes after its end', Buffer.concat([pngWithText(large), Buffer.alloc(9)]), all],
      ['JPEG', jpeg(10, large), 5000],
      ['JPEG with a preview', jpeg(60_000, large), 140_000],
      ['JPEG that is cut short after its preview', jpeg(10, large, '0000'), all],
      ['GIF', gif, 5000],
      ['WebP', riff(large), 5000],
      ['WebP that is cut short', riff(large, large + 2), all],
      ['page', Buffer.concat([Buffer.from('<!doctype html>'), Buffer.alloc(large)]), 5000],
      ['nothing', Buffer.alloc(0), 0],
    ];
    for (const [name, bytes, most] of cases) {
      let count = 0;
      const read = async (offset: number, length: number) => {
        count += length;
        return bytes.subarray(offset, offset + length);
      };
      expect([name, await readImageHead(read, bytes.length)]).toEqual([name, readImageHeader(bytes)]);
      expect(count, name).toBeLessThanOrEqual(most);
    }
  });
});

describe('images of traces', () => {
  const at = ['image'] as const;
  const inRow = (bytes: Buffer): [ImageRef, { image: string }] => [
    { kind: 'data', source: 'data:', at },
    { image: `data:image/png;base64,${bytes.toString('base64')}` },
  ];

  it('are described as they are loaded', async () => {
    const { inside } = folderWithImages();
    writeFileSync(join(inside, 'large.png'), png(10, 10, [30_000, 30_000]));
    for (const source of ['images/a.png', 'large.png', 'none.png', 'huge.png', 'images/link.png']) {
      const ref: ImageRef = { kind: 'path', source, at };
      const loaded = await loadImage(ref, null, [inside]);
      const { status, width } = await describeImage(ref, null, [inside]);
      const shown = loaded.status === 'ready' ? loaded.header.width : null;
      expect([source, status, width]).toEqual([source, loaded.status, shown]);
    }
  });

  it('come out of the row, within limits', async () => {
    expect(await describeImage(...inRow(png(112, 56)), [])).toMatchObject({
      status: 'ready',
      width: 112,
      tokens: 8,
    });
    expect(await loadImage(...inRow(png(10, 10, [30_000, 30_000])), [])).toMatchObject({
      status: 'too-large',
    });
    const bytes: [ImageRef, { image: number[] }] = [
      { kind: 'bytes', source: '', at },
      { image: [...png(3, 3)] },
    ];
    expect(await loadImage(...bytes, [])).toMatchObject({ status: 'ready' });
    const html: [ImageRef, { image: string }] = [
      { kind: 'data', source: '', at },
      { image: 'data:text/html,<p>' },
    ];
    expect(await loadImage(...html, [])).toMatchObject({ status: 'unsupported' });
  });

  it('are made smaller in a child that may be lost', async () => {
    const assets = await testAssets();
    const images = new TraceImages(assets, testLog());
    onTestFinished(() => images.dispose());
    const shown = await images.read(...inRow(png(600, 300)), [], 'thumbnail');
    expect(shown).toMatchObject({ status: 'ready', mime: 'image/webp', width: 256, height: 128 });
    const damaged = png(600, 300);
    damaged.fill(0xff, 45, 60);
    expect((await images.read(...inRow(damaged), [], 'thumbnail')).status).toBe('refused');
    expect((await images.read(...inRow(png(20, 20)), [], 'thumbnail')).status).toBe('ready');
    expect(await images.read(...inRow(png(20, 20)), [], 'full')).toMatchObject({
      mime: 'image/png',
      width: 20,
    });
    const stopped = new AbortController();
    const late = images.read(...inRow(png(50, 50)), [], 'thumbnail', stopped.signal);
    stopped.abort();
    await expect(late).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('are given up with their decoder', async () => {
    const folder = testFolder();
    writeFileSync(join(folder, 'decode-image.js'), "process.on('message', () => undefined);");
    const images = new TraceImages({ workers: folder, trainer: '' }, testLog());
    const wanted = [600, 500, 400].map((side) => images.read(...inRow(png(side, side)), [], 'thumbnail'));
    const ends = Promise.allSettled(wanted);
    await new Promise((resolve) => setImmediate(resolve));
    images.dispose();
    expect((await ends).map((end) => end.status === 'rejected' && end.reason.code)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ]);
  });

  it('are passed as they are when nothing can decode them', async () => {
    const folder = testFolder();
    writeFileSync(
      join(folder, 'decode-image.js'),
      "process.on('message', ({ id }) => process.send({ id, status: 'unavailable', message: 'no sharp' }));",
    );
    const images = new TraceImages({ workers: folder, trainer: '' }, testLog());
    onTestFinished(() => images.dispose());
    expect(await images.read(...inRow(png(600, 300)), [], 'thumbnail')).toMatchObject({
      mime: 'image/png',
      width: 600,
    });
  });

  it('cost a crashed child, and no more', async () => {
    const folder = testFolder();
    const code =
      "process.on('message', ({ id, bytes }) => { if (bytes.length > 200) process.abort(); process.send({ id, status: 'failed', message: 'alive' }); });";
    writeFileSync(join(folder, 'decode-image.js'), code);
    const images = new TraceImages({ workers: folder, trainer: '' }, testLog());
    onTestFinished(() => images.dispose());
    const both = await Promise.all([
      images.read(...inRow(png(600, 300)), [], 'thumbnail'),
      images.read(...inRow(png(4, 4)), [], 'thumbnail'),
    ]);
    expect(both.map((image) => (image.status === 'refused' ? image.message : ''))).toEqual([
      expect.stringContaining('ended'),
      expect.stringContaining('alive'),
    ]);
  });
});

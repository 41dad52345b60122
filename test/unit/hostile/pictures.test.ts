import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ImageRef } from '../../../src/core/trace/trace.ts';
import type { DecodeLimits } from '../../../src/services/images/decoder.ts';
import { loadImage, TraceImages } from '../../../src/services/images/trace-images.ts';
import { loadSharp } from '../../../src/services/native/sharp.ts';
import { testAssets, testFolder, testLog } from '../services/dataset/open-dataset.ts';

function chunk(name: string, data: Buffer, claimedLength = data.length): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(claimedLength >>> 0, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

const signature = Buffer.from('89504e470d0a1a0a', 'hex');
const end = chunk('IEND', Buffer.alloc(0));

/** A PNG whose header claims a size and a kind; the pixels are what `data` inflates to. */
function png(
  width: number,
  height: number,
  data: Buffer,
  more: readonly Buffer[] = [],
  kind = [8, 0, 0, 0, 0],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width >>> 0, 0);
  header.writeUInt32BE(height >>> 0, 4);
  header.set(kind, 8);
  return Buffer.concat([signature, chunk('IHDR', header), ...more, chunk('IDAT', data), end]);
}
const zeros = (bytes: number): Buffer => deflateSync(Buffer.alloc(bytes), { level: 9 });
const goodPng = png(300, 200, zeros(301 * 200));
/** 100 MB in 100 KB. */
const bomb = zeros(100_000_000);
const text = (name: string, ...parts: (string | Buffer)[]): Buffer =>
  chunk(name, Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1'))));

function gif(width: number, height: number, frames: number): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  const frame = Buffer.from('21f90400000000002c0000000001000100000202440100', 'hex');
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from(';')]);
}

function webp(kind: string, body: Buffer, claimed?: number): Buffer {
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  head.writeUInt32LE(claimed ?? body.length + 12, 4);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([head, Buffer.from(kind, 'latin1'), size, body]);
}

const largestWebp = Buffer.from([
  0,
  0,
  0,
  0,
  0xff,
  0xff,
  0xff,
  0xff,
  0xff,
  0xff,
  ...Array.from({ length: 12 }, () => 0),
]);
const svg = (body: string): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">${body}</svg>`,
  );

/** Refused by what its first bytes say, or by the decoder; or shown no larger than asked. Never anything else. */
const bombs: readonly (readonly [string, Buffer, 'by name' | 'decoding' | 'either'])[] = [
  ['a PNG of 16,383²', png(16_383, 16_383, zeros(1000)), 'by name'],
  ['a PNG of 2³¹ pixels each way', png(2 ** 31 - 1, 2 ** 31 - 1, zeros(10)), 'by name'],
  ['a PNG of 2³² - 1 pixels each way', png(2 ** 32 - 1, 2 ** 32 - 1, zeros(10)), 'by name'],
  ['a PNG one pixel high and 40 million wide', png(40_000_001, 1, zeros(10)), 'by name'],
  ['a PNG of no pixels', png(0, 5, zeros(10)), 'by name'],
  ['a tiny PNG that claims 36 million pixels', png(6_000, 6_000, zeros(10)), 'decoding'],
  ['a PNG of 36 million pixels in 35 KB', png(6_000, 6_000, zeros(6_001 * 6_000)), 'either'],
  ['a PNG whose pixels inflate to 100 MB', png(10, 10, bomb), 'either'],
  ['a PNG with 100 MB of zipped text', png(10, 10, zeros(110), [text('zTXt', 'a\0\0', bomb)]), 'either'],
  [
    'a PNG with 100 MB of zipped iTXt',
    png(10, 10, zeros(110), [text('iTXt', 'a\0\x01\0\0\0', bomb)]),
    'either',
  ],
  ['a PNG with a colour profile of 100 MB', png(10, 10, zeros(110), [text('iCCP', 'a\0\0', bomb)]), 'either'],
  [
    'a PNG with 5,000 texts',
    png(
      10,
      10,
      zeros(110),
      Array.from({ length: 5_000 }, () => text('tEXt', 'a\0b')),
    ),
    'either',
  ],
  [
    'a PNG with a chunk of 4 GB',
    Buffer.concat([goodPng.subarray(0, 33), chunk('IDAT', zeros(10), -1), end]),
    'by name',
  ],
  ['a PNG of a colour type that is none', png(10, 10, zeros(110), [], [8, 5, 0, 0, 0]), 'decoding'],
  ['a PNG of 7 bits', png(10, 10, zeros(110), [], [7, 0, 0, 0, 0]), 'decoding'],
  ['a palette PNG without palette', png(10, 10, zeros(110), [], [8, 3, 0, 0, 0]), 'decoding'],
  [
    'an interlaced PNG of 16 bits, 36 million pixels',
    png(6_000, 6_000, zeros(1_000_000), [], [16, 6, 0, 0, 1]),
    'decoding',
  ],
  ['a PNG whose pixels are not zipped', png(10, 10, Buffer.from('<script>alert(1)</script>')), 'decoding'],
  ['a PNG without end', goodPng.subarray(0, -12), 'by name'],
  [
    'a PNG that is a page, too',
    Buffer.concat([signature, Buffer.from('<script>alert(1)</script>'.repeat(9))]),
    'by name',
  ],
  ['a GIF of 20,000 frames', gif(1, 1, 20_000), 'either'],
  ['a GIF of 65,535²', gif(65_535, 65_535, 1), 'by name'],
  ['a GIF of 6,000² with one pixel', gif(6_000, 6_000, 1), 'either'],
  ['a GIF without frames', gif(5, 5, 0), 'decoding'],
  ['a WebP of 16,384²', webp('VP8X', largestWebp), 'by name'],
  ['a WebP that is mostly missing', webp('VP8L', Buffer.alloc(20), 1_000_000), 'by name'],
  [
    'a lossless WebP of noise',
    webp('VP8L', Buffer.from(Array.from({ length: 200 }, (_, at) => (at * 7919) % 251))),
    'either',
  ],
  ['a JPEG of nothing', Buffer.from('ffd8ffd9', 'hex'), 'by name'],
  ['a JPEG with a segment that never ends', Buffer.from(`ffd8ffe1${'00'.repeat(50)}`, 'hex'), 'by name'],
  [
    'a JPEG of 65,500² without pixels',
    Buffer.from('ffd8ffc0000b08ffdcffdc01011100ffda0008010100003f00ffd9', 'hex'),
    'by name',
  ],
  ['an SVG with a script', svg('<script>alert(1)</script>'), 'by name'],
  [
    'an SVG that names its neighbour',
    svg('<image xlink:href="secret.png" width="9" height="9"/>'),
    'by name',
  ],
  [
    'an SVG with entities',
    Buffer.from(
      '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>',
    ),
    'by name',
  ],
  ['a zipped SVG', gzipSync(svg('<script>alert(1)</script>')), 'by name'],
  [
    'a PDF',
    Buffer.from('%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj'),
    'by name',
  ],
  ['a TIFF', Buffer.from('49492a0008000000ffff', 'hex'), 'by name'],
  [
    'an ImageMagick script',
    Buffer.from('push graphic-context\nimage over 0,0 0,0 "https://127.0.0.1/x"'),
    'by name',
  ],
];

const at = ['image'] as const;
const inRow = (bytes: Buffer): [ImageRef, { image: string }] => [
  { kind: 'data', source: 'data:', at },
  { image: `data:image/png;base64,${bytes.toString('base64')}` },
];

let workers: string;
/** One decoder for all: whatever a picture does to it, the next one is shown. */
let images: TraceImages;
beforeAll(async () => {
  workers = (await testAssets()).workers;
  images = new TraceImages({ workers, trainer: '' }, testLog());
});
afterAll(() => images.dispose());

function opened(folder: string, limits: DecodeLimits): TraceImages {
  const images = new TraceImages({ workers: folder, trainer: '' }, testLog(), limits);
  onTestFinished(() => images.dispose());
  return images;
}

/** Nothing but a small picture or a reason; and the next picture is shown all the same. */
async function survives(bytes: Buffer): Promise<'refused' | 'ready'> {
  let answer: 'refused' | 'ready' = 'ready';
  for (const size of ['thumbnail', 'full'] as const) {
    const shown = await images.read(...inRow(bytes), [], size);
    if (shown.status === 'refused') {
      expect(shown.message).toMatch(/\w{3}/);
      answer = 'refused';
    } else expect(Math.max(shown.width, shown.height)).toBeLessThanOrEqual(size === 'full' ? 2048 : 256);
  }
  return answer;
}

describe('a picture made to harm', () => {
  it.each(bombs)('%s costs a reason at most', async (_, bytes, refusal) => {
    const loaded = await loadImage(...inRow(bytes), []);
    expect(loaded.status === 'ready').toBe(refusal !== 'by name');
    const answer = await survives(bytes);
    if (refusal !== 'either') expect(answer).toBe('refused');
    expect((await images.read(...inRow(goodPng), [], 'thumbnail')).status).toBe('ready');
  });

  it('damaged in 600 places is refused or shown, and the decoder goes on', async () => {
    const sharp = await loadSharp();
    const source = sharp(goodPng, { limitInputPixels: 1e6 });
    const whole: Record<string, Buffer> = {
      png: goodPng,
      jpeg: await source.clone().jpeg({ progressive: true }).toBuffer(),
      webp: await source.clone().webp().toBuffer(),
    };
    let refused = 0;
    for (const bytes of Object.values(whole)) {
      expect(await survives(bytes)).toBe('ready');
      for (let turn = 0; turn < 100; turn += 1) {
        const place = Math.floor((turn * bytes.length) / 100);
        const flipped = Buffer.from(bytes);
        flipped[place] = (flipped[place] ?? 0) ^ (1 << (turn % 8));
        for (const damaged of [flipped, bytes.subarray(0, place)])
          if ((await survives(damaged)) === 'refused') refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(250);
    expect(await survives(goodPng)).toBe('ready');
  });

  it('an SVG beside a secret picture shows nothing of it, by path either', async () => {
    const folder = testFolder();
    mkdirSync(join(folder, 'images'));
    writeFileSync(join(folder, 'images', 'secret.png'), goodPng);
    for (const name of ['a.svg', 'a.png']) {
      writeFileSync(join(folder, 'images', name), svg('<image href="secret.png"/>'));
      const shown = await images.read({ kind: 'path', source: `images/${name}`, at }, {}, [folder], 'full');
      expect(shown).toMatchObject({ status: 'refused', message: expect.stringContaining('SVG') });
    }
  });

  it('in a row is measured before it is copied', async () => {
    const bytes: ImageRef = { kind: 'bytes', source: '', at };
    const image = Array.from({ length: 21 * 1024 * 1024 }, () => 0x89);
    expect(await loadImage(bytes, { image }, [])).toMatchObject({ status: 'too-large' });
    expect(
      await loadImage({ kind: 'data', source: '', at }, { image: 'A'.repeat(29_000_000) }, []),
    ).toMatchObject({ status: 'too-large' });
  });
});

describe('the decoding child', () => {
  it('that holds too much memory ends itself, and the next one starts', async () => {
    const images = opened(workers, { milliseconds: 60_000, memory: 1024 * 1024 });
    for (const picture of [goodPng, goodPng])
      expect(await images.read(...inRow(picture), [], 'thumbnail')).toEqual({
        status: 'refused',
        message: 'The picture could not be decoded: it needs more than 1 MB to decode',
      });
  });

  it('that hangs is killed, and the next one starts', async () => {
    const folder = testFolder();
    const alive = join(folder, 'pid');
    writeFileSync(
      join(folder, 'decode-image.js'),
      `process.on('message', ({ id, bytes }) => {
        if (bytes.length > 400) { require('fs').writeFileSync(${JSON.stringify(alive)}, String(process.pid)); for (;;); }
        process.send({ id, status: 'failed', message: 'alive' });
      });`,
    );
    const images = opened(folder, { milliseconds: 1_000, memory: 2 ** 40 });
    const big = Buffer.concat([goodPng, Buffer.alloc(500)]);
    expect(await images.read(...inRow(big), [], 'thumbnail')).toMatchObject({
      message: expect.stringContaining('longer than 1 s'),
    });
    expect(await images.read(...inRow(png(300, 1, zeros(301))), [], 'thumbnail')).toMatchObject({
      message: expect.stringContaining('alive'),
    });
    expect(existsSync(alive)).toBe(true);
  });
});

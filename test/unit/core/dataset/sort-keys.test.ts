import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnName, parseColumn, rowColumns } from '../../../../src/core/dataset/columns.ts';
import { type SortKey, SortKeys, sortKey } from '../../../../src/core/dataset/sort-keys.ts';

function ordered(values: readonly unknown[], descending = false): unknown[] {
  const keys = new SortKeys(values.length);
  for (const [position, value] of values.entries()) keys.set(position, sortKey(value));
  return [...keys.order(descending)].map((position) => values[position]);
}

describe('an order', () => {
  it.each<[string, unknown[], unknown[], unknown[]]>([
    ['numbers', [3, -1, 2.5], [-1, 2.5, 3], [3, 2.5, -1]],
    ['numbers as text', ['10', 9, ' 2 ', '1,200'], [' 2 ', 9, '10', '1,200'], ['1,200', '10', 9, ' 2 ']],
    ['texts as people order them', ['a10', 'B', 'a2'], ['a2', 'a10', 'B'], ['B', 'a10', 'a2']],
    ['numbers before texts', ['x', 1, 'b'], [1, 'b', 'x'], ['x', 'b', 1]],
    ['nothing last', [null, 1, '', 2, undefined], [1, 2, null, '', undefined], [2, 1, null, '', undefined]],
    [
      'flags and lists',
      [true, [], false, ['b'], ['a']],
      [['a'], ['b'], false, true, []],
      [true, false, ['b'], ['a'], []],
    ],
    [
      'infinite numbers',
      [Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY],
      [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1],
    ],
  ])('of %s', (_, values, ascending, descending) => {
    expect(ordered(values)).toEqual(ascending);
    expect(ordered(values, true)).toEqual(descending);
  });

  it('compares the first 64 characters of a text', () => {
    const long = 'x'.repeat(64);
    expect(ordered([`${long}b`, `${long}a`, 'x'.repeat(63)])).toEqual([
      'x'.repeat(63),
      `${long}b`,
      `${long}a`,
    ]);
  });

  const value = fc.oneof(
    fc.double(),
    fc.integer({ min: -3, max: 3 }),
    fc.string({ maxLength: 3 }),
    fc.constantFrom('7', '07', 'a', 'A', 'á', null, undefined, true, '1e3', '\ud800'),
  );
  it('is a stable permutation that agrees with a plain sort', () => {
    const { compare } = new Intl.Collator('en', { numeric: true });
    const kind = (key: SortKey) => (key === null || Number.isNaN(key) ? 2 : typeof key === 'number' ? 0 : 1);
    const plain = (values: readonly unknown[], descending: boolean) => {
      const sign = descending ? -1 : 1;
      return values
        .map((one, position) => ({ key: sortKey(one), position }))
        .sort((a, b) => {
          const [left, right] = [kind(a.key), kind(b.key)];
          if (left === 2 || right === 2) return left - right || a.position - b.position;
          if (left !== right) return sign * (left - right);
          const by =
            left === 0
              ? Math.sign(Number(a.key) - Number(b.key)) || 0
              : compare(String(a.key), String(b.key));
          return sign * by || a.position - b.position;
        })
        .map(({ position }) => position);
    };
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), fc.boolean(), (values, descending) => {
        const keys = new SortKeys(values.length);
        for (const [position, one] of values.entries()) keys.set(position, sortKey(one));
        const order = [...keys.order(descending)];
        expect(order.toSorted((a, b) => a - b)).toEqual(values.map((_, position) => position));
        expect(order).toEqual(plain(values, descending));
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe('a column', () => {
  it.each([...rowColumns, 'field(words)', 'field(meta.source)', 'field(a)b)', 'field(field(a))'])(
    'is read back by its name: %s',
    (name) => expect(columnName(parseColumn(name))).toBe(name),
  );

  it.each([
    ['grade', 'grade'],
    ['meta.source', 'meta.source'],
    ['field(', 'field('],
  ])('that is none of ours is a field: %s', (name, path) =>
    expect(parseColumn(name)).toEqual({ kind: 'field', path }),
  );
});

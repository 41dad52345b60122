import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileColumns, isColumnFilter } from '../../../../src/core/dataset/filter-columns.ts';
import { parseFilter } from '../../../../src/core/dataset/filter-parse.ts';
import type { VerdictName } from '../../../../src/core/dataset/row-codes.ts';

function answer(text: string, verdict: VerdictName | null): boolean | null {
  const parse = parseFilter(text);
  if (!parse.ok) throw new Error(parse.message);
  return compileColumns(parse.filter, {
    verdict: () => verdict,
    decision: () => 'keep',
    edited: () => false,
    line: (index) => index + 2,
  })(7);
}

/** Filter, answer for an incorrect row, answer for one that was not graded. */
const cases: readonly (readonly [string, boolean | null, boolean | null])[] = [
  ['', true, true],
  ['verdict:incorrect', true, null],
  ['-verdict:incorrect', false, null],
  ['decision:keep', true, true],
  ['decision:none', false, false],
  ['edited:no', true, true],
  ['line:9 index:7', true, true],
  ['line>9 or line<9 or line>=10 or line<=8', false, false],
  ['cube', null, null],
  ['images>1', null, null],
  ['cube verdict:incorrect', null, null],
  ['cube verdict:correct', false, null],
  ['cube or verdict:incorrect', true, null],
  ['cube or verdict:correct', null, null],
  ['decision:drop verdict:incorrect cube', false, false],
  ['edited:no or verdict:incorrect', true, true],
  ['-(cube or verdict:incorrect)', false, null],
];

test.each(cases)('%j is %j of an incorrect row, %j before it is graded', (text, graded, ungraded) => {
  expect([answer(text, 'incorrect'), answer(text, null)]).toEqual([graded, ungraded]);
});

test('a filter of columns alone always has an answer, whatever way it is put together', () => {
  const leaf = fc.constantFrom('verdict:correct', 'decision:drop', 'edited:yes', 'line>3', 'index<9');
  const { text } = fc.letrec<{ text: string }>((tie) => ({
    text: fc.oneof(
      { maxDepth: 4 },
      leaf,
      tie('text').map((inner) => `-(${inner})`),
      fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} or ${b})`),
      fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} ${b})`),
    ),
  }));
  fc.assert(
    fc.property(text, (written) => {
      const parse = parseFilter(written);
      expect(parse.ok && isColumnFilter(parse.filter)).toBe(true);
      expect(answer(written, 'correct')).not.toBeNull();
    }),
  );
  for (const mixed of ['cube', 'verdict:correct images>1', 'not has:think']) {
    const parse = parseFilter(mixed);
    expect(parse.ok && !isColumnFilter(parse.filter)).toBe(true);
  }
});

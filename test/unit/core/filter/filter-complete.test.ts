import fc from 'fast-check';
import { expect, test } from 'vitest';
import { completeFilter } from '../../../../src/core/dataset/filter-complete.ts';
import { parseFilter } from '../../../../src/core/dataset/filter-parse.ts';

const fields = ['meta.source', 'pass_rate', 'prompt', 'odd name', 'bad"name'];

/** `|` marks the caret; the text after taking each of the first offers. */
const cases: readonly (readonly [string, readonly string[]])[] = [
  ['ver|', ['verdict:']],
  ['a ver|', ['a verdict:']],
  ['a -ver|', ['a -verdict:']],
  ['(ver|', ['(verdict:']],
  ['verdict:|', ['verdict:correct', 'verdict:incorrect', 'verdict:unparsed', 'verdict:none']],
  ['verdict:in|', ['verdict:incorrect']],
  ['verdict:in|x b', ['verdict:incorrect b']],
  ['decision:k|', ['decision:keep']],
  ['edited:|', ['edited:yes', 'edited:no']],
  ['has:im|', ['has:image']],
  ['wor|', ['words(']],
  ['words(th|', ['words(think)']],
  ['words(th|)>5', ['words(think)>5']],
  ['words(think)|', ['words(think)>', 'words(think)<', 'words(think)=']],
  ['images|', ['images>', 'images<', 'images=']],
  ['meta|', ['meta.source:']],
  ['pass|', ['pass_rate:']],
  ['odd|', ['field(odd name):']],
  ['field(pr|', ['field(prompt)']],
  ['"ver|', []],
  ['“ver|', []],
  ['„a“ ver|', ['„a“ verdict:']],
  ['“a” -ver|', ['“a” -verdict:']],
  ['meta.source:|', []],
];

test.each(cases)('%s', (marked, expected) => {
  const caret = marked.indexOf('|');
  const text = marked.replace('|', '');
  const taken = completeFilter(text, caret, fields).map(
    (offer) => text.slice(0, offer.from) + offer.insert + text.slice(offer.to),
  );
  expect(taken.slice(0, expected.length)).toEqual(expected);
  if (expected.length === 0) expect(taken).toEqual([]);
});

test('with nothing typed every name and every writable field is offered', () => {
  const labels = completeFilter('', 0, fields).map((offer) => offer.label);
  expect(labels).toEqual(expect.arrayContaining(['verdict:', 'words()', 'meta.source', 'odd name']));
  expect(labels).not.toContain('bad"name');
});

test.each([
  ['words(', ['boxed', 'caption'], ['answer)', 'caption)', 'prompt)']],
  ['segment(', ['prose', 'boxed'], ['reasoning)', 'answer)', 'think)']],
  ['count(p', ['prose', 'plan'], ['plan)']],
  ['has:pr', ['prose'], ['problem', 'prompt']],
] as const)('after %s the parts %j come first', (text, kinds, expected) => {
  const inserts = completeFilter(text, text.length, fields, kinds).map(({ insert }) => insert);
  expect(inserts.slice(0, expected.length)).toEqual(expected);
});

test('offers stay inside the text and any value offered parses', () => {
  const text = fc.array(fc.constantFrom('a', ' ', '(', ')', '"', 'verdict:', 'words(', 'has:', '-', 'x'), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(text, fc.nat(30), (parts, place) => {
      const written = parts.join('');
      const caret = Math.min(place, written.length);
      for (const offer of completeFilter(written, caret, fields)) {
        expect(
          0 <= offer.from && offer.from <= caret && caret <= offer.to && offer.to <= written.length,
        ).toBe(true);
      }
    }),
  );
  for (const name of ['verdict:', 'decision:', 'edited:', 'has:']) {
    for (const offer of completeFilter(name, name.length, fields)) {
      expect([offer.insert, parseFilter(name + offer.insert).ok]).toEqual([offer.insert, true]);
    }
  }
});

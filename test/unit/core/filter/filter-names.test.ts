import { expect, test } from 'vitest';
import { type KnownNames, unknownName } from '../../../../src/core/dataset/filter-names.ts';
import { filterNames } from '../../../../src/core/dataset/filter-parse.ts';

const known: KnownNames = {
  fields: ['id', 'meta', 'a.b'],
  kinds: ['prose', 'boxed'],
  complete: true,
};

function check(text: string, names: KnownNames): readonly [string, string] | null {
  const unknown = unknownName(filterNames(text), names);
  return unknown && [text.slice(unknown.start, unknown.end), unknown.message];
}

const fields = 'Fields: id, meta, a.b.';
const segments = 'Segments: reasoning, answer.';

/** Filter, the part underlined, the message. */
const cases: readonly (readonly [string, string, string])[] = [
  ['bogusfield:3', 'bogusfield', `No row has a field “bogusfield”. ${fields}`],
  ['cube -(a or Bogus.x!=3)', 'Bogus.x', `No row has a field “Bogus.x”. ${fields}`],
  ['field( odd one )>3', 'odd one', `No row has a field “odd one”. ${fields}`],
  ['words(foo)>3', 'foo', `No row has a segment “foo”. ${segments}`],
  ['count( foo )=1', 'foo', `No row has a segment “foo”. ${segments}`],
  ['segment(id):3', 'id', `No row has a segment “id”. ${segments}`],
  ['has:"foo bar"', '"foo bar"', `No row has a segment or field “foo bar”. ${segments} ${fields}`],
];

test.each(cases)('%j names at %j what no row has', (text, underlined, message) => {
  expect(check(text, known)).toEqual([underlined, message]);
});

test.each([
  'meta.source:x meta>3 a.b=1 field(id):x',
  'words(think)>3 segment(reasoning):x count(caption)>1 len(truth)>1 words>3',
  'has:image has:reasoning has:meta.url has:a.b',
  'verdict:correct line>3 prompt:x “meta”',
  'bogus:',
])('%j names nothing unknown', (text) => {
  expect(check(text, known)).toBeNull();
});

test('what is not known yet is not said', () => {
  const some = { ...known, complete: false };
  expect(check('bogus:3', some)?.[1]).toBe(`None of the rows read so far has a field “bogus”. ${fields}`);
  expect(check('bogus:3 has:bogus', { fields: [], kinds: [], complete: false })).toBeNull();
  expect(check('words(foo)>1', { fields: [], kinds: [], complete: false })?.[1]).toBe(
    'No row has a segment “foo”.',
  );
});

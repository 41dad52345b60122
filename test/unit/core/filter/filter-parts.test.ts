import { expect, test } from 'vitest';
import { isOfPart, presentParts } from '../../../../src/core/dataset/filter-parts.ts';

test.each([
  ['boxed', 'answer', true],
  ['answer', 'answer', true],
  ['boxed', 'boxed', true],
  ['answer', 'boxed', false],
  ['prose', 'reasoning', true],
  ['prose', 'prose', true],
  ['think', 'reasoning', true],
  ['caption', 'answer', false],
])('a segment of kind %s is part of “%s”: %s', (kind, part, expected) => {
  expect(isOfPart({ kind, text: 'x' }, part)).toBe(expected);
});

test('parts are named as on screen', () => {
  expect(presentParts(['prose', 'boxed', 'answer', 'caption'])).toEqual(['reasoning', 'answer', 'caption']);
});

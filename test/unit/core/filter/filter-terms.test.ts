import { describe, expect, it } from 'vitest';
import {
  numberTest,
  termTest,
  toggleTerm,
  withoutSubject,
} from '../../../../src/core/dataset/filter-terms.ts';

describe('a term', () => {
  it.each<[string, string, boolean]>([
    ['verdict:correct', 'verdict:correct', true],
    ['wait  verdict: correct', 'verdict:correct', true],
    ['source:"Sets of 3" wait', 'source:"Sets of 3"', true],
    ['words<50 and words>=40', 'words>=40 words<50', true],
    ['words>=40', 'words>=40 words<50', false],
    ['"verdict:correct"', 'verdict:correct', false],
    ['not verdict:correct', 'verdict:correct', false],
    ['verdict:correct or wait', 'verdict:correct', false],
    ['(verdict:correct', 'verdict:correct', false],
    ['', 'verdict:correct', false],
  ])('of %j: %j stands there: %s', (filter, term, expected) => expect(termTest(filter)(term)).toBe(expected));

  it.each<[string, string, boolean, string]>([
    ['', 'source:geo', false, 'source:geo'],
    ['wait', 'source:geo', false, 'wait source:geo'],
    ['wait source:geo', 'source:geo', false, 'wait'],
    ['wait and source:geo and len>3', 'source:geo', false, 'wait len>3'],
    ['source:"Sets of 3"', 'source:"Sets of 3"', false, ''],
    ['words>=40 wait words<50', 'words>=40 words<50', false, 'wait'],
    ['a or b', 'source:geo', false, '(a or b) source:geo'],
    ['(a or b)', 'source:geo', false, '(a or b) source:geo'],
    ['(a) or (b)', 'source:geo', false, '((a) or (b)) source:geo'],
    ['not a', 'source:geo', false, 'not a source:geo'],
    ['verdict:correct wait', 'verdict:incorrect', false, 'wait verdict:incorrect'],
    ['decision:keep verdict:none', 'decision:drop', false, 'verdict:none decision:drop'],
    ['tags:x', 'tags:y', false, 'tags:x tags:y'],
    ['source:geo wait', 'source=tables', true, 'wait source=tables'],
    ['words>200 words(think)>20', 'words>=40 words<50', true, 'words(think)>20 words>=40 words<50'],
    ['not source:geo', 'source:tables', true, 'not source:geo source:tables'],
    ['("', 'source:geo', false, '(" source:geo'],
  ])('%j with %j (replaces: %s) is %j', (filter, term, replaces, expected) =>
    expect(toggleTerm(filter, term, replaces)).toBe(expected),
  );

  it('goes with all that is asked of its subject', () => {
    expect(withoutSubject('words>=40 wait words<50 len>9', 'words=1')).toBe('wait len>9');
    expect(withoutSubject('has:think has:caption', 'has:think')).toBe('has:caption');
    expect(withoutSubject(' wait ', 'words=1')).toBe(' wait ');
  });
});

describe('the numbers of a filter', () => {
  it.each<[string, string, number[] | null]>([
    ['words>=2 words<4 wait', 'words', [2, 3]],
    ['words=3', 'words', [3]],
    ['words>2', 'words', [3, 4]],
    ['words(think)>2', 'words', null],
    ['grade>=2', 'field(grade)', [2, 3, 4]],
    ['grade:3', 'grade', [3]],
    ['words<3 or wait', 'words', null],
  ])('%j of %s', (filter, subject, expected) => {
    const test = numberTest(filter, subject);
    expect(test && [1, 2, 3, 4].filter(test)).toEqual(expected);
  });
});

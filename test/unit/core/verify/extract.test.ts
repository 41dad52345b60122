import { expect, test } from 'vitest';
import type { Extraction } from '../../../../src/core/run/spec.ts';
import { extractAnswer, extractionProblem } from '../../../../src/core/verify/extract.ts';
import { createGrader, verdictOf } from '../../../../src/core/verify/verdict.ts';

const cases: readonly (readonly [Extraction, string, string | null])[] = [
  ['boxed', 'so \\boxed{5}', '5'],
  ['boxed', '\\boxed{ \\frac{1}{2} } done', '\\frac{1}{2}'],
  ['boxed', '\\boxed{1} then \\boxed{2}', '2'],
  ['boxed', '\\boxed{\\boxed{5}}', '5'],
  ['boxed', '<think>\\boxed{3}</think>', '3'],
  ['boxed', '\\boxed {5}', null],
  ['boxed', '\\boxed5', null],
  ['boxed', '\\fbox{5}', null],
  ['boxed', '\\boxed{1} then \\boxed{2', null],
  ['boxed', '\\boxed{\\left\\{2\\right.}', null],
  ['boxed', '\\boxed{}', ''],
  ['answer_tag', '<think>a</think><answer> 7 </answer>', '7'],
  ['answer_tag', '<answer>7', null],
  ['answer_tag', '<answer>1</answer><answer>2', null],
  ['answer_tag', '7', null],
  ['hashes', 'a\n#### 1\n#### 42 \nb', '42'],
  ['hashes', 'a # b', null],
  ['the_answer_is', 'The answer is: 3.5. Done', '3.5'],
  ['the_answer_is', 'the final answer is 12', '12'],
  ['the_answer_is', 'The answer is 1.\nSo the answer\nis 2.', '2'],
  ['the_answer_is', 'the answer is the answer is 5', 'the answer is 5'],
  ['the_answer_is', 'no answer', null],
  ['the_answer_is', 'the answer is', null],
  ['regex:ans=(\\d+)', 'ans=1 ans=22', '22'],
  ['regex:\\d+', 'ans=1 ans=22', '22'],
  ['regex:^=(.*)$', '=a\n=b', 'b'],
  ['regex:(', 'x', null],
];

test.each(cases)('%s in %j gives %j', (extraction, completion, expected) => {
  const answer = extractAnswer(completion, extraction);
  expect(answer?.text ?? null).toBe(expected);
  if (answer !== null) expect(completion.slice(answer.start, answer.end)).toBe(answer.text);
});

test('extraction is linear in hostile completions', () => {
  const long = 'a'.repeat(200_000);
  const started = performance.now();
  expect(extractAnswer(`the answer is ${' '.repeat(50_000)}`, 'the_answer_is')?.text).toBe('');
  expect(extractAnswer('the answer is 5\n'.repeat(20_000), 'the_answer_is')?.text).toBe('5');
  expect(extractAnswer(`${long}!`, 'regex:(a|aa)+b')).toBeNull();
  expect(extractAnswer('\\boxed{'.repeat(20_000), 'boxed')).toBeNull();
  expect(performance.now() - started).toBeLessThan(20_000);
});

test('an unusable pattern says why', () => {
  expect(extractionProblem('regex:(')).toMatch(/missing/);
  expect(extractionProblem('regex:(a)\\1')).toMatch(/invalid/);
  expect(extractionProblem('regex:(a)')).toBeNull();
  expect(extractionProblem('boxed')).toBeNull();
});

test('a verdict is correct, incorrect, unparsed, or absent without ground truth', () => {
  expect(verdictOf('\\boxed{5}', '5', 'boxed')).toEqual({
    state: 'correct',
    extracted: '5',
    rule: 'string-equal',
  });
  expect(verdictOf('\\boxed{6}', '5', 'boxed')?.state).toBe('incorrect');
  expect(verdictOf('six', '5', 'boxed')).toEqual({ state: 'unparsed', extracted: null, rule: 'no-answer' });
  expect(verdictOf('\\boxed{5}', null, 'boxed')).toBeNull();
});

test('nothing extracted stays unparsed where mathruler calls the word None correct', () => {
  expect(verdictOf('I give up', 'none', 'boxed')?.state).toBe('unparsed');
});

test('a grader that remembers gives the same grades and forgets beyond its limit', () => {
  const grade = createGrader(4);
  const first = grade('5', '5');
  expect(grade('5', '5')).toBe(first);
  for (let n = 0; n < 10; n += 1) expect(grade(String(n), '5').correct).toBe(n === 5);
  expect(grade('5', '5')).toEqual(first);
});

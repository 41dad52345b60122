import { expect, test } from 'vitest';
import { AppError } from '../../../../src/core/errors.ts';
import type { GroupLine, Rollout } from '../../../../src/core/run/group-line.ts';
import { parseRolloutFilter } from '../../../../src/core/run/rollout-filter.ts';

const rollout = {
  i: 0,
  completion: 'It ends at 12:30, place:A, 4 red balls',
  tokens: 200,
  finish: 'length',
  rewards: { answer: 1, 'my-format': 0.5 },
  reward: 0.75,
  advantage: 'NaN',
} as Rollout;
const group = { trace: { id: 't-7' }, ground_truth: '4', prompt: { text: 'How many?' } } as GroupLine;

/** Whether the filter finds the rollout, or what it is refused with. */
function outcome(text: string): boolean | string {
  try {
    return parseRolloutFilter(text, ['answer', 'my-format'])(group, rollout, () => 'correct');
  } catch (error) {
    return error instanceof AppError ? `${error.message} ${error.hint}` : String(error);
  }
}

test.each([
  ['', true],
  ['red BALLS', true],
  ['"red balls"', true],
  ['"balls red"', false],
  ['-red', false],
  ['verdict:correct finish:length trace:t-7', true],
  ['verdict:none', false],
  ['reward>0.5 reward<=0.75 answer=1', true],
  ['my-format<0.5', false],
  ['tokens>=200', true],
  ['-tokens>=200', false],
  ['advantage>0', false],
  ['12:30', true],
  ['place:A', true],
  ['time:none', false],
])('%j', (text, found) => {
  expect(outcome(text)).toBe(found);
});

test.each([
  ['rewrad>0', 'No rollout has a number “rewrad”. Did you mean “reward”?'],
  ['zzzzzzzz>0', 'There are: reward, advantage, tokens, answer, my-format.'],
  ['verdct:correct', 'Did you mean “verdict”?'],
  ['verdict:corect', 'No rollout has a verdict “corect”. Did you mean “correct”?'],
  ['finish:eos', 'There are: stop, length, error, unknown.'],
  ['reward>high', '"reward>high" does not compare with a number.'],
])('%j is refused and says what there is', (text, words) => {
  expect(outcome(text)).toContain(words);
});

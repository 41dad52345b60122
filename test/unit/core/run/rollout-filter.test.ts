import { expect, test } from 'vitest';
import { AppError } from '../../../../src/core/errors.ts';
import type { GroupLine, Rollout } from '../../../../src/core/run/group-line.ts';
import { parseRolloutFilter } from '../../../../src/core/run/rollout-filter.ts';

const rollout = {
  i: 0,
  completion: 'It ends at 12:30, place:A, 4 red balls',
  tokens: 200,
  finish: 'length',
  rewards: { answer: 1, 'my-format': 0.5, length: 0.25 },
  reward: 0.75,
  advantage: 'NaN',
} as Rollout;
const group = {
  trace: { id: 't-7' },
  images: [],
  ground_truth: '4',
  prompt: { text: 'How many?' },
} as unknown as GroupLine;

/** Whether the filter finds the rollout, or what it is refused with. */
function outcome(text: string): boolean | string {
  try {
    return parseRolloutFilter(text, ['answer', 'my-format', 'length'])(group, rollout, () => 'correct');
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
  ['verdict:correct and reward>0.5', true],
  ['verdict:incorrect or (tokens>=200 and not finish:stop)', true],
  ['not (answer=1 or reward>0.9)', false],
  ['"12:30" and -“blue”', true],
  ['finish!=length', false],
  ['completion~"[0-9] red" words(completion)>5 t-7', true],
  ['length>0', true],
  ['length>0.5', false],
])('%j', (text, found) => {
  expect(outcome(text)).toBe(found);
});

test.each([
  ['rewrad>0', 'No rollout has a field “rewrad”. Did you mean “reward”?', 1],
  ['tokens>1 zzzzzzzz>0', 'There are: reward, advantage, tokens, answer, my-format, length, verdict,', 10],
  ['verdct:correct', 'Did you mean “verdict”?', 1],
  ['verdict:corect', "Unknown verdict 'corect'. One of correct, incorrect", 9],
  ['finish:eos', "Unknown finish 'eos'. One of stop, length, error, unknown.", 8],
  ['reward>high', "compared with a number, not 'high'", 8],
  ['reward>', 'reward needs a value', 1],
  ['(answer=1', "'(' is never closed", 1],
  ['answer=1 and', "'and' needs a condition after it", 10],
  ['decision:keep', 'No rollout has a field “decision”', 1],
])('%j is refused and says what there is, and where', (text, words, place) => {
  expect(outcome(text)).toContain(words);
  expect(outcome(text)).toContain(`At character ${place}: `);
});

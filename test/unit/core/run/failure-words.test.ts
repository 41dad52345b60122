import { expect, test } from 'vitest';
import { failureWords, rewardErrorWords } from '../../../../src/core/run/failure-words.ts';

test('a failure names its kind when its message is not our own sentence', () => {
  const check = (type: string, message: string, words: string) =>
    expect(failureWords({ type, message })).toBe(words);
  check('KeyError', "'colour'", "KeyError: 'colour'");
  check('RewardFailure', 'The reward mine failed: KeyError.', 'The reward mine failed: KeyError.');
  check('TrainerFailed', 'TrainerFailed: code 1', 'TrainerFailed: code 1');
  check('', 'no last word', 'no last word');
});

test('a reward is named once', () => {
  const check = (error: string, words: string) =>
    expect(rewardErrorWords({ reward: 'mine', error })).toBe(words);
  check('The reward mine (r.py:mine) returned 1 value.', 'The reward mine (r.py:mine) returned 1 value.');
  check('2 of 3 values are not finite', 'The reward mine: 2 of 3 values are not finite');
});

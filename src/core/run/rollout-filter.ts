import { AppError } from '../errors.ts';
import type { GroupLine, Rollout } from './group-line.ts';

/** Says of one rollout of a group whether it matches. */
export type RolloutTest = (group: GroupLine, rollout: Rollout, verdict: () => string) => boolean;

const term = /(-?)(?:([A-Za-z_][\w/]*)(:|>=|<=|>|<|=)("(?:[^"]*)"|\S+)|"([^"]*)"|(\S+))/g;

type Comparison = (a: number, b: number) => boolean;
const comparisons: Readonly<Record<string, Comparison>> = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
};

/**
 * Reads a filter over rollouts: words and "phrases" (case does not matter, all must be found in prompt, completion,
 * ground truth or trace id), `verdict:correct`, `finish:length`, `trace:ID`, and comparisons of `reward`, `advantage`,
 * `tokens` or a named reward such as `answer>0`; a minus in front negates. AppError filter-invalid says what is wrong.
 */
export function parseRolloutFilter(text: string): RolloutTest {
  const tests: RolloutTest[] = [];
  for (const match of text.matchAll(term)) {
    const [, minus, field, operator, value, phrase, word] = match;
    const test =
      field && operator && value !== undefined
        ? fieldTest(field, operator, value.replace(/^"|"$/g, ''))
        : textTest(phrase ?? word ?? '');
    tests.push(minus ? (group, rollout, verdict) => !test(group, rollout, verdict) : test);
  }
  return (group, rollout, verdict) => tests.every((test) => test(group, rollout, verdict));
}

function textTest(words: string): RolloutTest {
  const wanted = words.toLowerCase();
  const has = (text: string | null | undefined) => text?.toLowerCase().includes(wanted) === true;
  return (group, rollout) =>
    has(rollout.completion) ||
    has(group.trace.id) ||
    has(group.ground_truth) ||
    has(group.prompt.text) ||
    group.prompt.messages?.some((message) => has(message.content)) === true;
}

function fieldTest(field: string, operator: string, value: string): RolloutTest {
  if (operator === ':') {
    switch (field) {
      case 'verdict':
        return (_group, _rollout, verdict) => verdict() === value;
      case 'finish':
        return (_group, rollout) => rollout.finish === value;
      case 'trace':
        return (group) => group.trace.id === value;
      default:
        // A time or an address has a colon, too.
        return textTest(`${field}:${value}`);
    }
  }
  const compare = comparisons[operator];
  const number = Number(value);
  if (!compare || value.trim() === '' || !Number.isFinite(number))
    throw new AppError(
      'filter-invalid',
      `"${field}${operator}${value}" does not compare with a number.`,
      'Write for example reward>0.5, tokens>=200 or answer=1.',
    );
  return (_group, rollout) => {
    const found = numberOf(rollout, field);
    return typeof found === 'number' && compare(found, number);
  };
}

function numberOf(rollout: Rollout, field: string): unknown {
  switch (field) {
    case 'reward':
      return rollout.reward;
    case 'advantage':
      return rollout.advantage;
    case 'tokens':
      return rollout.tokens;
    default:
      return Object.hasOwn(rollout.rewards, field) ? rollout.rewards[field] : null;
  }
}

import { type NumberOperator, verdictNames } from '../dataset/filter-ast.ts';
import { compareNumbers } from '../dataset/filter-order.ts';
import { AppError } from '../errors.ts';
import { nearestWord } from '../text/did-you-mean.ts';
import { finishNames, type GroupLine, type Rollout } from './group-line.ts';

/** Says of one rollout of a group whether it matches. */
export type RolloutTest = (group: GroupLine, rollout: Rollout, verdict: () => string) => boolean;

const term = /(-?)(?:([A-Za-z_][\w/.-]*)(:|>=|<=|>|<|=)("(?:[^"]*)"|\S+)|"([^"]*)"|(\S+))/g;

const worded = { verdict: verdictNames, finish: finishNames, trace: null } as const;
const counted = ['reward', 'advantage', 'tokens'];

/**
 * Reads a filter over rollouts: words and "phrases" (case does not matter, all must be found in prompt, completion,
 * ground truth or trace id), `verdict:correct`, `finish:length`, `trace:ID`, and comparisons of `reward`, `advantage`,
 * `tokens` or of one of the run's `rewards` by its name, such as `answer>0`; a minus in front negates. AppError
 * filter-invalid says what is wrong, also with a name that no rollout of the run has.
 */
export function parseRolloutFilter(text: string, rewards: readonly string[]): RolloutTest {
  const tests: RolloutTest[] = [];
  for (const match of text.matchAll(term)) {
    const [, minus, field, operator, value, phrase, word] = match;
    const test =
      field && operator && value !== undefined
        ? fieldTest(field, operator, value.replace(/^"|"$/g, ''), rewards)
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

function fieldTest(field: string, operator: string, value: string, rewards: readonly string[]): RolloutTest {
  if (operator === ':') return wordTest(field, value);
  const known = [...counted, ...rewards];
  if (!known.includes(field)) throw unknownName('number', field, known);
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number))
    throw new AppError(
      'filter-invalid',
      `"${field}${operator}${value}" does not compare with a number.`,
      'Write for example reward>0.5, tokens>=200 or answer=1.',
    );
  return (_group, rollout) => {
    const found = numberOf(rollout, field);
    return typeof found === 'number' && compareNumbers(found, operator as NumberOperator, number);
  };
}

function wordTest(field: string, value: string): RolloutTest {
  if (!isWorded(field)) {
    const known = Object.keys(worded);
    const meant = nearestWord(field, known) ?? '';
    if (isWorded(meant) && hasValue(meant, value)) throw unknownName('field', field, known);
    // A time or an address has a colon, too.
    return textTest(`${field}:${value}`);
  }
  const values = worded[field];
  if (values && !hasValue(field, value)) throw unknownName(field, value, values);
  switch (field) {
    case 'verdict':
      return (_group, _rollout, verdict) => verdict() === value;
    case 'finish':
      return (_group, rollout) => rollout.finish === value;
    case 'trace':
      return (group) => group.trace.id === value;
  }
}

const isWorded = (field: string): field is keyof typeof worded => Object.hasOwn(worded, field);
const hasValue = (field: keyof typeof worded, value: string): boolean =>
  worded[field]?.some((one) => one === value) === true;

function unknownName(what: string, name: string, known: readonly string[]): AppError {
  const meant = nearestWord(name, known);
  const guess = meant === null ? '' : ` Did you mean “${meant}”?`;
  return new AppError(
    'filter-invalid',
    `No rollout has a ${what} “${name}”.${guess}`,
    `There are: ${known.join(', ')}. Text is found between quotes.`,
  );
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

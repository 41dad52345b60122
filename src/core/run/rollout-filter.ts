import { type Filter, verdictNames } from '../dataset/filter-ast.ts';
import {
  type Condition,
  comparison,
  FilterMistake,
  type OwnConditions,
  requireEquality,
} from '../dataset/filter-condition.ts';
import { compileFilter, type FilterRow } from '../dataset/filter-evaluate.ts';
import { parseFilter } from '../dataset/filter-parse.ts';
import type { VerdictName } from '../dataset/row-codes.ts';
import { AppError } from '../errors.ts';
import { nearestWord } from '../text/did-you-mean.ts';
import { parseSegments } from '../trace/segments.ts';
import { finishNames, type GroupLine, type Rollout } from './group-line.ts';

/** Says of one rollout of a group whether it matches. */
export type RolloutTest = (group: GroupLine, rollout: Rollout, verdict: () => VerdictName) => boolean;

const counted = ['reward', 'advantage', 'tokens'];
const worded = ['verdict', 'finish', 'trace'];
/** What words with a closed list of values can be. */
const valuesOf: Readonly<Record<string, readonly string[]>> = { verdict: verdictNames, finish: finishNames };

/** Words of the language that mean the same of a rollout as of a row; those of `rowsOnly` are about rows alone. */
const shared: ReadonlySet<string> = new Set(
  'verdict has images words len length prompt completion truth ground_truth text id'.split(' '),
);

const rowsOnly: ReadonlySet<string> = new Set('decision edited problem problems line index'.split(' '));

/**
 * Reads a filter over rollouts in the language of datasets, with `finish:length`, `trace:ID` (also `id:`), and
 * comparisons of `reward`, `advantage`, `tokens` or of one of the run's `rewards` by its name, such as `answer>0`; words
 * are looked for in the trace's id, too. AppError filter-invalid says what is wrong and where, also with a name that no
 * rollout of the run has.
 */
export function parseRolloutFilter(text: string, rewards: readonly string[]): RolloutTest {
  const parsed = parseFilter(text, rolloutConditions([...counted, ...rewards]));
  if (!parsed.ok) {
    const place = `At character ${parsed.start + 1}: “${text.slice(parsed.start, parsed.end)}”.`;
    throw new AppError('filter-invalid', parsed.message, place);
  }
  const test = compileFilter(withTraceId(parsed.filter));
  return (group, rollout, verdict) => test(rowOf(group, rollout, verdict));
}

/** The table of what a rollout has; `numbers` are compared as such, whatever the language means by their names. */
function rolloutConditions(numbers: readonly string[]): OwnConditions {
  return (condition) => {
    const isField = condition.argument !== null && condition.name.toLowerCase() === 'field';
    if (condition.argument !== null && !isField) return null;
    const path = isField ? (condition.argument ?? '').trim() : condition.name;
    if (numbers.includes(path)) return { kind: 'field', path, ...numberCondition(condition) };
    if (path === 'finish') return finishCondition(condition);
    if (path === 'trace') {
      requireEquality(condition);
      return { kind: 'text', of: { kind: 'id' }, operator: 'equals', value: condition.value };
    }
    if (!isField && shared.has(path.toLowerCase())) return null;
    return unknownCondition(path, condition, numbers);
  };
}

function numberCondition(condition: Condition): Pick<Filter & { kind: 'field' }, 'operator' | 'value'> {
  const { operator, value } = comparison(condition);
  return { operator: operator === '=' ? 'equals' : operator, value: String(value) };
}

function finishCondition(condition: Condition): Filter {
  requireEquality(condition);
  const { value, valueStart, valueEnd } = condition;
  const found = finishNames.find((known) => known === value.toLowerCase());
  if (found) return { kind: 'field', path: 'finish', operator: 'equals', value: found };
  const message = `Unknown finish '${value}'. One of ${finishNames.join(', ')}.`;
  throw new FilterMistake(message, valueStart, valueEnd);
}

/** A time or an address has a colon, too: such text is looked for, unless a field of rollouts was probably meant. */
function unknownCondition(path: string, condition: Condition, numbers: readonly string[]): Filter {
  const { operator, value, nameStart, nameEnd } = condition;
  const meant = nearestWord(path, [...numbers, ...worded]);
  const isMeant = rowsOnly.has(path.toLowerCase()) || valuesOf[meant ?? '']?.includes(value);
  if (operator === ':' && condition.argument === null && !isMeant)
    return { kind: 'text', of: { kind: 'anywhere' }, operator: 'contains', value: `${path}:${value}` };
  const guess = meant === null ? '' : ` Did you mean “${meant}”?`;
  const known = [...numbers, ...worded].join(', ');
  const message = `No rollout has a field “${path}”.${guess} There are: ${known}. Text is found between quotes.`;
  throw new FilterMistake(message, nameStart, nameEnd);
}

/** The filter with conditions on any text asked of the trace's id as well. */
function withTraceId(filter: Filter): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { ...filter, terms: filter.terms.map(withTraceId) };
    case 'not':
      return { ...filter, term: withTraceId(filter.term) };
    case 'text':
      if (filter.of.kind !== 'anywhere') return filter;
      return { kind: 'or', terms: [filter, { ...filter, of: { kind: 'id' } }] };
    default:
      return filter;
  }
}

function rowOf(group: GroupLine, rollout: Rollout, verdict: () => VerdictName): FilterRow {
  const { text, messages = [] } = group.prompt;
  const { completion } = rollout;
  return {
    index: rollout.i,
    line: 0,
    id: group.trace.id,
    get prompt() {
      return [...(text === undefined ? [] : [text]), ...messages.map(({ content }) => content)].join('\n');
    },
    completion,
    groundTruth: group.ground_truth ?? null,
    imageCount: group.images.length,
    segments: () =>
      parseSegments(completion).map(({ kind, contentStart, contentEnd }) => ({
        kind,
        text: completion.slice(contentStart, contentEnd),
      })),
    verdict,
    decision: null,
    problems: [],
    hasFault: false,
    edited: false,
    field: (path) => fieldOf(rollout, path),
  };
}

/** A number is one or undefined: one that is not finite compares with nothing. */
function fieldOf(rollout: Rollout, path: string): unknown {
  if (path === 'finish') return rollout.finish;
  const own = counted.includes(path) ? rollout[path as 'reward' | 'advantage' | 'tokens'] : null;
  const found = own ?? (Object.hasOwn(rollout.rewards, path) ? rollout.rewards[path] : null);
  return typeof found === 'number' ? found : undefined;
}

import {
  type DecisionName,
  decisionNames,
  type Filter,
  type NumberOperator,
  type NumberSubject,
  type OrderOperator,
  type TextSubject,
  verdictNames,
} from './filter-ast.ts';
import type { VerdictName } from './row-codes.ts';

/** What is wrong with a filter and where: `start`..`end` are UTF-16 offsets. */
export class FilterMistake extends Error {
  readonly start: number;
  readonly end: number;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.start = start;
    this.end = end;
  }
}

/** One `name(argument) operator value` as written. */
export interface Condition {
  name: string;
  argument: string | null;
  /** Where the argument begins, white space before it left out. */
  argumentStart: number | null;
  operator: ':' | '~' | '=' | '!=' | OrderOperator;
  value: string;
  nameStart: number;
  nameEnd: number;
  valueStart: number;
  valueEnd: number;
}

const functions = ['segment', 'words', 'len', 'length', 'count', 'field'] as const;
const numberShape = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;

const decisionWords: Readonly<Record<string, DecisionName>> = {
  keep: 'keep',
  kept: 'keep',
  drop: 'drop',
  dropped: 'drop',
  flag: 'flag',
  flagged: 'flag',
  none: 'none',
  undecided: 'none',
};

const hasWords: Readonly<Record<string, string>> = {
  images: 'image',
  problems: 'problem',
  ground_truth: 'truth',
};

/** Conditions on fields with a meaning of their own, asked before the language's; null leaves one to the language. */
export type OwnConditions = (condition: Condition) => Filter | null;

/** The filter a condition stands for; throws FilterMistake with what would be right. */
export function conditionFilter(condition: Condition, own: OwnConditions): Filter {
  const { operator } = condition;
  if (condition.value === '' && condition.valueEnd === condition.valueStart) missingValue(condition);
  if (operator === '!=') return { kind: 'not', term: conditionFilter({ ...condition, operator: '=' }, own) };
  const found = own(condition);
  if (found !== null) return found;
  if (condition.argument !== null) return callFilter(condition, condition.argument.trim());
  const name = condition.name.toLowerCase();
  switch (name) {
    case 'verdict':
      return { kind: 'verdict', is: verdictValue(condition) };
    case 'decision':
      return { kind: 'decision', is: decisionValue(condition) };
    case 'edited':
      return { kind: 'edited', is: yesOrNo(condition) };
    case 'has': {
      requireEquality(condition);
      const what = condition.value.toLowerCase();
      return { kind: 'has', what: hasWords[what] ?? (/[.]/.test(what) ? condition.value : what) };
    }
    case 'line':
    case 'index':
    case 'images':
      return numberFilter({ kind: name }, condition);
    case 'words':
      return numberFilter({ kind: 'words', part: 'completion' }, condition);
    case 'len':
    case 'length':
      return numberFilter({ kind: 'length', part: 'completion' }, condition);
    case 'prompt':
    case 'completion':
    case 'truth':
    case 'id':
    case 'problem':
      return textFilter({ kind: name }, condition);
    case 'problems':
      return textFilter({ kind: 'problem' }, condition);
    case 'ground_truth':
      return textFilter({ kind: 'truth' }, condition);
    case 'text':
      return textFilter({ kind: 'anywhere' }, condition);
    default:
      return fieldFilter(condition.name, condition);
  }
}

function callFilter(condition: Condition, argument: string): Filter {
  const name = functions.find((known) => known === condition.name.toLowerCase());
  if (name === undefined) {
    const message = `Unknown function '${condition.name}'. One of segment, words, len, count, field.`;
    throw new FilterMistake(message, condition.nameStart, condition.nameStart + condition.name.length);
  }
  if (argument === '') {
    const example = name === 'field' ? 'meta.source' : 'think';
    const message = `${name}() needs a name, such as ${name}(${example}).`;
    throw new FilterMistake(message, condition.nameStart, condition.nameEnd);
  }
  const part = partName(argument);
  switch (name) {
    case 'segment':
      return textFilter({ kind: 'segment', segment: argument.toLowerCase() }, condition);
    case 'words':
      return numberFilter({ kind: 'words', part }, condition);
    case 'len':
    case 'length':
      return numberFilter({ kind: 'length', part }, condition);
    case 'count':
      return numberFilter({ kind: 'count', segment: argument.toLowerCase() }, condition);
    case 'field':
      return fieldFilter(argument, condition);
  }
}

function partName(argument: string): string {
  const part = argument.toLowerCase();
  return part === 'ground_truth' ? 'truth' : part;
}

function missingValue(condition: Condition): never {
  const choices = valueChoices(condition.name.toLowerCase());
  const message = `${condition.name} needs a value${choices === '' ? '' : `: ${choices}`}.`;
  throw new FilterMistake(message, condition.nameStart, condition.valueEnd);
}

function valueChoices(name: string): string {
  if (name === 'verdict') return verdictNames.join(', ');
  if (name === 'decision') return decisionNames.join(', ');
  if (name === 'edited') return 'yes, no';
  return name === 'has' ? 'image, problem, truth, a segment or a field' : '';
}

/** FilterMistake for a condition that is no `name:value`. */
export function requireEquality(condition: Condition): void {
  if (condition.operator === ':' || condition.operator === '=') return;
  const message = `${condition.name} takes ':', not '${condition.operator}'.`;
  throw new FilterMistake(message, condition.nameEnd, condition.valueStart);
}

function verdictValue(condition: Condition): VerdictName {
  requireEquality(condition);
  const found = verdictNames.find((known) => known === condition.value.toLowerCase());
  if (found !== undefined) return found;
  const message = `Unknown verdict '${condition.value}'. One of ${verdictNames.join(', ')}.`;
  throw new FilterMistake(message, condition.valueStart, condition.valueEnd);
}

function decisionValue(condition: Condition): DecisionName {
  requireEquality(condition);
  const word = condition.value.toLowerCase();
  const found = Object.hasOwn(decisionWords, word) ? decisionWords[word] : undefined;
  if (found !== undefined) return found;
  const message = `Unknown decision '${condition.value}'. One of ${decisionNames.join(', ')}.`;
  throw new FilterMistake(message, condition.valueStart, condition.valueEnd);
}

function yesOrNo(condition: Condition): boolean {
  requireEquality(condition);
  if (/^(?:yes|true)$/i.test(condition.value)) return true;
  if (/^(?:no|false)$/i.test(condition.value)) return false;
  const message = `edited is yes or no, not '${condition.value}'.`;
  throw new FilterMistake(message, condition.valueStart, condition.valueEnd);
}

function numberFilter(of: NumberSubject, condition: Condition): Filter {
  return { kind: 'number', of, ...comparison(condition) };
}

/** A condition as the comparison with a number that it has to be; FilterMistake when it is none. */
export function comparison(condition: Condition): { operator: NumberOperator; value: number } {
  if (condition.operator === '~') {
    const message = `${condition.name} is a number: compare it with =, <, <=, > or >=.`;
    throw new FilterMistake(message, condition.nameStart, condition.valueEnd);
  }
  const value = Number(condition.value) + 0;
  if (!numberShape.test(condition.value) || !Number.isFinite(value)) {
    const message = `${condition.name} is compared with a number, not '${condition.value}'.`;
    throw new FilterMistake(message, condition.valueStart, condition.valueEnd);
  }
  const operator: NumberOperator =
    condition.operator === ':' || condition.operator === '!=' ? '=' : condition.operator;
  return { operator, value };
}

function textFilter(of: TextSubject, condition: Condition): Filter {
  switch (condition.operator) {
    case ':':
      return { kind: 'text', of, operator: 'contains', value: condition.value };
    case '~':
      return { kind: 'text', of, operator: 'matches', value: condition.value };
    case '=':
    case '!=':
      return { kind: 'text', of: withoutAnywhere(of, condition), operator: 'equals', value: condition.value };
    default: {
      const part = of.kind === 'segment' ? of.segment : of.kind;
      const message = `${part} is text: write words(${part})${condition.operator}… or len(${part})${condition.operator}….`;
      throw new FilterMistake(message, condition.nameStart, condition.valueEnd);
    }
  }
}

function withoutAnywhere(of: TextSubject, condition: Condition): TextSubject {
  if (of.kind !== 'anywhere') return of;
  const message = "text takes ':' or '~': compare prompt, completion or truth with '='.";
  throw new FilterMistake(message, condition.nameStart, condition.valueEnd);
}

function fieldFilter(path: string, condition: Condition): Filter {
  switch (condition.operator) {
    case ':':
      return { kind: 'field', path, operator: 'contains', value: condition.value };
    case '~':
      return { kind: 'field', path, operator: 'matches', value: condition.value };
    case '=':
    case '!=':
      return { kind: 'field', path, operator: 'equals', value: condition.value };
    default:
      return { kind: 'field', path, operator: condition.operator, value: condition.value };
  }
}

import { RE2JS } from 're2js';
import { countWords } from '../text/words.ts';
import type { VerdictState } from '../verify/verdict.ts';
import type { Filter, NumberSubject, OrderOperator, TextOperator, TextSubject } from './filter-ast.ts';
import { compareNumbers, inOrder } from './filter-order.ts';
import { isOfPart } from './filter-parts.ts';

/** A row as filters see it. Members may be getters: only what a filter names is read. */
export interface FilterRow {
  readonly index: number;
  /** Line in the file, from 1. */
  readonly line: number;
  readonly id: string | null;
  readonly prompt: string;
  readonly completion: string | null;
  readonly groundTruth: string | null;
  readonly imageCount: number;
  segments(): readonly { readonly kind: string; readonly text: string }[];
  verdict(): VerdictState | 'none';
  readonly decision: 'keep' | 'drop' | 'flag' | null;
  /** Codes of the row's problems. */
  readonly problems: readonly string[];
  /** Whether one of them is more than a remark. */
  readonly hasFault: boolean;
  readonly edited: boolean;
  /** The value at a dotted path into the raw row; undefined when there is none. */
  field(path: string): unknown;
}

export type RowTest = (row: FilterRow) => boolean;

/** The filter as a function, patterns compiled once: for scans. Cheap conditions run before dear ones. */
export function compileFilter(filter: Filter): RowTest {
  switch (filter.kind) {
    case 'all':
      return () => true;
    case 'and': {
      const tests = cheapFirst(filter.terms).map(compileFilter);
      return (row) => tests.every((test) => test(row));
    }
    case 'or': {
      const tests = cheapFirst(filter.terms).map(compileFilter);
      return (row) => tests.some((test) => test(row));
    }
    case 'not': {
      const test = compileFilter(filter.term);
      return (row) => !test(row);
    }
    case 'verdict':
      return (row) => row.verdict() === filter.is;
    case 'decision':
      return (row) => (row.decision ?? 'none') === filter.is;
    case 'edited':
      return (row) => row.edited === filter.is;
    case 'has':
      return (row) => hasPart(row, filter.what);
    case 'number':
      return (row) => compareNumbers(numberOf(row, filter.of), filter.operator, filter.value);
    case 'text': {
      const test = textTest(filter.operator, filter.value);
      return (row) => textsOf(row, filter.of).some(test);
    }
    case 'field':
      return fieldTest(filter.path, filter.operator, filter.value);
  }
}

/** 0 for what a row simply has, 1 for texts and fields, 2 for segments, 3 for grading. */
function cost(filter: Filter): number {
  switch (filter.kind) {
    case 'all':
    case 'decision':
    case 'edited':
      return 0;
    case 'verdict':
      return 3;
    case 'and':
    case 'or':
      return Math.max(0, ...filter.terms.map(cost));
    case 'not':
      return cost(filter.term);
    case 'number':
      return filter.of.kind === 'line' || filter.of.kind === 'index' ? 0 : 2;
    case 'text':
      return filter.of.kind === 'segment' ? 2 : 1;
    case 'field':
      return 1;
    case 'has':
      return 2;
  }
}

function cheapFirst(terms: readonly Filter[]): Filter[] {
  return terms.toSorted((a, b) => cost(a) - cost(b));
}

function hasPart(row: FilterRow, what: string): boolean {
  switch (what) {
    case 'image':
      return row.imageCount > 0;
    case 'problem':
      return row.hasFault;
    case 'prompt':
      return row.prompt.trim() !== '';
    case 'completion':
      return row.completion !== null && row.completion.trim() !== '';
    case 'truth':
      return row.groundTruth !== null && row.groundTruth.trim() !== '';
    case 'id':
      return row.id !== null;
    default:
      return row.segments().some((segment) => isOfPart(segment, what)) || isPresent(row.field(what));
  }
}

function isPresent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return !Array.isArray(value) || value.length > 0;
}

function numberOf(row: FilterRow, subject: NumberSubject): number {
  switch (subject.kind) {
    case 'line':
      return row.line;
    case 'index':
      return row.index;
    case 'images':
      return row.imageCount;
    case 'words':
      return total(partTexts(row, subject.part), countWords);
    case 'length':
      return total(partTexts(row, subject.part), (text) => text.length);
    case 'count':
      return segmentTexts(row, subject.segment).length;
  }
}

function total(texts: readonly string[], measure: (text: string) => number): number {
  return texts.reduce((sum, text) => sum + measure(text), 0);
}

function partTexts(row: FilterRow, part: string): readonly string[] {
  if (part === 'prompt') return [row.prompt];
  if (part === 'completion') return row.completion === null ? [] : [row.completion];
  if (part === 'truth') return row.groundTruth === null ? [] : [row.groundTruth];
  return segmentTexts(row, part);
}

function segmentTexts(row: FilterRow, part: string): readonly string[] {
  return row
    .segments()
    .filter((segment) => isOfPart(segment, part))
    .map((segment) => segment.text);
}

function textsOf(row: FilterRow, subject: TextSubject): readonly string[] {
  switch (subject.kind) {
    case 'anywhere':
      return [row.prompt, ...partTexts(row, 'completion'), ...partTexts(row, 'truth')];
    case 'prompt':
    case 'completion':
    case 'truth':
      return partTexts(row, subject.kind);
    case 'id':
      return row.id === null ? [] : [row.id];
    case 'problem':
      return row.problems;
    case 'segment':
      return segmentTexts(row, subject.segment);
  }
}

/** Literals, `|`, `\b` and escaped punctuation: linear and the same in JavaScript, where they run far faster. */
export const plainPattern = /^(?:[A-Za-z0-9 _,;:'"!<>=@#%&~/-]|\||\\b|\\[.?*+()[\]{}|^$\\])+$/;

function textTest(operator: TextOperator, value: string): (text: string) => boolean {
  switch (operator) {
    case 'contains': {
      const literal = new RegExp(value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'i');
      return (text) => literal.test(text);
    }
    case 'equals':
      return (text) => text === value;
    case 'matches': {
      const pattern = plainPattern.test(value)
        ? new RegExp(value, 'i')
        : RE2JS.compile(value, RE2JS.CASE_INSENSITIVE);
      return (text) => pattern.test(text);
    }
  }
}

/** A list passes when one of its elements does. */
function fieldTest(path: string, operator: TextOperator | OrderOperator, value: string): RowTest {
  const test = valueTest(operator, value);
  return (row) => {
    const found = row.field(path);
    if (found === undefined) return false;
    return Array.isArray(found) ? found.some(test) : test(found);
  };
}

/** A condition on one value of a row: numbers and flags are compared as such, objects as JSON. */
export function valueTest(
  operator: TextOperator | OrderOperator,
  value: string,
): (scalar: unknown) => boolean {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  const test = textTest(isTextOperator(operator) ? operator : 'equals', value);
  return (scalar) => {
    if (operator === 'contains' || operator === 'equals') {
      if (typeof scalar === 'number') return scalar === number;
      if (typeof scalar === 'boolean' || scalar === null) return String(scalar) === value.toLowerCase();
      return test(asText(scalar));
    }
    if (operator === 'matches') return test(asText(scalar));
    if (typeof scalar === 'number') return inOrder(scalar, operator, number);
    if (typeof scalar !== 'string') return false;
    if (Number.isNaN(number)) return inOrder(scalar, operator, value);
    return scalar.trim() !== '' && inOrder(Number(scalar), operator, number);
  };
}

function isTextOperator(operator: TextOperator | OrderOperator): operator is TextOperator {
  return operator === 'contains' || operator === 'equals' || operator === 'matches';
}

function asText(scalar: unknown): string {
  if (typeof scalar === 'string') return scalar;
  return JSON.stringify(scalar) ?? '';
}

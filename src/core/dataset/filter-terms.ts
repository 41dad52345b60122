import type { Filter } from './filter-ast.ts';
import { compareNumbers } from './filter-order.ts';
import { type FilterTerm, filterTerms } from './filter-reader.ts';

/** The same for two conditions that ask the same. */
const keyOf = ({ filter }: FilterTerm): string => JSON.stringify(filter);
const termsOf = (text: string): FilterTerm[] => filterTerms(text) ?? [];

/** A test of whether the filter asks each condition of a term; none is asked of a filter that does not parse. */
export function termTest(filter: string): (term: string) => boolean {
  const asked = new Set(termsOf(filter).map(keyOf));
  return (term) => {
    const terms = termsOf(term);
    return terms.length > 0 && terms.every((one) => asked.has(keyOf(one)));
  };
}

/**
 * The filter with `term` added, or taken out when it stands there. With `replaces`, other conditions on the same subject
 * make room; those on verdict or decision always do, since a trace has one of each.
 */
export function toggleTerm(filter: string, term: string, replaces = false): string {
  const keys = new Set(termsOf(term).map(keyOf));
  if (termTest(filter)(term)) return without(filter, (one) => keys.has(keyOf(one)));
  const subjects = subjectsOf(term);
  const isSingle = subjects.has('verdict') || subjects.has('decision');
  return added(replaces || isSingle ? withoutSubjects(filter, subjects) : filter, term);
}

/** The filter without its conditions on what `term` is about. */
export const withoutSubject = (filter: string, term: string): string =>
  withoutSubjects(filter, subjectsOf(term));

/** A test of what the filter asks of the number that it calls `subject`; null when it asks nothing. */
export function numberTest(filter: string, subject: string): ((value: number) => boolean) | null {
  const subjects = subjectsOf(`${subject}>=0`);
  const tests = termsOf(filter).flatMap(({ filter: one }) => {
    if (!subjects.has(subjectOf(one))) return [];
    if (one.kind !== 'number' && one.kind !== 'field') return [];
    const { operator } = one;
    if (operator === 'contains' || operator === 'equals')
      return [(value: number) => value === Number(one.value)];
    if (operator === 'matches') return [];
    return [(value: number) => compareNumbers(value, operator, Number(one.value))];
  });
  return tests.length === 0 ? null : (value) => tests.every((test) => test(value));
}

function added(filter: string, term: string): string {
  const rest = filter.trim();
  const before = filterTerms(rest);
  const longer = `${rest} ${term}`.trim();
  const isAdded = before === null || termsOf(longer).length === before.length + termsOf(term).length;
  // What follows an `or` without parentheses would belong to its last choice.
  return isAdded ? longer : `(${rest}) ${term}`;
}

/** The filter without the conditions that `isGone` names, and without the `and` before them. */
function without(filter: string, isGone: (term: FilterTerm) => boolean): string {
  const terms = termsOf(filter);
  if (!terms.some(isGone)) return filter;
  return terms
    .filter((term) => !isGone(term))
    .map(({ start, end }) => filter.slice(start, end))
    .join(' ');
}

const withoutSubjects = (filter: string, subjects: ReadonlySet<string>): string =>
  without(filter, ({ filter: one }) => subjects.has(subjectOf(one)));

const subjectsOf = (term: string): Set<string> =>
  new Set(termsOf(term).flatMap(({ filter }) => subjectOf(filter) || []));

/** What a condition is about; empty for what is about several things, or for what a row must not be. */
function subjectOf(filter: Filter): string {
  switch (filter.kind) {
    case 'verdict':
    case 'decision':
    case 'edited':
      return filter.kind;
    case 'has':
      return `has ${filter.what}`;
    case 'number':
    case 'text':
      return JSON.stringify(filter.of);
    case 'field':
      return `field ${filter.path}`;
    case 'all':
    case 'and':
    case 'or':
    case 'not':
      return '';
  }
}

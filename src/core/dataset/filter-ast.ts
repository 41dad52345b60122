import type { VerdictName } from './row-codes.ts';

/** What a filter asks of a row: plain data that can cross to a worker. */
export type Filter =
  | { kind: 'all' }
  | { kind: 'and'; terms: Filter[] }
  | { kind: 'or'; terms: Filter[] }
  | { kind: 'not'; term: Filter }
  | { kind: 'verdict'; is: VerdictName }
  | { kind: 'decision'; is: DecisionName }
  | { kind: 'edited'; is: boolean }
  | { kind: 'has'; what: string }
  | { kind: 'number'; of: NumberSubject; operator: NumberOperator; value: number }
  | { kind: 'text'; of: TextSubject; operator: TextOperator; value: string }
  | { kind: 'field'; path: string; operator: TextOperator | OrderOperator; value: string };

/** Verdicts as they are offered. */
export const verdictNames: readonly VerdictName[] = ['correct', 'incorrect', 'unparsed', 'none'];

export const decisionNames = ['keep', 'drop', 'flag', 'none'] as const;
export type DecisionName = (typeof decisionNames)[number];

export type OrderOperator = '<' | '<=' | '>' | '>=';
export type NumberOperator = '=' | OrderOperator;
/** `contains` and `matches` ignore case (`(?-i)` at the start of a pattern does not); `equals` is exact. */
export type TextOperator = 'contains' | 'equals' | 'matches';

/** `part` is prompt, completion, truth, reasoning, or a segment kind: all segments of that kind together. */
export type NumberSubject =
  | { kind: 'line' }
  | { kind: 'index' }
  | { kind: 'images' }
  | { kind: 'words'; part: string }
  | { kind: 'length'; part: string }
  | { kind: 'count'; segment: string };

/** `anywhere` is prompt, completion or ground truth. */
export type TextSubject =
  | { kind: 'anywhere' | 'prompt' | 'completion' | 'truth' | 'id' | 'problem' }
  | { kind: 'segment'; segment: string };

/** What has to be found out about rows before a filter is asked about them. */
export interface FilterNeeds {
  readonly verdict: boolean;
  readonly decision: boolean;
  /** The row's own id, or the hash that stands for it. */
  readonly id: boolean;
}

/** What evaluating the filter may ask for, whatever the row. */
export function filterNeeds(filter: Filter): FilterNeeds {
  return {
    verdict: hasTerm(filter, ({ kind }) => kind === 'verdict'),
    decision: hasTerm(filter, ({ kind }) => kind === 'decision'),
    id: hasTerm(filter, (term) =>
      term.kind === 'has' ? term.what === 'id' : term.kind === 'text' && term.of.kind === 'id',
    ),
  };
}

/** Whether a term of the filter, one that holds no others, passes `test`. */
export function hasTerm(filter: Filter, test: (term: Filter) => boolean): boolean {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.some((term) => hasTerm(term, test));
    case 'not':
      return hasTerm(filter.term, test);
    default:
      return test(filter);
  }
}

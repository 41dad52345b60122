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

export const verdictNames = ['correct', 'incorrect', 'unparsed', 'none'] as const;
export type VerdictName = (typeof verdictNames)[number];

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

/** What a filter looks at, so that a scan prepares nothing else. */
export interface FilterNeeds {
  verdict: boolean;
  decision: boolean;
  edited: boolean;
  problems: boolean;
  /** The row's own id, or the hash that stands for it. */
  id: boolean;
  segments: boolean;
  /** Prompt, completion or ground truth, through the lens. */
  texts: boolean;
  images: boolean;
  /** Paths into the raw row. */
  fields: string[];
}

/** The parts of a row that evaluating the filter may touch. */
export function filterNeeds(filter: Filter): FilterNeeds {
  const fields = new Set<string>();
  const needs = {
    verdict: false,
    decision: false,
    edited: false,
    problems: false,
    id: false,
    segments: false,
    texts: false,
    images: false,
  };
  collectNeeds(filter, needs, fields);
  return { ...needs, fields: [...fields] };
}

function collectNeeds(filter: Filter, needs: Omit<FilterNeeds, 'fields'>, fields: Set<string>): void {
  switch (filter.kind) {
    case 'all':
      return;
    case 'and':
    case 'or':
      for (const term of filter.terms) collectNeeds(term, needs, fields);
      return;
    case 'not':
      collectNeeds(filter.term, needs, fields);
      return;
    case 'verdict':
      needs.verdict = true;
      return;
    case 'decision':
      needs.decision = true;
      return;
    case 'edited':
      needs.edited = true;
      return;
    case 'has':
      collectHas(filter.what, needs, fields);
      return;
    case 'field':
      fields.add(filter.path);
      return;
    case 'number':
      if (filter.of.kind === 'images') needs.images = true;
      else if (filter.of.kind === 'count') needs.segments = true;
      else if (filter.of.kind === 'words' || filter.of.kind === 'length') collectPart(filter.of.part, needs);
      return;
    case 'text':
      if (filter.of.kind === 'segment') needs.segments = true;
      else if (filter.of.kind === 'problem') needs.problems = true;
      else if (filter.of.kind === 'id') needs.id = true;
      else needs.texts = true;
      return;
  }
}

function collectPart(part: string, needs: Omit<FilterNeeds, 'fields'>): void {
  if (part === 'prompt' || part === 'completion' || part === 'truth') needs.texts = true;
  else needs.segments = true;
}

function collectHas(what: string, needs: Omit<FilterNeeds, 'fields'>, fields: Set<string>): void {
  if (what === 'image') needs.images = true;
  else if (what === 'problem') needs.problems = true;
  else if (what === 'prompt' || what === 'completion' || what === 'truth') needs.texts = true;
  else if (what === 'id') needs.id = true;
  else {
    needs.segments = true;
    fields.add(what);
  }
}

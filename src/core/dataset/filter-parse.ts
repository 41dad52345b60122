import type { OwnConditions } from './filter-condition.ts';
import type { FilterName } from './filter-names.ts';
import { patternProblem } from './filter-pattern.ts';
import { type FilterParse, readFilter } from './filter-reader.ts';

/**
 * Reads a filter with its patterns, or says what is wrong and where; blank text is the filter that every row passes.
 * `own` knows the fields of what is filtered when that is no dataset.
 */
export function parseFilter(text: string, own?: OwnConditions): FilterParse {
  const { names: _, ...parse } = readFilter(text, patternProblem, own);
  return parse;
}

/** The names of fields and segments in a filter, in order; none when it does not parse. */
export function filterNames(text: string): readonly FilterName[] {
  const { ok, names } = readFilter(text, patternProblem);
  return ok ? names : [];
}

import type { Decision } from '../trace/trace.ts';
import type { Filter } from './filter-ast.ts';
import { compareNumbers } from './filter-order.ts';
import type { VerdictName } from './row-codes.ts';

/** What is known of rows without reading them; null is not known yet. */
export interface RowColumns {
  verdict(index: number): VerdictName | null;
  decision(index: number): Decision | null;
  edited(index: number): boolean;
  line(index: number): number;
}

/** Whether a row passes by its columns alone; null when the row has to be read for that. */
export type ColumnTest = (index: number) => boolean | null;

/** Whether every condition is about a column, so that known columns answer the filter. */
export function isColumnFilter(filter: Filter): boolean {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.every(isColumnFilter);
    case 'not':
      return isColumnFilter(filter.term);
    case 'number':
      return filter.of.kind === 'line' || filter.of.kind === 'index';
    default:
      return ['all', 'verdict', 'decision', 'edited'].includes(filter.kind);
  }
}

/**
 * The filter over columns, in three-valued logic: `false and unknown` is false, `true or unknown` is true. `other` may
 * know something of conditions that are about the row's content.
 */
export function compileColumns(
  filter: Filter,
  columns: RowColumns,
  other: (condition: Filter) => ColumnTest = () => () => null,
): ColumnTest {
  switch (filter.kind) {
    case 'all':
      return () => true;
    case 'and':
      return joined(filter.terms, columns, other, false);
    case 'or':
      return joined(filter.terms, columns, other, true);
    case 'not': {
      const test = compileColumns(filter.term, columns, other);
      return (index) => {
        const answer = test(index);
        return answer === null ? null : !answer;
      };
    }
    case 'verdict':
      return (index) => {
        const verdict = columns.verdict(index);
        return verdict === null ? null : verdict === filter.is;
      };
    case 'decision':
      return (index) => (columns.decision(index) ?? 'none') === filter.is;
    case 'edited':
      return (index) => columns.edited(index) === filter.is;
    case 'number': {
      const { operator, value } = filter;
      if (filter.of.kind === 'index') return (index) => compareNumbers(index, operator, value);
      if (filter.of.kind === 'line') return (index) => compareNumbers(columns.line(index), operator, value);
      return other(filter);
    }
    default:
      return other(filter);
  }
}

/** One term that answers `decisive` settles it; else one that is not known leaves it open. */
function joined(
  terms: readonly Filter[],
  columns: RowColumns,
  other: (condition: Filter) => ColumnTest,
  decisive: boolean,
): ColumnTest {
  const tests = terms.map((term) => compileColumns(term, columns, other));
  return (index) => {
    let open = false;
    for (const test of tests) {
      const answer = test(index);
      if (answer === decisive) return decisive;
      open ||= answer === null;
    }
    return open ? null : !decisive;
  };
}

import type {
  Filter,
  NumberSubject,
  OrderOperator,
  TextOperator,
  TextSubject,
} from '../../../../src/core/dataset/filter-ast.ts';
import { printPath, printValue, quote, simpleWord } from '../../../../src/core/dataset/filter-spelling.ts';

/** The text of a filter, from the grammar alone: parsing it must give the same filter back. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'all':
      return '';
    case 'and':
      return filter.terms.map((term) => printTerm(term)).join(' ');
    case 'or':
      return filter.terms
        .map((term) => (term.kind === 'and' ? printFilter(term) : printTerm(term)))
        .join(' or ');
    case 'not':
      return filter.term.kind === 'not' ? `not ${printFilter(filter.term)}` : `-${printTerm(filter.term)}`;
    case 'verdict':
    case 'decision':
      return `${filter.kind}:${filter.is}`;
    case 'edited':
      return `edited:${filter.is ? 'yes' : 'no'}`;
    case 'has':
      return `has:${printValue(filter.what)}`;
    case 'number':
      return `${printNumberSubject(filter.of)}${filter.operator}${filter.value}`;
    case 'text':
      return printText(filter.of, filter.operator, filter.value);
    case 'field':
      return `${printPath(filter.path)}${operatorText(filter.operator)}${printValue(filter.value)}`;
  }
}

function printTerm(filter: Filter): string {
  return filter.kind === 'and' || filter.kind === 'or' ? `(${printFilter(filter)})` : printFilter(filter);
}

function printNumberSubject(subject: NumberSubject): string {
  switch (subject.kind) {
    case 'line':
    case 'index':
    case 'images':
      return subject.kind;
    case 'words':
    case 'length':
      return `${subject.kind === 'words' ? 'words' : 'len'}(${subject.part})`;
    case 'count':
      return `count(${subject.segment})`;
  }
}

function printText(subject: TextSubject, operator: TextOperator, value: string): string {
  if (subject.kind === 'anywhere') {
    if (operator === 'matches') return `~${quote(value)}`;
    return simpleWord.test(value) && !/^(?:and|or|not)$/i.test(value) ? value : quote(value);
  }
  const head = subject.kind === 'segment' ? `segment(${subject.segment})` : subject.kind;
  return `${head}${operatorText(operator)}${printValue(value)}`;
}

function operatorText(operator: TextOperator | OrderOperator): string {
  if (operator === 'contains') return ':';
  if (operator === 'equals') return '=';
  return operator === 'matches' ? '~' : operator;
}

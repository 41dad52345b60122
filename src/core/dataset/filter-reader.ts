import type { Filter } from './filter-ast.ts';
import { type Condition, conditionFilter, FilterMistake, type OwnConditions } from './filter-condition.ts';
import { type FilterName, nameIn } from './filter-names.ts';

export type FilterParse =
  | { ok: true; filter: Filter }
  /** `start`..`end`: what is wrong, UTF-16 offsets into the text, for underlining. */
  | { ok: false; message: string; start: number; end: number };

const deepest = 100;
const longest = 10_000;
const head = /([\p{L}_][\p{L}\p{N}_.\-[\]]*)(?:\(([^()"]*)\))?(?::|~|\s*(?:>=|<=|!=|=|<|>))/uy;
const callWithoutOperator = /([\p{L}_]+)\(([^()"]*)\)/uy;
const operatorAtEnd = /(?::|~|>=|<=|!=|=|<|>)$/;

/** Why a text is no pattern, or null. */
export type PatternProblem = (pattern: string) => string | null;

/** A filter that was read, with the names of fields and segments in it, in order. */
export type FilterReading = FilterParse & { readonly names: readonly FilterName[] };

/** Reads a filter, or says what is wrong and where; blank text is the filter that every row passes. */
export function readFilter(
  text: string,
  patternProblem: PatternProblem,
  own: OwnConditions = () => null,
): FilterReading {
  const reader: Reader = { text, patternProblem, own, position: 0, depth: 0, names: [], terms: [] };
  return { ...read(reader), names: reader.names };
}

/** A condition of a filter and where it is written, UTF-16 offsets. */
export interface FilterTerm {
  readonly filter: Filter;
  readonly start: number;
  readonly end: number;
}

/** The conditions that all have to hold, in order: a choice by `or` is one of them; null when it does not parse. */
export function filterTerms(text: string): FilterTerm[] | null {
  // Whoever only rearranges conditions has no use for an engine of patterns.
  const lax = { patternProblem: () => null, own: () => null };
  const reader: Reader = { text, ...lax, position: 0, depth: 0, names: [], terms: [] };
  return read(reader).ok ? reader.terms : null;
}

function read(reader: Reader): FilterParse {
  const { text } = reader;
  if (text.length > longest) {
    const message = `The filter is longer than ${longest.toLocaleString('en')} characters.`;
    return { ok: false, message, start: longest, end: text.length };
  }
  try {
    skipBlank(reader);
    if (reader.position >= text.length) return { ok: true, filter: { kind: 'all' } };
    const filter = readOr(reader);
    if (reader.position < text.length) {
      throw new FilterMistake("')' without '('.", reader.position, reader.position + 1);
    }
    return { ok: true, filter };
  } catch (error) {
    if (error instanceof FilterMistake) {
      return { ok: false, message: error.message, start: error.start, end: error.end };
    }
    throw error;
  }
}

interface Reader {
  text: string;
  patternProblem: PatternProblem;
  own: OwnConditions;
  position: number;
  depth: number;
  names: FilterName[];
  /** Conditions outside all parentheses. */
  terms: FilterTerm[];
}

function skipBlank(reader: Reader): void {
  while (/\s/.test(reader.text.charAt(reader.position))) reader.position += 1;
}

function atEnd(reader: Reader): boolean {
  return reader.position >= reader.text.length || reader.text.charAt(reader.position) === ')';
}

/** Consumes a keyword that stands alone and does not start a condition such as `not:5`. */
function takeKeyword(reader: Reader, keyword: string): boolean {
  const end = reader.position + keyword.length;
  if (reader.text.slice(reader.position, end).toLowerCase() !== keyword) return false;
  if (!/^(?:$|[\s()"“„”])/.test(reader.text.slice(end, end + 1))) return false;
  reader.position = end;
  skipBlank(reader);
  return true;
}

function readOr(reader: Reader): Filter {
  const { position: first } = reader;
  const terms = [readAnd(reader)];
  while (!atEnd(reader)) {
    const start = reader.position;
    if (!takeKeyword(reader, 'or')) break;
    expectTerm(reader, 'or', start);
    terms.push(readAnd(reader));
  }
  const filter = joined('or', terms);
  if (reader.depth === 0 && terms.length > 1)
    reader.terms = [
      { filter, start: first, end: first + reader.text.slice(first, reader.position).trimEnd().length },
    ];
  return filter;
}

function readAnd(reader: Reader): Filter {
  const terms: Filter[] = [];
  while (!atEnd(reader)) {
    const start = reader.position;
    if (takeKeyword(reader, 'or')) {
      if (terms.length === 0) throw new FilterMistake("'or' needs a condition before it.", start, start + 2);
      reader.position = start;
      break;
    }
    if (takeKeyword(reader, 'and')) {
      if (terms.length === 0) throw new FilterMistake("'and' needs a condition before it.", start, start + 3);
      expectTerm(reader, 'and', start);
    }
    const termStart = reader.position;
    const filter = readTerm(reader);
    terms.push(filter);
    if (reader.depth === 0) reader.terms.push({ filter, start: termStart, end: reader.position });
    skipBlank(reader);
  }
  return joined('and', terms);
}

function expectTerm(reader: Reader, keyword: string, start: number): void {
  const next = /^(?:and|or)(?=$|[\s()"“„”])/i.test(reader.text.slice(reader.position, reader.position + 4));
  if (atEnd(reader) || next) {
    throw new FilterMistake(`'${keyword}' needs a condition after it.`, start, start + keyword.length);
  }
}

function joined(kind: 'and' | 'or', terms: Filter[]): Filter {
  const flat = terms.flatMap((term) => (term.kind === kind ? term.terms : [term]));
  return flat.length === 1 && flat[0] !== undefined ? flat[0] : { kind, terms: flat };
}

function readTerm(reader: Reader): Filter {
  const { text } = reader;
  const start = reader.position;
  reader.depth += 1;
  if (reader.depth > deepest) throw new FilterMistake('Conditions are nested too deeply.', start, start + 1);
  try {
    const character = text.charAt(start);
    if (character === '(') return readGroup(reader);
    if (character === '-' && /^[^\s)]/.test(text.slice(start + 1, start + 2))) {
      reader.position += 1;
      return { kind: 'not', term: readTerm(reader) };
    }
    if (takeKeyword(reader, 'not')) {
      expectTerm(reader, 'not', start);
      return { kind: 'not', term: readTerm(reader) };
    }
    if (character === '~') return readPattern(reader);
    return readCondition(reader) ?? readWord(reader);
  } finally {
    reader.depth -= 1;
  }
}

function readGroup(reader: Reader): Filter {
  const start = reader.position;
  reader.position += 1;
  skipBlank(reader);
  if (reader.position >= reader.text.length) {
    throw new FilterMistake("'(' is never closed.", start, start + 1);
  }
  if (reader.text.charAt(reader.position) === ')') {
    throw new FilterMistake('Nothing stands between these parentheses.', start, reader.position + 1);
  }
  const inside = readOr(reader);
  if (reader.text.charAt(reader.position) !== ')') {
    throw new FilterMistake("'(' is never closed.", start, start + 1);
  }
  reader.position += 1;
  return inside;
}

function readPattern(reader: Reader): Filter {
  const start = reader.position;
  reader.position += 1;
  const value = readValue(reader);
  if (value === '') throw new FilterMistake("'~' needs a regular expression after it.", start, start + 1);
  requirePattern(reader, value, start + 1);
  return { kind: 'text', of: { kind: 'anywhere' }, operator: 'matches', value };
}

function requirePattern(reader: Reader, pattern: string, start: number): void {
  const problem = reader.patternProblem(pattern);
  if (problem !== null) throw new FilterMistake(problem, start, reader.position);
}

/** `name:value`, `name(part)>5` …, or null when no such thing stands here. */
function readCondition(reader: Reader): Filter | null {
  const start = reader.position;
  head.lastIndex = start;
  const match = head.exec(reader.text);
  if (match === null) {
    callWithoutOperator.lastIndex = start;
    const call = callWithoutOperator.exec(reader.text);
    if (call === null || !/^(?:segment|words|len|length|count|field)$/i.test(call[1] ?? '')) return null;
    const message = `${call[0]} needs a comparison after it, such as ${call[0]}${/^(?:segment|field)/i.test(call[0]) ? ':wait' : '>200'}.`;
    throw new FilterMistake(message, start, start + call[0].length);
  }
  const name = match[1] ?? '';
  const operator = operatorAtEnd.exec(match[0])?.[0] ?? ':';
  reader.position = start + match[0].length;
  const nameEnd = start + match[0].length - operator.length;
  skipBlank(reader);
  const valueStart = reader.position;
  const value = readValue(reader);
  const condition: Condition = {
    name,
    argument: match[2] ?? null,
    argumentStart: match[2] === undefined ? null : start + name.length + 1 + match[2].search(/\S|$/),
    operator: operator as Condition['operator'],
    value,
    nameStart: start,
    nameEnd,
    valueStart,
    valueEnd: reader.position,
  };
  const filter = conditionFilter(condition, reader.own);
  if (condition.operator === '~') requirePattern(reader, value, valueStart);
  const found = nameIn(filter, condition);
  if (found !== null) reader.names.push(found);
  return filter;
}

function readWord(reader: Reader): Filter {
  const start = reader.position;
  const value = readValue(reader);
  if (value === '') throw new FilterMistake('An empty phrase asks nothing.', start, reader.position);
  return { kind: 'text', of: { kind: 'anywhere' }, operator: 'contains', value };
}

/**
 * A quoted value (`\"` and `\\` are escapes, any other backslash is itself) or a bare one, up to white space
 * or a parenthesis that the value did not open.
 */
function readValue(reader: Reader): string {
  const closing = closingQuotes[reader.text.charAt(reader.position)];
  return closing === undefined ? readBare(reader) : readQuoted(reader, closing);
}

/** Keyboards and text programs write “…” and „…“ for "…"; the first mark says which one closes. */
const closingQuotes: Readonly<Record<string, string>> = { '"': '"', '“': '”', '„': '“”', '”': '”' };

function readQuoted(reader: Reader, closing: string): string {
  const { text } = reader;
  const start = reader.position;
  let value = '';
  for (let i = start + 1; i < text.length; i += 1) {
    const character = text.charAt(i);
    if (closing.includes(character)) {
      reader.position = i + 1;
      return value;
    }
    if (character === '\\' && /["“„”\\]/.test(text.charAt(i + 1))) {
      i += 1;
      value += text.charAt(i);
    } else {
      value += character;
    }
  }
  throw new FilterMistake('This quotation mark is never closed.', start, text.length);
}

function readBare(reader: Reader): string {
  const { text } = reader;
  const start = reader.position;
  let open = 0;
  let end = start;
  for (; end < text.length; end += 1) {
    const character = text.charAt(end);
    if (/[\s"“„”]/.test(character)) break;
    if (character === '(') open += 1;
    if (character === ')') {
      open -= 1;
      if (open < 0) break;
    }
  }
  reader.position = end;
  return text.slice(start, end);
}

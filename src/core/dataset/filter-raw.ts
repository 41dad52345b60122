import { isSpace, skipSpace, skipString, skipValue } from '../trace/json-scan.ts';
import type { Filter, TextOperator } from './filter-ast.ts';
import { plainPattern, valueTest } from './filter-evaluate.ts';

/**
 * What the bytes of a row say of one condition before anybody parses them. False is certain, also for rows that are no
 * JSON. True is certain for rows that are. Null: the row has to be read.
 */
export type RawTest = (raw: RawRow) => boolean | null;

/** The bytes `start`..`end` of a text that holds one character a byte (Latin 1), with other rows around them. */
export interface RawRow {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The test for one condition, or null when bytes say nothing of it. */
export function rawTest(condition: Filter): RawTest | null {
  if (condition.kind === 'field') {
    const { path, operator, value } = condition;
    if (!path.includes('.')) return fieldTest(path, valueTest(operator, value));
    return null;
  }
  if (condition.kind !== 'text') return null;
  const { of, operator, value } = condition;
  // An id may be a number or a hash, and problems are words of ours.
  if (of.kind === 'id' || of.kind === 'problem') return null;
  const words = neededWords(operator, value);
  return words && wordsTest(words, of.kind === 'anywhere' || of.kind === 'prompt');
}

/** Texts that lenses put into a prompt or completion beside the row's own, and what numbers may look like as text. */
const addedWords = ['think', 'tool_call', 'image', 'null', 'infinity'];

/** The beginning of a word says enough. */
const longestWord = 40;

/** Words of which one stands in every text that passes, as the bytes of the row have it; null when there is no such. */
function neededWords(operator: TextOperator, value: string): string[] | null {
  if (operator === 'matches' && !plainPattern.test(value)) return null;
  const alternatives = operator === 'matches' ? splitPattern(value) : [value];
  const words: string[] = [];
  for (const alternative of alternatives) {
    const found = [...alternative.matchAll(/[A-Za-z0-9 ]{2,}/g)]
      .map(([word]) => word.slice(0, longestWord))
      .filter((word) => /[a-df-z]/i.test(word) && !isAdded(word))
      .sort((a, b) => b.length - a.length)[0];
    if (found === undefined) return null;
    words.push(found);
  }
  return words;
}

/** The alternatives of a plain pattern; what is no literal becomes a control character, which parts words. */
function splitPattern(pattern: string): string[] {
  return pattern.replace(/\\./g, '\0').split('|');
}

function isAdded(word: string): boolean {
  const lower = word.toLowerCase();
  return addedWords.some((added) => added.includes(lower));
}

/**
 * A word of a decoded text stands in the row's bytes as it is, unless one of its letters is written as an escape, or it
 * begins in one part of a prompt and ends in the next.
 */
function wordsTest(words: readonly string[], mayCrossParts: boolean): RawTest {
  const word = new NextPlace(finder(words.join('|')));
  const escaped = new NextPlace((text, from) => text.indexOf('\\u00', from));
  const parts = new NextPlace(listOfParts);
  const cut = new NextPlace(finder(`(?:${words.flatMap(beginnings).join('|')})"`));
  return (raw) => {
    if (word.isIn(raw) || escaped.isIn(raw)) return null;
    return mayCrossParts && parts.isIn(raw) && cut.isIn(raw) ? null : false;
  };
}

function beginnings(word: string): string[] {
  return Array.from({ length: word.length - 1 }, (_, at) => word.slice(0, at + 1));
}

function finder(source: string): (text: string, from: number) => number {
  const pattern = new RegExp(source, 'gi');
  return (text, from) => {
    pattern.lastIndex = from;
    return pattern.exec(text)?.index ?? -1;
  };
}

/** Where the next list begins that a lens reads as parts of one text, or -1: brackets are rare, so they are found first. */
function listOfParts(text: string, from: number): number {
  for (let at = text.indexOf('[', from); at >= 0; at = text.indexOf('[', at + 1)) {
    const colon = spaceBefore(text, at) - 1;
    if (text.charCodeAt(colon) !== 0x3a) continue;
    const key = spaceBefore(text, colon);
    if (text.endsWith('"content"', key) || text.endsWith('"value"', key)) return at;
  }
  return -1;
}

/** Where the white space begins that ends at `end`. */
function spaceBefore(text: string, end: number): number {
  let start = end;
  while (isSpace(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

/** Remembers where something comes next in a text, so that rows in order search it once. */
class NextPlace {
  #text = '';
  #from = 0;
  #at = -1;

  constructor(private readonly find: (text: string, from: number) => number) {}

  isIn({ text, start, end }: RawRow): boolean {
    if (text !== this.#text || start < this.#from || start > this.#at) {
      const at = this.find(text, start);
      this.#at = at < 0 ? Number.POSITIVE_INFINITY : at;
      this.#text = text;
      this.#from = start;
    }
    return this.#at < end;
  }
}

function fieldTest(name: string, passes: (value: unknown) => boolean): RawTest {
  const read = rawField(name);
  return (raw) => {
    const value = read(raw);
    if (value === unread) return null;
    return value !== undefined && passes(value);
  };
}

/** Stands for a value that only a reader of JSON can tell. */
export const unread = Symbol('unread');

/**
 * Finds the scalar in a top-level field without parsing the others, undefined when there is no such field; whatever
 * looks odd is `unread`. What it says holds for rows that are known to be JSON.
 */
export function rawField(name: string): (raw: RawRow) => unknown {
  const literal = JSON.stringify(name);
  if (literal.slice(1, -1) !== name || !isAscii(name)) return () => unread;
  return ({ text, start, end }) => {
    if (text.charCodeAt(start) !== 0x7b) return unread;
    let found: unknown;
    let position = skipSpace(text, start + 1);
    while (position < end && text.charCodeAt(position) !== 0x7d) {
      if (text.charCodeAt(position) !== 0x22) return unread;
      const keyEnd = skipString(text, position);
      const isNamed = keyEnd - position === literal.length && text.startsWith(literal, position);
      if (!isNamed && text.slice(position, keyEnd).includes('\\')) return unread;
      const colon = skipSpace(text, keyEnd);
      if (text.charCodeAt(colon) !== 0x3a) return unread;
      const value = skipSpace(text, colon + 1);
      const valueEnd = skipValue(text, value);
      // Of a key given twice the last one counts.
      if (isNamed) found = scalar(text, value, valueEnd);
      position = skipSpace(text, valueEnd);
      if (text.charCodeAt(position) === 0x2c) position = skipSpace(text, position + 1);
      else if (text.charCodeAt(position) !== 0x7d) return unread;
    }
    return found;
  };
}

function scalar(text: string, start: number, end: number): unknown {
  const first = text.charCodeAt(start);
  const literal = text.slice(start, end);
  if (first === 0x7b || first === 0x5b || !isAscii(literal)) return unread;
  try {
    return JSON.parse(literal);
  } catch {
    return unread;
  }
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

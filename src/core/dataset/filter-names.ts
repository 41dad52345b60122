import { nearestWord } from '../text/did-you-mean.ts';
import type { Filter } from './filter-ast.ts';
import type { Condition } from './filter-condition.ts';
import { presentParts, segmentParts } from './filter-parts.ts';

/** A name in a filter that only the data can tell to be right; `start`..`end` are UTF-16 offsets. */
export interface FilterName {
  readonly is: 'field' | 'segment' | 'either';
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** What is known of a dataset's rows; `complete` when every row was looked at. */
export interface KnownNames {
  readonly fields: readonly string[];
  /** Kinds of segments in the first rows. */
  readonly kinds: readonly string[];
  readonly complete: boolean;
}

export interface UnknownName {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

const wholeTexts: ReadonlySet<string> = new Set(['prompt', 'completion', 'truth']);
const builtIn: ReadonlySet<string> = new Set([...wholeTexts, 'image', 'problem', 'id']);
/** The language's own words that begin a condition. */
const ownWords = [
  'verdict',
  'decision',
  'problem',
  'words',
  'length',
  'images',
  'segment',
  'line',
  'id',
  ...wholeTexts,
];
const segments: ReadonlySet<string> = new Set(segmentParts);
const mostShown = 12;

/** The name that one condition looks up in a row, or null when all its words are the language's own. */
export function nameIn(filter: Filter, condition: Condition): FilterName | null {
  if (filter.kind === 'not') return nameIn(filter.term, condition);
  const start = condition.argumentStart ?? condition.nameStart;
  const end = start + (condition.argument ?? condition.name).trim().length;
  if (filter.kind === 'field') return { is: 'field', name: filter.path, start, end };
  if (filter.kind === 'has') {
    if (builtIn.has(filter.what)) return null;
    return { is: 'either', name: filter.what, start: condition.valueStart, end: condition.valueEnd };
  }
  const name = segmentOf(filter);
  return name === null || wholeTexts.has(name) ? null : { is: 'segment', name, start, end };
}

function segmentOf(filter: Filter): string | null {
  if (filter.kind === 'text') return filter.of.kind === 'segment' ? filter.of.segment : null;
  if (filter.kind !== 'number') return null;
  if (filter.of.kind === 'count') return filter.of.segment;
  return filter.of.kind === 'words' || filter.of.kind === 'length' ? filter.of.part : null;
}

/**
 * The first name that no row can have, as far as the rows are known, with what there is instead. Fields count by the
 * first step of their path; nothing is said of fields before any row was read.
 */
export function unknownName(names: readonly FilterName[], known: KnownNames): UnknownName | null {
  for (const { is, name, start, end } of names) {
    if (is !== 'field' && segments.has(name)) continue;
    if (is !== 'segment' && (known.fields.length === 0 || hasField(known.fields, name))) continue;
    const none = known.complete || is === 'segment' ? 'No row has' : 'None of the rows read so far has';
    const what = is === 'either' ? 'segment or field' : is;
    const meant = is === 'segment' ? null : nearestWord(name, [...ownWords, ...known.fields]);
    const guess = meant === null ? '' : ` Did you mean “${meant}”?`;
    const message = `${none} a ${what} “${name}”.${guess}${is === 'field' ? '' : list('Segments', presentParts(known.kinds))}${is === 'segment' ? '' : list('Fields', known.fields)}`;
    return { message, start, end };
  }
  return null;
}

function hasField(fields: readonly string[], path: string): boolean {
  return fields.includes(path) || fields.includes(path.split('.')[0] ?? path);
}

function list(title: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  return ` ${title}: ${names.slice(0, mostShown).join(', ')}${names.length > mostShown ? ', …' : '.'}`;
}

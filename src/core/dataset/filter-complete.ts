import { decisionNames, verdictNames } from './filter-ast.ts';
import { imageCodes } from './filter-images.ts';
import { presentParts, reasoningPart, segmentParts } from './filter-parts.ts';
import { isWritablePath, printPath, printValue } from './filter-spelling.ts';

/** One offer for the filter box: `insert` replaces `from`..`to` (UTF-16 offsets) of the text. */
export interface FilterSuggestion {
  label: string;
  insert: string;
  from: number;
  to: number;
  detail: string;
}

const most = 50;

const names: readonly (readonly [string, string])[] = [
  ['verdict:', 'correct, incorrect, unparsed or none'],
  ['decision:', 'keep, drop, flag or none'],
  ['has:', 'an image, a problem, a segment, a field'],
  ['edited:', 'changed and not saved: yes or no'],
  ['segment()', 'text of one kind of segment'],
  ['words()', 'number of words of the reasoning, a segment, prompt or completion'],
  ['len()', 'number of characters of a segment, prompt or completion'],
  ['count()', 'number of segments of a kind'],
  ['prompt:', 'text of the prompt'],
  ['completion:', 'text of the completion'],
  ['truth:', 'the ground truth'],
  ['problem:', 'code of a problem found in the row'],
  ['images', 'number of images'],
  ['id:', 'id of the trace'],
  ['line:', 'line in the file, from 1'],
  ['index', 'position in the file, from 0'],
  ['not ', 'what does not match, also written -'],
  ['or ', 'either side'],
];

const verdictDetails = [
  'as the ground truth',
  'not as the ground truth',
  'no answer found',
  'no ground truth',
];
const texts = ['prompt', 'completion', 'truth'];

const argumentAtEnd = /(?:^|[\s(-])(segment|words|len|length|count|field)\(([^()"\s]*)$/i;
const comparisonAtEnd = /(?:^|[\s(-])(?:(?:words|len|length|count)\([^()"]+\)|images|line|index)$/i;
const valueAtEnd = /(?:^|[\s(-])([\p{L}_][\p{L}\p{N}_.-]*)(?::|!?=)([^()"\s:=]*)$/u;
const nameAtEnd = /(?:^|[\s(-])([\p{L}_][\p{L}\p{N}_.-]*)?$/u;

/**
 * What could stand at the caret: names, functions, `fields` of the rows, kinds of segments (`kinds`, those of the
 * rows, before the others), and the values of names with a closed list. Empty inside quotation marks.
 */
export function completeFilter(
  text: string,
  caret: number,
  fields: readonly string[],
  kinds: readonly string[] = [],
): FilterSuggestion[] {
  const before = text.slice(0, caret);
  if (insideQuotes(before)) return [];
  const after = /^[^\s()"“„”:=<>~]*/.exec(text.slice(caret))?.[0].length ?? 0;
  const offer = (typed: string, choices: readonly Choice[]): FilterSuggestion[] =>
    matching(typed, choices).map((choice) => ({ ...choice, from: caret - typed.length, to: caret + after }));

  const argument = argumentAtEnd.exec(before);
  if (argument !== null) {
    const closing = text.charAt(caret + after) === ')' ? '' : ')';
    return offer(
      argument[2] ?? '',
      argumentChoices((argument[1] ?? '').toLowerCase(), closing, fields, kinds),
    );
  }
  if (comparisonAtEnd.test(before)) {
    const details = { '>': 'more than', '<': 'less than', '=': 'exactly' };
    return Object.entries(details).map(([label, detail]) => ({
      label,
      insert: label,
      from: caret,
      to: caret,
      detail,
    }));
  }
  const value = valueAtEnd.exec(before);
  if (value !== null)
    return offer(value[2] ?? '', valueChoices((value[1] ?? '').toLowerCase(), fields, kinds));
  const name = nameAtEnd.exec(before);
  return name === null ? [] : offer(name[1] ?? '', nameChoices(fields));
}

interface Choice {
  label: string;
  insert: string;
  detail: string;
}

/** Whether a quotation is open at the end: removing all that are closed leaves a mark. */
function insideQuotes(before: string): boolean {
  const plain = before.replace(/\\["“„”\\]/g, '').replace(/"[^"]*"|[“”][^”]*”|„[^“”]*[“”]/g, '');
  return /["“„”]/.test(plain);
}

/** Choices that start with what is typed, then those that contain it; nothing that is already complete. */
function matching(typed: string, choices: readonly Choice[]): Choice[] {
  const wanted = typed.toLowerCase();
  const starts = choices.filter((choice) => choice.label.toLowerCase().startsWith(wanted));
  const contains = choices.filter(
    (choice) => !choice.label.toLowerCase().startsWith(wanted) && choice.label.toLowerCase().includes(wanted),
  );
  return [...starts, ...(wanted === '' ? [] : contains)]
    .filter((choice) => choice.insert !== typed)
    .slice(0, most);
}

function nameChoices(fields: readonly string[]): Choice[] {
  const known = names.map(([label, detail]) => ({
    label: label.trim(),
    insert: label.endsWith('()') ? label.slice(0, -1) : label,
    detail,
  }));
  const own = fields
    .filter(isWritablePath)
    .map((field) => ({ label: field, insert: `${printPath(field)}:`, detail: 'field of the row' }));
  return [...known, ...own];
}

function argumentChoices(
  name: string,
  closing: string,
  fields: readonly string[],
  kinds: readonly string[],
): Choice[] {
  const choice = (label: string, detail: string): Choice => ({ label, insert: `${label}${closing}`, detail });
  if (name === 'field')
    return fields.filter(isWritablePath).map((field) => choice(field, 'field of the row'));
  const segments = segmentChoices(choice, kinds);
  const whole = texts.map((part) => choice(part, 'whole text'));
  if (name === 'segment' || name === 'count') return [...segments.present, ...segments.others];
  return [...segments.present, ...whole, ...segments.others];
}

function segmentChoices(
  choice: (label: string, detail: string) => Choice,
  kinds: readonly string[],
): { present: Choice[]; others: Choice[] } {
  const present = presentParts(kinds);
  const choices = (parts: readonly string[]): Choice[] =>
    parts.map((part) => choice(part, part === reasoningPart ? 'tagged and untagged reasoning' : 'segment'));
  const others = [reasoningPart, ...presentParts(segmentParts)].filter((part) => !present.includes(part));
  return { present: choices(present), others: choices([...new Set(others)]) };
}

function valueChoices(name: string, fields: readonly string[], kinds: readonly string[]): Choice[] {
  const choice = (label: string, detail: string): Choice => ({ label, insert: printValue(label), detail });
  switch (name) {
    case 'verdict':
      return verdictNames.map((label, index) => choice(label, verdictDetails[index] ?? ''));
    case 'decision':
      return decisionNames.map((label) =>
        choice(label, label === 'none' ? 'undecided' : 'decided by a person'),
      );
    case 'edited':
      return [choice('yes', 'changed and not saved'), choice('no', 'as in the file')];
    case 'problem':
    case 'problems':
      return imageCodes.map((label) => ({ label, insert: label, detail: 'seen when this is asked' }));
    case 'has': {
      const segments = segmentChoices(choice, kinds);
      return [
        choice('image', 'one or more images'),
        choice('problem', 'something wrong with the row'),
        ...texts.map((label) => choice(label, 'not empty')),
        ...segments.present,
        ...fields.filter(isWritablePath).map((label) => choice(label, 'field that is not empty')),
        ...segments.others,
      ];
    }
    default:
      return [];
  }
}

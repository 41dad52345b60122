import { decisionNames, printPath, verdictNames } from '../../core/dataset/filter-ast.ts';
import { knownTags } from '../../core/trace/segments.ts';
import type { FilterCompletion } from './views.ts';

interface Offer {
  readonly insert: string;
  readonly detail: string;
}

const starters: readonly Offer[] = [
  { insert: 'verdict:', detail: 'correct, incorrect, unparsed or none' },
  { insert: 'decision:', detail: 'keep, drop, flag or none' },
  { insert: 'has:', detail: 'image, problem, truth, a segment or a field' },
  { insert: 'edited:', detail: 'yes or no' },
  { insert: 'segment(', detail: 'text in segments of a kind: segment(think):wait' },
  { insert: 'words(', detail: 'words of a part: words(think)>200' },
  { insert: 'len(', detail: 'characters of a part: len(completion)>2000' },
  { insert: 'count(', detail: 'how many segments of a kind: count(reflection)>0' },
  { insert: 'prompt:', detail: 'text in the prompt' },
  { insert: 'completion:', detail: 'text in the completion' },
  { insert: 'truth:', detail: 'text in the ground truth' },
  { insert: 'id:', detail: 'text in the id' },
  { insert: 'problem:', detail: 'code of a problem' },
  { insert: 'images', detail: 'number of images: images>1' },
  { insert: 'line', detail: 'line in the file: line<=100' },
  { insert: 'not ', detail: 'the opposite of what follows' },
  { insert: 'or ', detail: 'either side' },
];

const parts = ['prompt', 'completion', 'truth', ...knownTags, 'prose', 'boxed'];
const most = 50;

/** What could be typed at the caret: names and fields at the start of a word, values after `:`, kinds after `(`. */
export function completeFilter(text: string, caret: number, fields: readonly string[]): FilterCompletion[] {
  const before = text.slice(0, caret);
  const word = /[^\s()"]*$/.exec(before)?.[0] ?? '';
  if ((before.match(/"/g)?.length ?? 0) % 2 === 1) return [];
  const call = /\b(segment|words|len|length|count)\(([^()"\s]*)$/i.exec(before);
  if (call) {
    const kinds =
      call[1]?.toLowerCase() === 'words' || call[1]?.startsWith('len')
        ? parts
        : [...knownTags, 'prose', 'boxed'];
    return offers(
      [...new Set(kinds)].map((kind) => ({ insert: `${kind})`, detail: '' })),
      call[2] ?? '',
      caret,
    );
  }
  const colon = word.indexOf(':');
  if (colon >= 0) {
    const typed = word.slice(colon + 1);
    return offers(valuesOf(word.slice(0, colon).replace(/^-/, '').toLowerCase(), fields), typed, caret);
  }
  const own = fields.map((field) => ({ insert: `${printPath(field)}:`, detail: 'field of the row' }));
  return offers([...starters, ...own], word.replace(/^-/, ''), caret);
}

function valuesOf(name: string, fields: readonly string[]): Offer[] {
  const plain = (values: readonly string[], detail = ''): Offer[] =>
    values.map((insert) => ({ insert, detail }));
  switch (name) {
    case 'verdict':
      return plain(verdictNames);
    case 'decision':
      return plain(decisionNames);
    case 'edited':
      return plain(['yes', 'no']);
    case 'has':
      return [
        ...plain(['image', 'problem', 'truth']),
        ...plain(knownTags, 'segment'),
        ...plain(fields, 'field'),
      ];
    default:
      return [];
  }
}

function offers(all: readonly Offer[], typed: string, caret: number): FilterCompletion[] {
  const start = typed.toLowerCase();
  return all
    .filter(({ insert }) => insert.toLowerCase().startsWith(start) && insert.toLowerCase() !== start)
    .slice(0, most)
    .map(({ insert, detail }) => ({
      label: insert.trim(),
      insert,
      from: caret - typed.length,
      to: caret,
      detail,
    }));
}

import { type Filter, hasTerm } from './filter-ast.ts';
import { valueTest } from './filter-evaluate.ts';

/** Codes of problems that only the disk can tell; a picture that is there and cannot be decoded is not among them. */
export const imageCodes: readonly string[] = [
  'image-missing',
  'image-outside',
  'image-remote',
  'image-too-large',
  'image-unreadable',
];

/** Whether the answer of a filter may depend on which image files there are: then, and only then, they are looked at. */
export function asksForImages(filter: Filter): boolean {
  return hasTerm(filter, (term) => {
    if (term.kind === 'has') return term.what === 'problem';
    const isText = term.kind === 'text' && term.of.kind === 'problem';
    return isText && imageCodes.some(valueTest(term.operator, term.value));
  });
}

import type { Filter } from './filter-ast.ts';
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
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.some(asksForImages);
    case 'not':
      return asksForImages(filter.term);
    case 'has':
      return filter.what === 'problem';
    case 'text':
      return filter.of.kind === 'problem' && imageCodes.some(valueTest(filter.operator, filter.value));
    default:
      return false;
  }
}

/** True when `term` stands alone in the filter. */
export const hasTerm = (filter: string, term: string): boolean => filter.split(/\s+/).includes(term);

/**
 * The filter with `term` added, or removed when it stands there; another term of the same field makes room, since a
 * trace has one verdict and one decision.
 */
export function toggleTerm(filter: string, term: string): string {
  const words = filter.split(/\s+/).filter(Boolean);
  if (words.includes(term)) return words.filter((word) => word !== term).join(' ');
  const field = term.slice(0, term.indexOf(':') + 1);
  return [...words.filter((word) => !word.startsWith(field)), term].join(' ');
}

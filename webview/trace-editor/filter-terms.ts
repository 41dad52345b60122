/** True when `term` stands alone in the filter. */
export const hasTerm = (filter: string, term: string): boolean => filter.split(/\s+/).includes(term);

/**
 * The filter with `term` added, or removed when it stands there; another verdict or decision makes room, since a trace
 * has one of each.
 */
export function toggleTerm(filter: string, term: string): string {
  const words = filter.split(/\s+/).filter(Boolean);
  if (words.includes(term)) return words.filter((word) => word !== term).join(' ');
  const field = /^(?:verdict|decision):/.exec(term)?.[0];
  return [...words.filter((word) => field === undefined || !word.startsWith(field)), term].join(' ');
}

/** A count with its noun, which takes an `s` unless the count is one: `1 row`, `2,000 chosen rows`. */
export function many(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** The verb that goes with a count. */
export const isOrAre = (count: number): 'is' | 'are' => (count === 1 ? 'is' : 'are');

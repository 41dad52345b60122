/** Number of words: stretches without white space, as the surfaces count them and `words(…)` filters on them. */
export function countWords(text: string): number {
  let words = 0;
  const stretch = /\S+/g;
  while (stretch.test(text)) words += 1;
  return words;
}

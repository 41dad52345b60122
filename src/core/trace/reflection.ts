/** Words that mark a reflection. Editable by the person; `version` is stored beside every rate computed with it. */
export interface ReflectionLexicon {
  readonly version: string;
  readonly phrases: readonly string[];
}

/** Coldstart's own default, not the paper's (whose list is not published). */
const defaultLexicon: ReflectionLexicon = {
  version: 'coldstart-1',
  phrases: [
    'wait',
    'hold on',
    'hmm',
    'let me re-check',
    'let me recheck',
    'let me double-check',
    'let me double check',
    'let me verify',
    'recheck',
    're-check',
    'double-check',
    're-evaluate',
    'reevaluate',
    're-examine',
    'reexamine',
    'reconsider',
    'rethink',
    'on second thought',
    'mistake',
    'alternatively',
  ],
};

const patterns = new WeakMap<ReflectionLexicon, RegExp>();

function patternOf(lexicon: ReflectionLexicon): RegExp | null {
  const known = patterns.get(lexicon);
  if (known !== undefined) return known;
  const phrases = lexicon.phrases
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '')
    .sort((a, b) => b.length - a.length)
    .map((phrase) => phrase.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/\s+/g, '\\s+'));
  if (phrases.length === 0) return null;
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${phrases.join('|')})(?![\\p{L}\\p{N}_])`, 'giu');
  patterns.set(lexicon, pattern);
  return pattern;
}

/** Half-open UTF-16 ranges of reflection words, in order and without overlap; the longer phrase wins. */
export function findReflections(
  text: string,
  lexicon: ReflectionLexicon = defaultLexicon,
): [number, number][] {
  const pattern = patternOf(lexicon);
  if (pattern === null) return [];
  return Array.from(text.matchAll(pattern), (found) => [found.index, found.index + found[0].length]);
}

import { RE2JS } from 're2js';

const longestPattern = 1000;
/** Instructions of a compiled pattern; each may cost a step for each character of a text. */
const largestProgram = 5000;

/** Why a pattern is no regular expression (RE2 syntax: no look-around, no back-references), or null. */
export function patternProblem(pattern: string): string | null {
  if (pattern.length > longestPattern) return `The pattern is longer than ${longestPattern} characters.`;
  try {
    if (RE2JS.compile(pattern).programSize() <= largestProgram) return null;
    return 'The pattern repeats too much to be searched for.';
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `Not a usable regular expression (RE2 syntax): ${reason}.`;
  }
}

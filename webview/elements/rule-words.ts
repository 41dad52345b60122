import type { GradeRule } from '../../src/core/verify/grade.ts';

const words: Readonly<Record<GradeRule, string>> = {
  'string-equal': 'the same text',
  'normalised-equal': 'the same once normalised',
  empty: 'no answer',
  'bracket-mismatch': 'other brackets',
  'element-count': 'another number of elements',
  'fraction-string': 'fractions that differ as text',
  'integer-mismatch': 'another integer',
  'too-long': 'too long to compare',
  symbolic: 'compared symbolically',
  'symbolic-refused': 'other text',
  'symbolic-error': 'other text, not readable as math',
  'refused-size': 'too large to compute',
};

/** What decided a verdict, in words; the rule itself where there are none for it. */
export const ruleWords = (rule: string): string =>
  Object.entries(words).find(([name]) => name === rule)?.[1] ?? rule;

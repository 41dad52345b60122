import { mathdNormalise } from './mathd-normalise.ts';
import { dropThousandsCommas, isIntegerText, normalise } from './normalise.ts';
import { pythonStrip } from './python-text.ts';
import { differenceIsZero, type SymbolicRule } from './symbolic.ts';

/** What decided a grade; the `symbolic-` rules come from the step that mathruler hands to sympy. */
export type GradeRule =
  | 'string-equal'
  | 'normalised-equal'
  | 'empty'
  | 'bracket-mismatch'
  | 'element-count'
  | 'fraction-string'
  | 'integer-mismatch'
  | 'too-long'
  | SymbolicRule;

export interface Grade {
  correct: boolean;
  rule: GradeRule;
}

/** Longer answers are not graded: no real answer is that long, and every step stays bounded. */
const longestAnswer = 20_000;

/**
 * mathruler 0.1.0's `grade_answer(given, ground_truth)`, quirks included; never evaluates or hangs.
 * Where mathruler would compute a power of unbounded size, this answers incorrect with `refused-size`.
 */
export function gradeAnswer(given: string | null, groundTruth: string): Grade {
  if (given === null) return { correct: false, rule: 'empty' };
  if (given.length > longestAnswer || groundTruth.length > longestAnswer) {
    const correct = pythonStrip(given) === pythonStrip(groundTruth);
    return { correct, rule: correct ? 'string-equal' : 'too-long' };
  }
  if (given === groundTruth || mathdNormalise(given) === mathdNormalise(groundTruth)) {
    return { correct: true, rule: 'string-equal' };
  }
  const truth = normalise(groundTruth);
  const answer = normalise(given);
  if (truth === answer) return { correct: true, rule: 'normalised-equal' };
  if (answer === '') return { correct: false, rule: 'empty' };
  const truthElements = splitElements(truth);
  const answerElements = splitElements(answer);
  const sameEnds = firstOf(truth) === firstOf(answer) && lastOf(truth) === lastOf(answer);
  if (truthElements.length > 1 && !sameEnds) return { correct: false, rule: 'bracket-mismatch' };
  if (truthElements.length !== answerElements.length) return { correct: false, rule: 'element-count' };
  return gradeElements(truthElements, answerElements);
}

function gradeElements(truths: readonly string[], answers: readonly string[]): Grade {
  let grade: Grade = { correct: false, rule: 'element-count' };
  for (const [index, truth] of truths.entries()) {
    grade = gradeElement(truth, answers[index] ?? '');
    if (!grade.correct) return grade;
  }
  return grade;
}

function gradeElement(truth: string, answer: string): Grade {
  if (isFractionText(truth) && isFractionText(answer)) {
    return { correct: truth === answer, rule: 'fraction-string' };
  }
  if (isIntegerText(truth) !== isIntegerText(answer)) return { correct: false, rule: 'integer-mismatch' };
  return differenceIsZero(truth, answer);
}

function isFractionText(text: string): boolean {
  return /^-?[0-9]+[^\n]?\/0*[1-9][0-9]*[^\n]?\n?$/u.test(text);
}

/** The elements of a tuple or interval; anything else is one element, empty text is none. */
function splitElements(text: string): string[] {
  const plain = dropThousandsCommas(text);
  if (plain === '') return [];
  const inside = plain.slice(1, -1);
  const bracketed = plain.length > 2 && /^[()[\]]/.test(plain) && /[()[\]]$/.test(plain);
  return bracketed && !/[()[\]]/.test(inside) ? inside.split(',').map(pythonStrip) : [plain];
}

function firstOf(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0);
}

function lastOf(text: string): string {
  const pair = /[\ud800-\udbff][\udc00-\udfff]$/.test(text);
  return text.slice(pair ? -2 : -1);
}

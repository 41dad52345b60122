import type { Extraction } from '../run/spec.ts';
import { extractAnswer } from './extract.ts';
import { type Grade, type GradeRule, gradeAnswer } from './grade.ts';

export type VerdictState = 'correct' | 'incorrect' | 'unparsed';

/** What a completion earns against its ground truth, what was read from it, and which rule decided. */
export interface Verdict {
  state: VerdictState;
  extracted: string | null;
  rule: GradeRule | 'no-answer';
}

/** Grades one given answer against one ground truth. */
export type Grader = (given: string, groundTruth: string) => Grade;

/**
 * The verdict on a completion, or null when there is no ground truth to check against.
 * Nothing extracted is always `unparsed`; mathruler would grade the word `None` then, and so call a
 * ground truth of "none" correct: we do not.
 */
export function verdictOf(
  completion: string,
  groundTruth: string | null,
  extraction: Extraction,
  grade: Grader = gradeAnswer,
): Verdict | null {
  if (groundTruth === null) return null;
  const extracted = extractAnswer(completion, extraction);
  if (extracted === null) return { state: 'unparsed', extracted: null, rule: 'no-answer' };
  const { correct, rule } = grade(extracted.text, groundTruth);
  return { state: correct ? 'correct' : 'incorrect', extracted: extracted.text, rule };
}

/** A grader that remembers up to `limit` pairs, forgetting the oldest half when full. */
export function createGrader(limit: number): Grader {
  let recent = new Map<string, Grade>();
  let older = new Map<string, Grade>();
  return (given, groundTruth) => {
    const key = `${given.length}:${given}${groundTruth}`;
    const known = recent.get(key) ?? older.get(key);
    const grade = known ?? gradeAnswer(given, groundTruth);
    if (known === undefined || !recent.has(key)) {
      if (recent.size * 2 >= limit) {
        older = recent;
        recent = new Map();
      }
      recent.set(key, grade);
    }
    return grade;
  };
}

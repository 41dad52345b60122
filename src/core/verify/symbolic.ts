import { NoValue, SizeRefused } from './rational.ts';
import {
  type Complex,
  Digits,
  decimalField,
  doubleField,
  evaluateComplex,
  type Letters,
} from './symbolic-complex.ts';
import { evaluateExact, NotRational } from './symbolic-exact.ts';
import { type Expression, parseExpression } from './symbolic-parse.ts';

/** `refused`: mathruler itself does not try; `error`: sympy could not read it; `refused-size`: our bound. */
export type SymbolicRule = 'symbolic' | 'symbolic-refused' | 'symbolic-error' | 'refused-size';

export interface SymbolicGrade {
  correct: boolean;
  rule: SymbolicRule;
}

const longestExpression = 3000;

/**
 * mathruler's last step, `simplify((truth)-(answer)) == 0`, without a computer algebra system: fractions
 * exactly, decimals as doubles, surds and pi to 60 digits, letters at four complex points.
 */
export function differenceIsZero(truth: string, answer: string): SymbolicGrade {
  const text = `(${truth})-(${answer})`;
  if (isRefused(text)) return { correct: false, rule: 'symbolic-refused' };
  if (text.length > longestExpression) return { correct: false, rule: 'refused-size' };
  const expression = parseExpression(text);
  if (expression === null) return { correct: false, rule: 'symbolic-error' };
  try {
    return { correct: isZeroExpression(expression), rule: 'symbolic' };
  } catch (error) {
    if (error instanceof SizeRefused) return { correct: false, rule: 'refused-size' };
    if (error instanceof NoValue || isDecimalError(error)) return { correct: false, rule: 'symbolic' };
    throw error;
  }
}

/** mathruler's own guard against expressions that would take sympy too long. */
function isRefused(text: string): boolean {
  if (text.includes('^(') || /\^[0-9]+\^/.test(text) || /\^[0-9][0-9]/.test(text)) return true;
  const letters = text.replaceAll('sqrt', '').replaceAll('frac', '').match(/\p{L}/gu);
  return letters !== null && new Set(letters).size > 2;
}

function isDecimalError(error: unknown): boolean {
  return error instanceof Error && error.message.includes('[DecimalError]');
}

function isZeroExpression(expression: Expression): boolean {
  const traits = { letters: false, decimals: false, longDecimals: false };
  collectTraits(expression, traits);
  if (traits.letters) return agreesAtPoints(expression);
  try {
    const value = evaluateExact(expression, traits.longDecimals);
    return value.kind === 'double' ? value.value === 0 : value.value.top === 0n;
  } catch (error) {
    if (!(error instanceof NotRational)) throw error;
  }
  return agreesToSixtyDigits(expression);
}

function collectTraits(
  expression: Expression,
  traits: { letters: boolean; decimals: boolean; longDecimals: boolean },
): void {
  switch (expression.kind) {
    case 'letter':
      traits.letters = true;
      return;
    case 'decimal':
      traits.decimals = true;
      if (significantDigits(expression.text) > 15) traits.longDecimals = true;
      return;
    case 'binary':
      collectTraits(expression.left, traits);
      collectTraits(expression.right, traits);
      return;
    case 'negative':
    case 'factorial':
    case 'call':
      collectTraits(expression.of, traits);
      return;
    case 'integer':
    case 'constant':
      return;
  }
}

function significantDigits(text: string): number {
  const mantissa = text.split('e')[0] ?? '';
  return mantissa.replace('.', '').replace(/^0+/, '').length;
}

/** The two sides of the difference; sides that do not form a difference are compared with zero. */
function sidesOf(expression: Expression): [Expression, Expression] {
  if (expression.kind === 'binary' && expression.operator === '-') return [expression.left, expression.right];
  return [expression, { kind: 'integer', digits: '0' }];
}

const noLetters: Letters = () => {
  throw new NoValue();
};

function agreesToSixtyDigits(expression: Expression): boolean {
  const [left, right] = sidesOf(expression);
  const a = evaluateComplex(doubleField, left, noLetters);
  const b = evaluateComplex(doubleField, right, noLetters);
  if (isFiniteComplex(a) && isFiniteComplex(b) && !isClose(a, b)) return false;
  const exactA = evaluateComplex(decimalField, left, noLetters);
  const exactB = evaluateComplex(decimalField, right, noLetters);
  const scale = Digits.max(1, exactA.re.abs(), exactA.im.abs(), exactB.re.abs(), exactB.im.abs());
  const distance = Digits.max(exactA.re.minus(exactB.re).abs(), exactA.im.minus(exactB.im).abs());
  return distance.lt(scale.times('1e-60'));
}

/** Fixed pseudo-random complex points: equal expressions agree at each, others at none. */
function agreesAtPoints(expression: Expression): boolean {
  const [left, right] = sidesOf(expression);
  for (let point = 0; point < 4; point += 1) {
    const letters: Letters = (name) => letterValue(name, point);
    const a = evaluateComplex(doubleField, left, letters);
    const b = evaluateComplex(doubleField, right, letters);
    if (!isFiniteComplex(a) || !isFiniteComplex(b) || !isClose(a, b)) return false;
  }
  return true;
}

function letterValue(name: string, point: number): Complex<number> {
  let hash = 2166136261 ^ point;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  const first = scramble(hash);
  const second = scramble(first ^ 0x9e3779b9);
  return { re: first / 2 ** 31 - 1 + 0.31, im: second / 2 ** 31 - 1 + 0.17 };
}

function scramble(seed: number): number {
  let value = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function isFiniteComplex(value: Complex<number>): boolean {
  return Number.isFinite(value.re) && Number.isFinite(value.im);
}

function isClose(a: Complex<number>, b: Complex<number>): boolean {
  const distance = Math.hypot(a.re - b.re, a.im - b.im);
  const scale = Math.max(Math.hypot(a.re, a.im), Math.hypot(b.re, b.im));
  return distance <= 1e-9 * Math.max(scale, 1e-300) || distance === 0;
}

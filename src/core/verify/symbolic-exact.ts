import {
  add,
  divide,
  exactRoot,
  factorial,
  fromDecimal,
  fromDouble,
  isZero,
  multiply,
  NoValue,
  negate,
  power,
  type Rational,
  rational,
  SizeRefused,
  toDouble,
} from './rational.ts';
import type { Expression, FunctionName } from './symbolic-parse.ts';

/** Thrown when an expression is more than rational arithmetic: a surd, pi, a letter, a complex number. */
export class NotRational extends Error {}

/** A fraction, or a double once a decimal has taken part, as sympy's Float makes it. */
export type ExactValue = { kind: 'fraction'; value: Rational } | { kind: 'double'; value: number };

/**
 * The value of an expression of plain numbers, computed as sympy does: fractions exactly, decimals as IEEE
 * doubles from left to right, or exactly too when `exactDecimals` is set.
 */
export function evaluateExact(expression: Expression, exactDecimals: boolean): ExactValue {
  const evaluate = (part: Expression): ExactValue => evaluateExact(part, exactDecimals);
  switch (expression.kind) {
    case 'integer':
      return fraction(rational(readInteger(expression.digits), 1n));
    case 'decimal':
      if (exactDecimals) return fraction(fromDecimal(expression.text));
      return double(Number(expression.text));
    case 'letter':
    case 'constant':
      throw new NotRational();
    case 'negative': {
      const of = evaluate(expression.of);
      return of.kind === 'double' ? double(-of.value) : fraction(negate(of.value));
    }
    case 'factorial': {
      const of = evaluate(expression.of);
      if (of.kind === 'double' || of.value.bottom !== 1n || of.value.top < 0n) throw new NotRational();
      return fraction(rational(factorial(of.value.top, expression.double ? 2n : 1n), 1n));
    }
    case 'call':
      return evaluateCall(expression.name, evaluate(expression.of));
    case 'binary': {
      const left = evaluate(expression.left);
      const right = evaluate(expression.right);
      if (expression.operator === '**') return raise(left, right);
      return combine(expression.operator, left, right);
    }
  }
}

/** The integer that a literal stands for, in base 2, 8, 10 or 16. */
export function readInteger(digits: string): bigint {
  if (digits.length > 4300) throw new SizeRefused();
  return BigInt(digits);
}

function fraction(value: Rational): ExactValue {
  return { kind: 'fraction', value };
}

function double(value: number): ExactValue {
  if (!Number.isFinite(value)) throw new NoValue();
  return { kind: 'double', value };
}

function asDouble(value: ExactValue): number {
  return value.kind === 'double' ? value.value : toDouble(value.value);
}

function combine(operator: '+' | '-' | '*' | '/', left: ExactValue, right: ExactValue): ExactValue {
  if (left.kind === 'fraction' && right.kind === 'fraction') {
    switch (operator) {
      case '+':
        return fraction(add(left.value, right.value));
      case '-':
        return fraction(add(left.value, negate(right.value)));
      case '*':
        return fraction(multiply(left.value, right.value));
      case '/':
        return fraction(divide(left.value, right.value));
    }
  }
  const [a, b] = [asDouble(left), asDouble(right)];
  switch (operator) {
    case '+':
      return double(a + b);
    case '-':
      return double(a - b);
    case '*':
      return double(a * b);
    case '/':
      // sympy divides a Rational by a Float as a product with the reciprocal.
      return double(left.kind === 'fraction' ? a * (1 / b) : a / b);
  }
}

function raise(base: ExactValue, exponent: ExactValue): ExactValue {
  if (exponent.kind === 'double') return realPower(asDouble(base), exponent.value);
  const order = exponent.value.bottom;
  if (base.kind === 'double') {
    if (order !== 1n) return realPower(base.value, toDouble(exponent.value));
    const size = exponent.value.top < 0n ? -exponent.value.top : exponent.value.top;
    if (size > 30n) return realPower(base.value, toDouble(exponent.value));
    if (base.value === 0 && exponent.value.top < 0n) throw new NoValue();
    return double(toDouble(power(fromDouble(base.value), exponent.value.top)));
  }
  if (order === 1n) {
    if (isZero(base.value) && exponent.value.top < 0n) throw new NoValue();
    return fraction(power(base.value, exponent.value.top));
  }
  if (base.value.top < 0n) throw new NotRational();
  const root = exactRoot(base.value, order);
  if (root === null) throw new NotRational();
  if (isZero(root) && exponent.value.top < 0n) throw new NoValue();
  return fraction(power(root, exponent.value.top));
}

function realPower(base: number, exponent: number): ExactValue {
  if (base < 0) throw new NotRational();
  return double(base ** exponent);
}

function evaluateCall(name: FunctionName, of: ExactValue): ExactValue {
  switch (name) {
    case 'sqrt':
      if (of.kind === 'fraction') return raise(of, fraction({ top: 1n, bottom: 2n }));
      return of.value < 0 ? notRational() : double(Math.sqrt(of.value));
    case 're':
      return of;
    case 'im':
      return fraction({ top: 0n, bottom: 1n });
    case 'ln':
      if (of.kind === 'fraction' && of.value.top === of.value.bottom)
        return fraction({ top: 0n, bottom: 1n });
      return of.kind === 'double' && of.value > 0 ? double(Math.log(of.value)) : notRational();
    case 'csc':
      return of.kind === 'double' ? double(1 / Math.sin(of.value)) : notRational();
    case 'frac': {
      if (of.kind === 'double') return double(of.value - Math.floor(of.value));
      const { top, bottom } = of.value;
      return fraction(rational(((top % bottom) + bottom) % bottom, bottom));
    }
  }
}

function notRational(): never {
  throw new NotRational();
}

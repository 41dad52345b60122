import { Decimal } from 'decimal.js';
import { NoValue, SizeRefused } from './rational.ts';
import { readInteger } from './symbolic-exact.ts';
import type { Expression } from './symbolic-parse.ts';

/** Decimals of 80 digits, of which 60 must agree for two surds to count as equal. */
export const Digits: typeof Decimal = Decimal.clone({ precision: 80, rounding: Decimal.ROUND_HALF_EVEN });

/** The arithmetic an expression is evaluated in: complex numbers over some kind of real number. */
export interface Field<R> {
  read(digits: string): R;
  pi(): R;
  add(a: R, b: R): R;
  subtract(a: R, b: R): R;
  multiply(a: R, b: R): R;
  divide(a: R, b: R): R;
  sqrt(a: R): R;
  exp(a: R): R;
  ln(a: R): R;
  sin(a: R): R;
  cos(a: R): R;
  atan2(y: R, x: R): R;
  toNumber(a: R): number;
}

export interface Complex<R> {
  re: R;
  im: R;
}

export const doubleField: Field<number> = {
  read: Number,
  pi: () => Math.PI,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  atan2: Math.atan2,
  toNumber: (a) => a,
};

export const decimalField: Field<Decimal> = {
  read: (digits) => new Digits(digits),
  pi: () => Digits.acos(-1),
  add: (a, b) => a.plus(b),
  subtract: (a, b) => a.minus(b),
  multiply: (a, b) => a.times(b),
  divide: (a, b) => a.div(b),
  sqrt: (a) => a.sqrt(),
  exp: (a) => a.exp(),
  ln: (a) => a.ln(),
  sin: (a) => a.sin(),
  cos: (a) => a.cos(),
  atan2: (y, x) => Digits.atan2(y, x),
  toNumber: (a) => a.toNumber(),
};

/** Values of letters, in doubles: only expressions without letters are evaluated in decimals. */
export type Letters = (name: string) => Complex<number>;

const largestExponent = 2000;

/** The complex value of an expression; throws NoValue (no finite value) or SizeRefused. */
export function evaluateComplex<R>(field: Field<R>, expression: Expression, letters: Letters): Complex<R> {
  const real = (re: R): Complex<R> => ({ re, im: field.read('0') });
  const evaluate = (part: Expression): Complex<R> => evaluateComplex(field, part, letters);
  switch (expression.kind) {
    case 'integer':
      return real(field.read(readInteger(expression.digits).toString()));
    case 'decimal':
      return real(field.read(expression.text));
    case 'letter': {
      const value = letters(expression.name);
      return { re: field.read(String(value.re)), im: field.read(String(value.im)) };
    }
    case 'constant':
      return expression.name === 'pi' ? real(field.pi()) : { re: field.read('0'), im: field.read('1') };
    case 'negative':
      return minus(field, real(field.read('0')), evaluate(expression.of));
    case 'factorial':
      if (expression.double) throw new NoValue();
      return factorialOf(field, evaluate(expression.of));
    case 'call':
      // sympy takes the root of a decimal at once, in double precision.
      if (expression.name === 'sqrt' && expression.of.kind === 'decimal') {
        return real(field.read(String(Math.sqrt(Number(expression.of.text)))));
      }
      return call(field, expression.name, evaluate(expression.of));
    case 'binary': {
      const left = evaluate(expression.left);
      const right = evaluate(expression.right);
      switch (expression.operator) {
        case '+':
          return { re: field.add(left.re, right.re), im: field.add(left.im, right.im) };
        case '-':
          return minus(field, left, right);
        case '*':
          return times(field, left, right);
        case '/':
          return over(field, left, right);
        case '**':
          return raise(field, left, right);
      }
    }
  }
}

function minus<R>(field: Field<R>, a: Complex<R>, b: Complex<R>): Complex<R> {
  return { re: field.subtract(a.re, b.re), im: field.subtract(a.im, b.im) };
}

function times<R>(field: Field<R>, a: Complex<R>, b: Complex<R>): Complex<R> {
  const re = field.subtract(field.multiply(a.re, b.re), field.multiply(a.im, b.im));
  const im = field.add(field.multiply(a.re, b.im), field.multiply(a.im, b.re));
  return { re, im };
}

function over<R>(field: Field<R>, a: Complex<R>, b: Complex<R>): Complex<R> {
  const size = field.add(field.multiply(b.re, b.re), field.multiply(b.im, b.im));
  if (field.toNumber(size) === 0) throw new NoValue();
  const product = times(field, a, { re: b.re, im: field.subtract(field.read('0'), b.im) });
  return { re: field.divide(product.re, size), im: field.divide(product.im, size) };
}

function raise<R>(field: Field<R>, base: Complex<R>, exponent: Complex<R>): Complex<R> {
  const power = field.toNumber(exponent.re);
  const isReal = field.toNumber(exponent.im) === 0;
  if (!(Math.abs(power) <= largestExponent)) throw new SizeRefused();
  if (isReal && Number.isInteger(power)) {
    const positive = integerPower(field, base, Math.abs(power));
    return power < 0 ? over(field, { re: field.read('1'), im: field.read('0') }, positive) : positive;
  }
  if (field.toNumber(base.re) === 0 && field.toNumber(base.im) === 0) {
    if (isReal && power > 0) return base;
    throw new NoValue();
  }
  if (isReal && power === 0.5) return squareRoot(field, base);
  return exponential(field, times(field, exponent, logarithm(field, base)));
}

function integerPower<R>(field: Field<R>, base: Complex<R>, exponent: number): Complex<R> {
  let result: Complex<R> = { re: field.read('1'), im: field.read('0') };
  let square = base;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = times(field, result, square);
    if (left > 1) square = times(field, square, square);
  }
  return result;
}

function call<R>(field: Field<R>, name: string, of: Complex<R>): Complex<R> {
  const zero = field.read('0');
  switch (name) {
    case 'sqrt':
      return squareRoot(field, of);
    case 'ln':
      if (field.toNumber(of.re) === 0 && field.toNumber(of.im) === 0) throw new NoValue();
      return logarithm(field, of);
    case 're':
      return { re: of.re, im: zero };
    case 'im':
      return { re: of.im, im: zero };
    case 'csc': {
      const turned = { re: field.subtract(zero, of.im), im: of.re };
      const forth = exponential(field, turned);
      const back = exponential(field, minus(field, { re: zero, im: zero }, turned));
      return over(field, { re: zero, im: field.read('2') }, minus(field, forth, back));
    }
    default:
      throw new NoValue();
  }
}

/** The principal square root. */
function squareRoot<R>(field: Field<R>, of: Complex<R>): Complex<R> {
  const zero = field.read('0');
  if (field.toNumber(of.im) === 0) {
    if (field.toNumber(of.re) >= 0) return { re: field.sqrt(of.re), im: zero };
    return { re: zero, im: field.sqrt(field.subtract(zero, of.re)) };
  }
  const squares = field.add(field.multiply(of.re, of.re), field.multiply(of.im, of.im));
  const size = field.sqrt(squares);
  const two = field.read('2');
  const re = field.sqrt(field.divide(field.add(size, of.re), two));
  const im = field.sqrt(field.divide(field.subtract(size, of.re), two));
  return { re, im: field.toNumber(of.im) < 0 ? field.subtract(zero, im) : im };
}

function logarithm<R>(field: Field<R>, of: Complex<R>): Complex<R> {
  const squares = field.add(field.multiply(of.re, of.re), field.multiply(of.im, of.im));
  return { re: field.divide(field.ln(squares), field.read('2')), im: field.atan2(of.im, of.re) };
}

function exponential<R>(field: Field<R>, of: Complex<R>): Complex<R> {
  if (!(Math.abs(field.toNumber(of.re)) < 20_000 && Math.abs(field.toNumber(of.im)) < 20_000)) {
    throw new SizeRefused();
  }
  const size = field.exp(of.re);
  return { re: field.multiply(size, field.cos(of.im)), im: field.multiply(size, field.sin(of.im)) };
}

/** The factorial: a product for small integers, else the gamma function to double precision (Lanczos). */
function factorialOf<R>(field: Field<R>, of: Complex<R>): Complex<R> {
  const [re, im] = [field.toNumber(of.re), field.toNumber(of.im)];
  const zero = field.read('0');
  if (im === 0 && Number.isInteger(re)) {
    if (re < 0) throw new NoValue();
    if (re > 2000) throw new SizeRefused();
    let product = field.read('1');
    for (let factor = 2; factor <= re; factor += 1)
      product = field.multiply(product, field.read(String(factor)));
    return { re: product, im: zero };
  }
  const gamma = lanczos({ re, im });
  return { re: field.read(String(gamma.re)), im: field.read(String(gamma.im)) };
}

const lanczosTerms = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

function lanczos(z: Complex<number>): Complex<number> {
  if (z.re < -0.5) throw new NoValue();
  let sum: Complex<number> = { re: 0.9999999999998099, im: 0 };
  for (const [index, term] of lanczosTerms.entries()) {
    const part = over(doubleField, { re: term, im: 0 }, { re: z.re + index + 1, im: z.im });
    sum = { re: sum.re + part.re, im: sum.im + part.im };
  }
  const t = { re: z.re + lanczosTerms.length - 0.5, im: z.im };
  const growth = times(doubleField, { re: z.re + 0.5, im: z.im }, logarithm(doubleField, t));
  const scale = exponential(doubleField, { re: growth.re - t.re, im: growth.im - t.im });
  const product = times(doubleField, scale, sum);
  const root = Math.sqrt(2 * Math.PI);
  return { re: product.re * root, im: product.im * root };
}

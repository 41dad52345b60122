/** An exact fraction in lowest terms, denominator positive. */
export interface Rational {
  top: bigint;
  bottom: bigint;
}

/** Thrown when an exact number would exceed `mostBits`: mathruler would go on, possibly for ever. */
export class SizeRefused extends Error {}

/** Thrown for values without a finite number: division by zero, 0 to a negative power. */
export class NoValue extends Error {}

/** About 4,300 digits, where Python itself refuses to read an integer. */
const mostBits = 14_300;
const bound = 1n << BigInt(mostBits);

export function rational(top: bigint, bottom: bigint): Rational {
  if (bottom === 0n) throw new NoValue();
  if (bottom < 0n) return rational(-top, -bottom);
  if (top > bound || -top > bound || bottom > bound) throw new SizeRefused();
  if (bottom === 1n) return { top, bottom };
  const common = greatestCommonDivisor(top < 0n ? -top : top, bottom);
  return { top: top / common, bottom: bottom / common };
}

export function isZero(value: Rational): boolean {
  return value.top === 0n;
}

export function add(a: Rational, b: Rational): Rational {
  return rational(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
}

export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.top * b.top, a.bottom * b.bottom);
}

export function divide(a: Rational, b: Rational): Rational {
  return rational(a.top * b.bottom, a.bottom * b.top);
}

export function negate(a: Rational): Rational {
  return { top: -a.top, bottom: a.bottom };
}

/** An integral power; refused before it is computed when the result would be too large. */
export function power(base: Rational, exponent: bigint): Rational {
  if (exponent < 0n) return power(divide({ top: 1n, bottom: 1n }, base), -exponent);
  if (exponent === 0n) return { top: 1n, bottom: 1n };
  const size = base.top < 0n ? -base.top : base.top;
  if (size <= 1n && base.bottom === 1n) {
    return { top: base.top < 0n && exponent % 2n === 0n ? 1n : base.top, bottom: 1n };
  }
  const bits = Math.max(bitLength(size), bitLength(base.bottom)) - 1;
  if (exponent > BigInt(mostBits) || Math.max(bits, 1) * Number(exponent) > mostBits) throw new SizeRefused();
  return { top: base.top ** exponent, bottom: base.bottom ** exponent };
}

/** The exact root of the given order of a non-negative fraction, or null when it is irrational. */
export function exactRoot(value: Rational, order: bigint): Rational | null {
  const top = integerRoot(value.top, order);
  const bottom = top === null ? null : integerRoot(value.bottom, order);
  return top === null || bottom === null ? null : { top, bottom };
}

/** n! (or n!! when `step` is 2). */
export function factorial(value: bigint, step: bigint): bigint {
  if (value > 2000n) throw new SizeRefused();
  let product = 1n;
  for (let factor = value; factor > 1n; factor -= step) product *= factor;
  if (product > bound) throw new SizeRefused();
  return product;
}

/** The nearest double, ties to even, as IEEE division of the two integers would give. */
export function toDouble(value: Rational): number {
  const negative = value.top < 0n;
  const top = negative ? -value.top : value.top;
  if (top === 0n) return 0;
  const shift = 66 - (bitLength(top) - bitLength(value.bottom));
  const scaledTop = shift > 0 ? top << BigInt(shift) : top;
  const scaledBottom = shift < 0 ? value.bottom << BigInt(-shift) : value.bottom;
  const quotient = scaledTop / scaledBottom;
  const sticky = quotient * scaledBottom === scaledTop ? 0n : 1n;
  const size = scaleByPowerOfTwo(Number((quotient << 1n) | sticky), -shift - 1);
  return negative ? -size : size;
}

/** The exact fraction a finite double stands for. */
export function fromDouble(value: number): Rational {
  if (!Number.isFinite(value)) throw new NoValue();
  let exponent = 0;
  let mantissa = value;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent += 1;
  }
  return rational(BigInt(mantissa), 1n << BigInt(exponent));
}

/** The exact value of a decimal literal such as `1.50`, `.5`, `3e-2`. */
export function fromDecimal(text: string): Rational {
  const [mantissa = '', exponentText = '0'] = text.split('e');
  const [whole = '', places = ''] = mantissa.split('.');
  const exponent = Number(exponentText) - places.length;
  if (Math.abs(exponent) > 4000 || whole.length + places.length > 4000) throw new SizeRefused();
  const digits = BigInt(`${whole}${places}` || '0');
  const scale = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0 ? rational(digits, scale) : rational(digits * scale, 1n);
}

function scaleByPowerOfTwo(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.charAt(0), 16)));
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [large, small] = [a, b];
  while (small !== 0n) [large, small] = [small, large % small];
  return large === 0n ? 1n : large;
}

function integerRoot(value: bigint, order: bigint): bigint | null {
  if (value < 2n) return value;
  if (order > BigInt(mostBits)) return null;
  let guess = 1n << BigInt(Math.ceil(bitLength(value) / Number(order)) + 1);
  for (;;) {
    const next = ((order - 1n) * guess + value / guess ** (order - 1n)) / order;
    if (next >= guess) break;
    guess = next;
  }
  return guess ** order === value ? guess : null;
}

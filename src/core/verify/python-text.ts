/** Text rules of Python that the reference grader relies on and that differ from JavaScript's. */

const pythonSpace = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const leadingSpace = new RegExp(`^[${pythonSpace}]+`);
const spaceCharacter = new RegExp(`^[${pythonSpace}]$`);

/** True for one character that Python's `str.isspace()` accepts. */
export function isPythonSpace(character: string): boolean {
  return character === ' ' || character === '\n' || (character !== '' && spaceCharacter.test(character));
}

/** Python's `str.strip()`: unlike `trim()` it takes U+001C-1F and U+0085 and leaves U+FEFF. */
export function pythonStrip(text: string): string {
  let end = text.length;
  while (end > 0 && isPythonSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end).replace(leadingSpace, '');
}

const floatShape =
  /^[+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:e[+-]?[0-9]+(?:_[0-9]+)*)?$/i;
const infinityShape = /^([+-]?)inf(?:inity)?$/i;
const otherDigit = /[^\0-\x7f]/;

/** Python's `float(text)`, or null where it raises: any Unicode digit, `_` between digits, `inf`, `nan`. */
export function pythonFloat(text: string): number | null {
  if (text.length > 100_000) return null;
  let plain = pythonStrip(text);
  if (otherDigit.test(plain)) plain = plain.replace(/\p{Nd}/gu, asciiDigit);
  if (floatShape.test(plain)) return Number(plain.replaceAll('_', ''));
  const infinite = infinityShape.exec(plain);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return /^[+-]?nan$/i.test(plain) ? Number.NaN : null;
}

/** The value of a decimal digit of any script: those digits come in runs of ten from zero upwards. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  if (code < 0x80) return digit;
  if (code >= 0x1d7ce && code <= 0x1d7ff) return String((code - 0x1d7ce) % 10);
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(code - zero);
}

/** True when a number is within 1e-7 of an integer. */
export function isNearInteger(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value - Math.round(value)) <= 1e-7;
}

/** The exact digits of an integral double, as Python prints an int (1e30 gives 31 digits). */
export function integerText(value: number): string {
  return BigInt(value).toString();
}

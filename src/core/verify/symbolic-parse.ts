/** An expression as sympy reads it: adjacency is multiplication, names are letters. */
export type Expression =
  | { kind: 'integer'; digits: string }
  | { kind: 'decimal'; text: string }
  | { kind: 'letter'; name: string }
  | { kind: 'constant'; name: 'pi' | 'i' }
  | { kind: 'negative'; of: Expression }
  | { kind: 'binary'; operator: '+' | '-' | '*' | '/' | '**'; left: Expression; right: Expression }
  | { kind: 'factorial'; of: Expression; double: boolean }
  | { kind: 'call'; name: FunctionName; of: Expression };

export type FunctionName = 'sqrt' | 'ln' | 're' | 'im' | 'csc' | 'frac';

type Token =
  | { kind: 'value'; value: Expression }
  | { kind: 'call'; name: FunctionName }
  | { kind: 'mark'; text: string };

const functionNames: ReadonlySet<string> = new Set(['sqrt', 'ln', 're', 'im', 'csc', 'frac']);
/** Python keywords, and sympy or Python names that are neither a number nor a function we evaluate. */
const unusableNames: ReadonlySet<string> = new Set(
  'if in is as or oo zoo nan li ff rf gff jn yn hn1 hn2 id all'.split(' '),
);
/** Names of Greek letters are one symbol to sympy; longer ones have too many letters to get here. */
const wholeNames: ReadonlySet<string> = new Set(['mu', 'nu', 'xi']);

const mostTokens = 4000;
const deepest = 150;

const patterns = {
  decimal:
    /(?:[0-9](?:_?[0-9])*\.(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:e[+-]?[0-9](?:_?[0-9])*)?|[0-9](?:_?[0-9])*e[+-]?[0-9](?:_?[0-9])*/y,
  imaginary: /[0-9](?:_?[0-9])*j/y,
  based: /0x(?:_?[0-9a-f])+|0b(?:_?[01])+|0o(?:_?[0-7])+/y,
  integer: /0(?:_?0)*|[1-9](?:_?[0-9])*/y,
  name: /[\p{XID_Start}_][\p{L}\p{N}_]*/uy,
  operator: /\*\*|[-+*/()!]/y,
  blank: /[ \t\f]+/y,
  line: /\r?\n/y,
};

/** Parses the text that mathruler hands to sympy, or gives null where sympy or Python would raise. */
export function parseExpression(text: string): Expression | null {
  const read = readTokens(text.replaceAll('^', '**'));
  if (read === null) return null;
  const parser = { ...read, position: 0, depth: 0 };
  const result = parseSum(parser);
  return parser.position === read.tokens.length ? result : null;
}

function readTokens(text: string): { tokens: Token[]; breaks: Set<number> } | null {
  const tokens: Token[] = [];
  const breaks = new Set<number>();
  let position = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match === null) return null;
    position = pattern.lastIndex;
    return match[0];
  };
  while (position < text.length) {
    if (tokens.length > mostTokens) return null;
    if (take(patterns.blank) !== null) continue;
    if (take(patterns.line) !== null) {
      breaks.add(tokens.length);
      continue;
    }
    const imaginary = take(patterns.imaginary);
    if (imaginary !== null) {
      tokens.push({ kind: 'value', value: { kind: 'integer', digits: plainDigits(imaginary.slice(0, -1)) } });
      tokens.push({ kind: 'mark', text: '*' }, { kind: 'value', value: { kind: 'constant', name: 'i' } });
      continue;
    }
    const decimal = take(patterns.decimal);
    if (decimal !== null) {
      tokens.push({ kind: 'value', value: { kind: 'decimal', text: decimal.replaceAll('_', '') } });
      continue;
    }
    const integer = take(patterns.based) ?? take(patterns.integer);
    if (integer !== null) {
      tokens.push({ kind: 'value', value: { kind: 'integer', digits: plainDigits(integer) } });
      continue;
    }
    const name = take(patterns.name);
    if (name !== null) {
      const called = /[(]/.test(text.charAt(position));
      const read = readName(name, called, text.charAt(position) === '!');
      if (read === null) return null;
      tokens.push(...read);
      continue;
    }
    const operator = take(patterns.operator);
    if (operator === null) return null;
    tokens.push({ kind: 'mark', text: operator });
  }
  return { tokens, breaks };
}

function plainDigits(digits: string): string {
  return digits.replaceAll('_', '');
}

/** A function, a constant, or the letters and digit runs of the name; bracketed when `!` follows. */
function readName(name: string, called: boolean, bracketed: boolean): Token[] | null {
  if (unusableNames.has(name)) return null;
  if (functionNames.has(name)) return called ? [{ kind: 'call', name: name as FunctionName }] : null;
  if (name === 'pi') return [{ kind: 'value', value: { kind: 'constant', name } }];
  if (name.includes('_') || wholeNames.has(name)) return [{ kind: 'value', value: { kind: 'letter', name } }];
  const values: Token[] = [];
  for (const part of name.match(/\p{Nd}+|./gsu) ?? []) {
    if (/^\p{Nd}/u.test(part)) {
      if (!/^[0-9]+$/.test(part)) return null;
      values.push({ kind: 'value', value: { kind: 'integer', digits: part } });
    } else if (/^[²³¹⁰-⁹₀-₉]$/.test(part)) {
      return null;
    } else {
      values.push({ kind: 'value', value: { kind: 'letter', name: part } });
    }
  }
  if (!bracketed || values.length < 2) return values;
  return [{ kind: 'mark', text: '(' }, ...values, { kind: 'mark', text: ')' }];
}

interface Parser {
  tokens: readonly Token[];
  /** Positions of tokens after a line break: blank to Python inside brackets, but sympy does not multiply there. */
  breaks: ReadonlySet<number>;
  position: number;
  depth: number;
}

function markAt(parser: Parser): string {
  const token = parser.tokens[parser.position];
  return token?.kind === 'mark' ? token.text : '';
}

function parseSum(parser: Parser): Expression | null {
  parser.depth += 1;
  if (parser.depth > deepest) return null;
  let left = parseProduct(parser);
  while (left !== null) {
    const operator = markAt(parser);
    if (operator !== '+' && operator !== '-') break;
    parser.position += 1;
    const right = parseProduct(parser);
    left = right && { kind: 'binary', operator, left, right };
  }
  parser.depth -= 1;
  return left;
}

function parseProduct(parser: Parser): Expression | null {
  let left = parseSigned(parser);
  while (left !== null) {
    if (parser.position >= parser.tokens.length) break;
    const mark = markAt(parser);
    const operator = mark === '/' ? '/' : '*';
    if (mark === '*' || mark === '/') {
      parser.position += 1;
      const right = parseSigned(parser);
      left = right && { kind: 'binary', operator, left, right };
    } else if ((mark === '' || mark === '(') && !parser.breaks.has(parser.position)) {
      const right = parsePower(parser);
      left = right && { kind: 'binary', operator, left, right };
    } else {
      break;
    }
  }
  return left;
}

function parseSigned(parser: Parser): Expression | null {
  let negative = false;
  for (;;) {
    const mark = markAt(parser);
    if (mark !== '-' && mark !== '+') break;
    if (mark === '-') negative = !negative;
    parser.position += 1;
  }
  const value = parsePower(parser);
  return value !== null && negative ? { kind: 'negative', of: value } : value;
}

function parsePower(parser: Parser): Expression | null {
  const base = parsePostfix(parser);
  if (base === null || markAt(parser) !== '**') return base;
  parser.position += 1;
  parser.depth += 1;
  if (parser.depth > deepest) return null;
  const exponent = parseSigned(parser);
  parser.depth -= 1;
  if (exponent === null) return null;
  // sympy keeps x**2.0 apart from x**2, so a decimal exponent of a letter is a quantity of its own.
  const right: Expression =
    exponent.kind === 'decimal' && holdsLetter(base)
      ? { kind: 'letter', name: `**${Number(exponent.text)}` }
      : exponent;
  return { kind: 'binary', operator: '**', left: base, right };
}

function holdsLetter(expression: Expression): boolean {
  switch (expression.kind) {
    case 'letter':
      return true;
    case 'binary':
      return holdsLetter(expression.left) || holdsLetter(expression.right);
    case 'negative':
    case 'factorial':
    case 'call':
      return holdsLetter(expression.of);
    default:
      return false;
  }
}

function parsePostfix(parser: Parser): Expression | null {
  const value = parsePrimary(parser);
  let marks = 0;
  while (markAt(parser) === '!') {
    marks += 1;
    parser.position += 1;
  }
  if (value === null || marks === 0) return value;
  return marks > 2 ? null : { kind: 'factorial', of: value, double: marks === 2 };
}

function parsePrimary(parser: Parser): Expression | null {
  const token = parser.tokens[parser.position];
  if (token === undefined) return null;
  parser.position += 1;
  if (token.kind === 'value') return token.value;
  if (token.kind === 'call') {
    const of = markAt(parser) === '(' ? parsePrimary(parser) : null;
    return of && { kind: 'call', name: token.name, of };
  }
  if (token.text !== '(') return null;
  const inside = parseSum(parser);
  if (inside === null || markAt(parser) !== ')') return null;
  parser.position += 1;
  return inside;
}

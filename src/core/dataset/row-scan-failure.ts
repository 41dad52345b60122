import { isSpace, skipSpace } from '../trace/json-scan.ts';

/** Why a line is no row; stable, for counting. */
export type RowFailureCode =
  | 'row-empty'
  | 'python-repr'
  | 'non-finite-number'
  | 'truncated'
  | 'raw-control-character'
  | 'trailing-comma'
  | 'several-values'
  | 'too-deep'
  | 'json-invalid';

export interface RowFailure {
  readonly code: RowFailureCode;
  readonly message: string;
  readonly offset: number;
}

type Expect = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

/** A reader that stops at the first thing that is not JSON and says what it is; only used once JSON.parse has refused. */
export function explainFailure(line: string): RowFailure {
  let position = skipSpace(line, 0);
  if (position >= line.length) return failure('row-empty', 'The line is empty.', position);
  const stack: ('{' | '[')[] = [];
  let expect: Expect = 'value';
  const afterValue = (): Expect => (stack.length === 0 ? 'nothing' : 'comma-or-end');
  let comma = false;

  while (position < line.length) {
    const letter = line.charAt(position);
    if (isSpace(letter.charCodeAt(0))) {
      position += 1;
      continue;
    }
    if (expect === 'nothing') return severalValues(line, position);
    const found = misspelling(line, position);
    if (found !== null) return found;
    if (letter === '"' && (expect === 'colon' || expect === 'comma-or-end')) {
      return wanted(expect, letter, position);
    }
    if (letter === '"') {
      const end = readString(line, position);
      if (typeof end !== 'number') return end;
      expect = expectsKey(expect) ? 'colon' : afterValue();
      comma = false;
      position = end;
      continue;
    }
    if ((letter === '}' || letter === ']') && comma) {
      return failure('trailing-comma', `A comma stands before the closing ${letter}.`, position);
    }
    if (letter === ':' && expect === 'colon') expect = 'value';
    else if (letter === ',' && expect === 'comma-or-end') {
      expect = stack.at(-1) === '{' ? 'key' : 'value';
      comma = true;
      position += 1;
      continue;
    } else if ((letter === '{' || letter === '[') && expect.startsWith('value')) {
      stack.push(letter);
      expect = letter === '{' ? 'key-or-end' : 'value-or-end';
    } else if (closes(letter, stack.at(-1), expect)) {
      stack.pop();
      expect = afterValue();
    } else if (expect.startsWith('value')) {
      const scalar = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/.exec(
        line.slice(position, position + 400),
      );
      if (scalar === null) return wanted(expect, letter, position);
      expect = afterValue();
      comma = false;
      position += scalar[0].length;
      continue;
    } else return wanted(expect, letter, position);
    comma = false;
    position += 1;
  }
  return failure(
    'truncated',
    'The row ends in the middle: it was cut off while it was written.',
    line.length,
  );
}

function expectsKey(expect: Expect): boolean {
  return expect === 'key' || expect === 'key-or-end';
}

function closes(letter: string, open: '{' | '[' | undefined, expect: Expect): boolean {
  if (expect !== 'comma-or-end' && !expect.endsWith('or-end')) return false;
  return (letter === '}' && open === '{') || (letter === ']' && open === '[');
}

/** What Python and JavaScript write that JSON does not know. */
function misspelling(line: string, position: number): RowFailure | null {
  const rest = line.slice(position, position + 12);
  const infinite = /^-?(?:NaN|Infinity|nan|inf(?:inity)?)\b/.exec(rest);
  if (infinite !== null) {
    const message = `${infinite[0]} is not JSON. Write null, or the number as text.`;
    return failure('non-finite-number', message, position);
  }
  const word = /^(?:None|True|False)\b/.exec(rest);
  if (word === null && !rest.startsWith("'")) return null;
  const message =
    word === null
      ? 'The row is a Python dict, not JSON: single quotes. Write it with json.dumps(row), not str(row).'
      : `The row is written by Python's str(), not JSON: ${word[0]}. Write it with json.dumps(row).`;
  return failure('python-repr', message, position);
}

function readString(line: string, start: number): number | RowFailure {
  for (let position = start + 1; position < line.length; position += 1) {
    const unit = line.charCodeAt(position);
    if (unit === 0x22) return position + 1;
    if (unit < 0x20) {
      const name =
        unit === 0x09 ? 'tab' : unit === 0x0a ? 'line end' : unit === 0x1b ? 'escape' : 'control character';
      const code = `U+${unit.toString(16).toUpperCase().padStart(4, '0')}`;
      const message = `A raw ${name} (${code}) stands inside a text; JSON wants it escaped.`;
      return failure('raw-control-character', message, position);
    }
    if (unit !== 0x5c) continue;
    const escape4 = line.slice(position, position + 6);
    if (/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(escape4)) {
      position += escape4.charAt(1) === 'u' ? 5 : 1;
      continue;
    }
    if (/^\\(?:u[0-9a-fA-F]{0,4})?$/.test(escape4)) break;
    const message = `"${escape4.slice(0, 2)}" is no escape of JSON; a backslash is written as two.`;
    return failure('json-invalid', message, position);
  }
  return failure(
    'truncated',
    'The row ends inside a text: it was cut off while it was written.',
    line.length,
  );
}

function severalValues(line: string, position: number): RowFailure {
  const letter = line.charAt(position);
  if (letter === '{' || letter === '[') {
    return failure(
      'several-values',
      'Two rows stand on one line; a line end is missing between them.',
      position,
    );
  }
  if (letter === ',') {
    const message = 'A comma follows the row, as inside a JSON array; lines of JSONL have none.';
    return failure('several-values', message, position);
  }
  return failure('several-values', `${show(letter)} follows the end of the row.`, position);
}

const names: Readonly<Record<Exclude<Expect, 'nothing'>, string>> = {
  value: 'a value',
  'value-or-end': 'a value or ]',
  key: 'a key in double quotes',
  'key-or-end': 'a key in double quotes or }',
  colon: 'a colon after the key',
  'comma-or-end': 'a comma or the closing bracket',
};

function wanted(expect: Exclude<Expect, 'nothing'>, letter: string, position: number): RowFailure {
  return failure('json-invalid', `Here should be ${names[expect]}, not ${show(letter)}.`, position);
}

function show(letter: string): string {
  return letter === '"' ? 'a quote' : `"${letter}"`;
}

function failure(code: RowFailureCode, message: string, offset: number): RowFailure {
  return { code, message: code === 'row-empty' ? message : `${message} (column ${offset + 1})`, offset };
}

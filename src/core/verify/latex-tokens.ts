import { isPythonSpace } from './python-text.ts';

export type TokenKind =
  | 'character'
  | 'macro'
  | 'comment'
  | 'open'
  | 'close'
  | 'specials'
  | 'math'
  | 'begin'
  | 'end'
  | 'finish';

/** `before` is the blank text skipped in front; `start`..`end` spans the token without it. */
export interface Token {
  kind: TokenKind;
  text: string;
  before: string;
  after: string;
  start: number;
  end: number;
}

const environmentName = /\s*\{([\p{L}\p{N}_* .-]+)\}/uy;
const letter = /^\p{L}$/u;
const specials = ['---', '--', '``', "''", '!`', '?`', '&', '~'];

/** The token at or after `from`; `brackets` makes `[` and `]` braces, `environments` reads `\begin{…}` whole. */
export function readToken(source: string, from: number, brackets: boolean, environments: boolean): Token {
  let position = from;
  while (position < source.length && isPythonSpace(source.charAt(position))) {
    position += 1;
    if (source.startsWith('\n\n', position - 2) && position - 2 >= from) {
      const before = source.slice(from, position - 2);
      return { kind: 'character', text: '\n\n', before, after: '', start: position - 2, end: position };
    }
  }
  const before = source.slice(from, position);
  const token = (kind: TokenKind, text: string, length: number, after = ''): Token => ({
    kind,
    text,
    before,
    after,
    start: position,
    end: position + length,
  });
  const character = String.fromCodePoint(source.codePointAt(position) ?? 0);
  if (position >= source.length) return token('finish', '', 0);
  if (character === '\\') return readEscape(source, position, environments, token);
  if (character === '%') return readComment(source, position, token);
  if (character === '{' || (brackets && character === '[')) return token('open', character, 1);
  if (character === '}' || (brackets && character === ']')) return token('close', character, 1);
  if (character === '$') {
    const text = source.startsWith('$$', position) ? '$$' : '$';
    return token('math', text, text.length);
  }
  const special = specials.find((text) => source.startsWith(text, position));
  if (special !== undefined) return token('specials', special, special.length);
  return token('character', character, character.length);
}

function readEscape(
  source: string,
  position: number,
  environments: boolean,
  token: (kind: TokenKind, text: string, length: number, after?: string) => Token,
): Token {
  if (position + 1 >= source.length) return { ...token('finish', '', 1), before: '' };
  let name = String.fromCodePoint(source.codePointAt(position + 1) ?? 0);
  let end = position + 1 + name.length;
  const isWord = letter.test(name);
  while (isWord && end < source.length) {
    const next = String.fromCodePoint(source.codePointAt(end) ?? 0);
    if (!letter.test(next)) break;
    name += next;
    end += next.length;
  }
  if (name.length === 1 && '()[]'.includes(name)) return token('math', `\\${name}`, 2);
  if (environments && (name === 'begin' || name === 'end')) {
    environmentName.lastIndex = end;
    const match = environmentName.exec(source);
    if (match === null) return token('character', `\\${name}`, end - position);
    return token(name, match[1] ?? '', environmentName.lastIndex - position);
  }
  const blank = end;
  while (isWord && end < source.length && isPythonSpace(source.charAt(end))) {
    end += 1;
    if (end - blank >= 2 && source.startsWith('\n\n', end - 2)) {
      end -= 2;
      break;
    }
  }
  return token('macro', name, end - position, source.slice(blank, end));
}

function readComment(
  source: string,
  position: number,
  token: (kind: TokenKind, text: string, length: number, after?: string) => Token,
): Token {
  const lineEnd = source.slice(position).search(/[\n\r]/);
  if (lineEnd < 0) return token('comment', '', source.length - position);
  let end = position + lineEnd + 1;
  if (source.charAt(end) === '\n' || source.charAt(end) === '\r') return token('comment', '', lineEnd);
  while (end < source.length && isPythonSpace(source.charAt(end))) end += 1;
  return token('comment', '', end - position, source.slice(position + lineEnd, end));
}

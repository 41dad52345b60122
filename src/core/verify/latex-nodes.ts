import { latexMacros } from './latex-macros.ts';
import { readToken, type Token } from './latex-tokens.ts';
import { isPythonSpace } from './python-text.ts';

/** One node of LaTeX source, as pylatexenc 2.10's tolerant `LatexWalker` reads it. */
export type LatexNode =
  | { kind: 'characters'; text: string }
  | { kind: 'comment'; after: string }
  | { kind: 'group'; nodes: LatexNode[] }
  | { kind: 'specials'; text: string }
  | { kind: 'math'; display: boolean; nodes: LatexNode[] }
  | { kind: 'environment'; name: string; nodes: LatexNode[] }
  | { kind: 'macro'; name: string; args: (LatexNode | null)[] | null; bare: boolean; after: string };

interface Stop {
  kind: 'brace' | 'environment' | 'math';
  text: string;
}

/** Deeper nesting is where Python's recursion limit stops pylatexenc. */
const deepest = 240;

class TooDeep extends Error {}
class Finished extends Error {}

const environmentArgs: Readonly<Record<string, string>> = {
  array: '[{',
  tabular: '{',
  'tabular*': '{{',
  alignat: '{',
  'alignat*': '{',
  figure: '[',
  table: '[',
  itemize: '[',
  enumerate: '[',
};

/** The nodes of a LaTeX string; unbalanced text is read as far as it goes. Null when nested too deeply. */
export function parseLatex(source: string): LatexNode[] | null {
  try {
    return readNodes({ source, depth: 0 }, 0, null).nodes;
  } catch (error) {
    if (error instanceof TooDeep) return null;
    throw error;
  }
}

interface Reader {
  source: string;
  depth: number;
}

/** Nodes from `from` up to the stop (its token included in `end`) or the end of the text. */
function readNodes(reader: Reader, from: number, stop: Stop | null): { nodes: LatexNode[]; end: number } {
  reader.depth += 1;
  if (reader.depth > deepest) throw new TooDeep();
  const nodes: LatexNode[] = [];
  let characters = '';
  let position = from;
  const flush = (blank: string): void => {
    const text = characters + blank;
    if (text !== '') nodes.push({ kind: 'characters', text });
    characters = '';
  };
  const brackets = stop?.kind === 'brace' && stop.text === ']';
  for (;;) {
    const token = readToken(reader.source, position, brackets, true);
    position = token.end;
    if (token.kind === 'character') {
      characters += token.before + token.text;
      continue;
    }
    flush(token.before);
    if (token.kind === 'finish' || isStop(token, stop)) break;
    position = readNode(reader, token, nodes);
  }
  reader.depth -= 1;
  return { nodes, end: position };
}

function isStop(token: Token, stop: Stop | null): boolean {
  if (stop === null) return false;
  if (stop.kind === 'brace') return token.kind === 'close' && token.text === stop.text;
  if (stop.kind === 'environment') return token.kind === 'end' && token.text === stop.text;
  return token.kind === 'math' && token.text === stop.text;
}

/** Reads the node that a token opens and returns where it ends; a stray closing token is skipped. */
function readNode(reader: Reader, token: Token, nodes: LatexNode[]): number {
  switch (token.kind) {
    case 'math': {
      if (token.text === '\\)' || token.text === '\\]') return token.end;
      const closing = token.text.startsWith('\\') ? (token.text === '\\(' ? '\\)' : '\\]') : token.text;
      const inner = readNodes(reader, token.end, { kind: 'math', text: closing });
      const display = token.text === '\\[' || token.text === '$$';
      nodes.push({ kind: 'math', display, nodes: inner.nodes });
      return inner.end;
    }
    case 'comment':
      nodes.push({ kind: 'comment', after: token.after });
      return token.end;
    case 'open': {
      const group = readGroup(reader, token);
      nodes.push(group.node);
      return group.end;
    }
    case 'begin': {
      const args = readArguments(reader, token.end, environmentArgs[token.text] ?? '', false);
      const inner = readNodes(reader, args?.end ?? token.end, { kind: 'environment', text: token.text });
      nodes.push({ kind: 'environment', name: token.text, nodes: inner.nodes });
      return inner.end;
    }
    case 'specials':
      nodes.push({ kind: 'specials', text: token.text });
      return token.end;
    case 'macro': {
      const shape = latexMacros.get(token.text)?.args ?? '';
      const read = readArguments(reader, token.end, shape, token.text === '\\');
      const args = read?.args ?? null;
      const bare = args === null || (!shape.includes('{') && args.every((arg) => arg === null));
      nodes.push({ kind: 'macro', name: token.text, args, bare, after: token.after });
      return read?.end ?? token.end;
    }
    default:
      return token.end;
  }
}

function readGroup(reader: Reader, open: Token): { node: LatexNode; end: number } {
  const closing = open.text === '[' ? ']' : '}';
  const inner = readNodes(reader, open.end, { kind: 'brace', text: closing });
  return { node: { kind: 'group', nodes: inner.nodes }, end: inner.end };
}

/** The arguments a macro takes, or null when the text ends before a mandatory one. */
function readArguments(
  reader: Reader,
  from: number,
  shape: string,
  tightOption: boolean,
): { args: (LatexNode | null)[]; end: number } | null {
  const args: (LatexNode | null)[] = [];
  let position = from;
  const depth = reader.depth;
  try {
    for (const wanted of shape) {
      if (wanted === '{') {
        const read = readExpression(reader, position);
        args.push(read.node);
        position = read.end;
        continue;
      }
      if (wanted === '[' && tightOption && isPythonSpace(reader.source.charAt(position))) {
        args.push(null);
        continue;
      }
      const token = readToken(reader.source, position, wanted === '[', wanted !== '[');
      if (wanted === '*') {
        if (token.kind === 'finish') throw new Finished();
        const starred = token.kind === 'character' && token.text === '*';
        args.push(starred ? { kind: 'characters', text: '*' } : null);
        if (starred) position = token.end;
      } else if (token.kind === 'open' && token.text === '[') {
        const read = readGroup(reader, token);
        args.push(read.node);
        position = read.end;
      } else {
        args.push(null);
      }
    }
  } catch (error) {
    if (!(error instanceof Finished)) throw error;
    reader.depth = depth;
    return null;
  }
  return { args, end: position };
}

/** One argument: a group or a single token, which takes no arguments itself. */
function readExpression(reader: Reader, from: number): { node: LatexNode; end: number } {
  let position = from;
  for (;;) {
    const token = readToken(reader.source, position, false, false);
    switch (token.kind) {
      case 'finish':
        throw new Finished();
      case 'comment':
        position = token.end;
        continue;
      case 'open':
        return readGroup(reader, token);
      case 'close':
        return { node: { kind: 'characters', text: '' }, end: token.start };
      case 'specials':
        return { node: { kind: 'specials', text: token.text }, end: token.end };
      case 'macro':
        if (token.text === 'end') return { node: { kind: 'characters', text: '' }, end: token.start };
        return { node: macroToken(token.text, token.after), end: token.end };
      case 'math':
        if (token.text.startsWith('\\')) return { node: macroToken(token.text, ''), end: token.end };
        return { node: { kind: 'characters', text: token.text }, end: token.end };
      default:
        return { node: { kind: 'characters', text: token.text }, end: token.end };
    }
  }
}

function macroToken(name: string, after: string): LatexNode {
  return { kind: 'macro', name, args: null, bare: true, after };
}

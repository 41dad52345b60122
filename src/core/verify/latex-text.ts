import { latexMacros } from './latex-macros.ts';
import { type LatexNode, parseLatex } from './latex-nodes.ts';
import { pythonStrip } from './python-text.ts';

/**
 * LaTeX as the plain text that pylatexenc 2.10's `latex_to_text` gives, with mathruler's replacements
 * around it (√ to sqrt, π to pi …). Null where pylatexenc raises: the caller keeps the string as it was.
 */
export function latexToText(latex: string): string | null {
  const prepared = latex
    .replaceAll('\\tfrac', '\\frac')
    .replaceAll('\\dfrac', '\\frac')
    .replaceAll('\\frac', ' \\frac');
  const nodes = parseLatex(prepared);
  if (nodes === null) return null;
  const text = printNodes(nodes, false);
  if (text === null) return null;
  return pythonStrip(
    text
      .replaceAll('√', 'sqrt')
      .replaceAll('π', 'pi')
      .replaceAll('∞', 'inf')
      .replaceAll('∪', 'U')
      .replace(/[·×]/g, '*'),
  );
}

const equationNames = /^(?:equation|eqnarray|align|multline|gather|dmath)\*?$/;
const matrixNames = /^(?:array|[pb]?matrix|smallmatrix|[pb]smallmatrix)$/;

const specialsText: Readonly<Record<string, string>> = {
  '&': '   ',
  '~': '\u00a0',
  '``': '“',
  "''": '”',
  '--': '–',
  '---': '—',
  '!`': '¡',
  '?`': '¿',
};

function printNodes(nodes: readonly LatexNode[], inMath: boolean): string | null {
  let text = '';
  let previous: LatexNode | null = null;
  for (const node of nodes) {
    if (inMath && node.kind === 'characters' && previous?.kind === 'macro' && previous.bare) {
      text += previous.after;
    }
    const printed = printNode(node, inMath);
    if (printed === null) return null;
    text += printed;
    previous = node;
  }
  return text;
}

function printNode(node: LatexNode, inMath: boolean): string | null {
  switch (node.kind) {
    case 'characters':
      return inMath && pythonStrip(node.text) === '' ? '' : node.text;
    case 'comment':
      return node.after;
    case 'group':
      return printNodes(node.nodes, inMath);
    case 'specials':
      return specialsText[node.text] ?? node.text;
    case 'math':
      return printMath(node.nodes, node.display);
    case 'environment':
      return printEnvironment(node.name, node.nodes, inMath);
    case 'macro':
      return printMacro(node.name, node.args, inMath);
  }
}

function printMath(nodes: readonly LatexNode[], display: boolean): string | null {
  const text = printNodes(nodes, true);
  if (text === null) return null;
  const content = pythonStrip(text);
  return display ? `\n    ${content.replaceAll('\n', '\n    ')}\n` : content;
}

function printEnvironment(name: string, nodes: readonly LatexNode[], inMath: boolean): string | null {
  if (equationNames.test(name)) return printMath(nodes, true);
  if (matrixNames.test(name) && name !== 'matrix') return printMatrix(nodes, inMath);
  const text = printNodes(nodes, inMath);
  return text !== null && /^(?:center|flushleft|flushright)$/.test(name) ? `\n${text}\n` : text;
}

/** `[ 1 2; 3 4 ]`, cells padded to the widest; null for a matrix without cells, where pylatexenc raises. */
function printMatrix(nodes: readonly LatexNode[], inMath: boolean): string | null {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell: LatexNode[] = [];
  let failed = false;
  const endCell = (): void => {
    if (cell.length > 0) {
      const text = printNodes(cell, inMath);
      if (text === null) failed = true;
      else row.push(pythonStrip(text));
    }
    cell = [];
  };
  const endRow = (): void => {
    endCell();
    rows.push(row);
    row = [];
  };
  for (const node of nodes) {
    if (node.kind === 'specials' && node.text === '&') endCell();
    else if (node.kind === 'macro' && node.name === '\\') endRow();
    else cell.push(node);
  }
  endRow();
  const cells = rows.flat();
  if (failed || cells.length === 0) return null;
  const width = cells.reduce((most, text) => Math.max(most, [...text].length), 0);
  if (width * cells.length > 1_000_000) return null;
  const pad = (text: string): string => ' '.repeat(width - [...text].length) + text;
  return `[ ${rows.map((cellsOfRow) => cellsOfRow.map(pad).join(' ')).join('; ')} ]`;
}

/** `args` is null when a mandatory argument was missing. */
function printMacro(
  name: string,
  args: readonly (LatexNode | null)[] | null,
  inMath: boolean,
): string | null {
  const spec = latexMacros.get(name);
  if (spec === undefined) return '';
  if (spec.kind === 'symbol') return spec.text;
  const texts: string[] = [];
  for (const arg of args ?? []) {
    const text = arg === null ? '' : printNode(arg, inMath);
    if (text === null) return null;
    texts.push(text);
  }
  if (spec.kind === 'accent')
    return printAccent(args === null ? ' ' : pythonStrip(texts[0] ?? ''), spec.text);
  if (spec.kind === 'alphabet') return printAlphabet(texts[0] ?? '', spec.letters);
  if (args === null) return name === 'sqrt' ? null : unfilledPattern(name, spec.args, spec.text);
  return spec.text.replace(/\{([0-9])\}/g, (_, index: string) => texts[Number(index) - 1] ?? '');
}

const plainTextNames: ReadonlySet<string> = new Set(
  'emph mathrm textrm textit textbf textsc textsl text'.split(' '),
);

/** pylatexenc prints its own Python format string when a macro got no arguments. */
function unfilledPattern(name: string, args: string, text: string): string {
  if (plainTextNames.has(name)) return '';
  return text.replace(/\{([0-9])\}/g, (_, index: string) => (args.includes('[') ? `%(${index})s` : '%s'));
}

function printAccent(text: string, combining: string): string {
  let result = '';
  for (const character of text) {
    const base = character === 'ı' ? 'i' : character === 'ȷ' ? 'j' : character;
    result += (base + combining).normalize('NFC');
  }
  return result;
}

function printAlphabet(text: string, letters: readonly string[]): string {
  return text.replace(/[A-Za-z]/g, (letter) => {
    const code = letter.charCodeAt(0);
    return letters[code < 97 ? code - 65 : code - 71] ?? letter;
  });
}

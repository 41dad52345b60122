import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';

/** Commands that are drawn where they stand, without `$`: models and older datasets often write them so. */
const bareCommands: Readonly<Record<string, number>> = {
  frac: 2,
  dfrac: 2,
  tfrac: 2,
  binom: 2,
  sqrt: 1,
  overline: 1,
  times: 0,
  div: 0,
  cdot: 0,
  pm: 0,
  pi: 0,
  leq: 0,
  geq: 0,
  neq: 0,
  le: 0,
  ge: 0,
  approx: 0,
  infty: 0,
};

/** Steps left and closing marks found for one text, so that hostile text costs linear time. */
interface Progress {
  steps: number;
  readonly closes: Map<string, { readonly from: number; readonly at: number }>;
}
const progresses = new WeakMap<StateInline, Progress>();
const maxFormula = 8_200;
const maxBlockLines = 80;

function progressOf(state: StateInline): Progress {
  const known = progresses.get(state);
  if (known) return known;
  const progress: Progress = { steps: 1_000_000, closes: new Map() };
  progresses.set(state, progress);
  return progress;
}

/** Where `mark` next stands at or after `from`, or -1; answers for later positions come from memory. */
function nextMark(state: StateInline, mark: string, from: number): number {
  const { closes } = progressOf(state);
  const known = closes.get(mark);
  if (known && known.from <= from && (known.at === -1 || known.at >= from)) return known.at;
  const at = state.src.indexOf(mark, from);
  closes.set(mark, { from, at });
  return at;
}

/** End of the brace group that starts at `at`, exclusive; -1 when it is not closed soon enough. */
function groupEnd(state: StateInline, at: number): number {
  const text = state.src;
  if (text[at] !== '{') return -1;
  const progress = progressOf(state);
  const end = Math.min(state.posMax, at + maxFormula, at + progress.steps);
  let depth = 0;
  for (let index = at; index < end; index += 1) {
    progress.steps -= 1;
    const character = text[index];
    if (character === '\\') index += 1;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}

function pushMath(state: StateInline, tex: string, end: number, display: boolean): void {
  const token = state.push('math', '', 0);
  token.content = tex;
  token.info = state.src.slice(state.pos, end);
  token.block = display;
  state.pos = end;
}

/** `$…$` and `$$…$$`; money such as `$5 and $3` stays text. */
function dollars(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state;
  if (src[pos] !== '$') return false;
  const fence = src[pos + 1] === '$' ? '$$' : '$';
  const from = pos + fence.length;
  if (fence === '$' && /[\s$]/.test(src[from] ?? ' ')) return false;
  for (
    let close = nextMark(state, fence, from);
    close !== -1 && close < Math.min(posMax, pos + maxFormula);
    close = nextMark(state, fence, close + 1)
  ) {
    if (src[close - 1] === '\\') continue;
    if (fence === '$' && (/\s/.test(src[close - 1] ?? ' ') || /\d/.test(src[close + 1] ?? ''))) return false;
    const tex = src.slice(from, close);
    if (tex.trim() === '' || (fence === '$' && tex.includes('\n\n'))) return false;
    if (!silent) pushMath(state, tex, close + fence.length, fence === '$$');
    else state.pos = close + fence.length;
    return true;
  }
  return false;
}

/** `\(…\)`, `\[…\]`, `\begin{x}…\end{x}`, `\boxed{…}` and the bare commands. */
function backslashes(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state;
  if (src[pos] !== '\\') return false;
  const second = src[pos + 1];
  if (second === '(' || second === '[') {
    const close = nextMark(state, second === '(' ? '\\)' : '\\]', pos + 2);
    if (close === -1 || close >= posMax || close === pos + 2) return false;
    if (!silent) pushMath(state, src.slice(pos + 2, close), close + 2, second === '[');
    else state.pos = close + 2;
    return true;
  }
  const name = /^[A-Za-z]+/.exec(src.slice(pos + 1, pos + 24))?.[0];
  if (!name) return false;
  const after = pos + 1 + name.length;
  if (name === 'begin') {
    const group = groupEnd(state, after);
    if (group === -1) return false;
    const closing = `\\end${src.slice(after, group)}`;
    const close = nextMark(state, closing, group);
    if (close === -1 || close >= posMax) return false;
    const end = close + closing.length;
    if (!silent) pushMath(state, src.slice(pos, end), end, true);
    else state.pos = end;
    return true;
  }
  if (name === 'boxed' || name === 'fbox') {
    const end = groupEnd(state, after);
    // An empty one is what an instruction speaks of, not an answer.
    if (end === -1 || src.slice(after + 1, end - 1).trim() === '') return false;
    if (!silent) {
      const token = state.push('boxed', '', 0);
      token.content = src.slice(after + 1, end - 1);
      token.info = src.slice(pos, end);
    }
    state.pos = end;
    return true;
  }
  const groups = bareCommands[name];
  if (groups === undefined) return false;
  let end = after;
  for (let group = 0; group < groups; group += 1) {
    end = groupEnd(state, end);
    if (end === -1) return false;
  }
  if (!silent) pushMath(state, src.slice(pos, end), end, false);
  else state.pos = end;
  return true;
}

/** `2*3*4` is a product, not emphasis: a lone star between word characters stays a star. */
function products(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src[pos] !== '*' || src[pos + 1] === '*' || src[pos - 1] === '*') return false;
  if (!/[\p{L}\p{N})\]}]/u.test(src[pos - 1] ?? ' ') || !/[\p{L}\p{N}([{\\$]/u.test(src[pos + 1] ?? ' '))
    return false;
  if (!silent) state.pending += '*';
  state.pos += 1;
  return true;
}

/** A block that opens with `$$` or `\[` may hold blank lines; it ends at its closing mark. */
function mathBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const start = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0);
  const open = state.src.slice(start, start + 2);
  if (open !== '$$' && open !== '\\[') return false;
  const closing = open === '$$' ? '$$' : '\\]';
  for (let line = startLine; line < Math.min(endLine, startLine + maxBlockLines); line += 1) {
    const text = state.src
      .slice(line === startLine ? start + 2 : state.bMarks[line], state.eMarks[line])
      .trimEnd();
    if (!text.endsWith(closing)) continue;
    if (silent) return true;
    const end =
      (state.bMarks[line] ?? 0) + state.src.slice(state.bMarks[line], state.eMarks[line]).trimEnd().length;
    const token = state.push('math_block', '', 0);
    token.content = state.src.slice(start + 2, end - 2);
    token.info = state.src.slice(start, end);
    token.map = [startLine, line + 1];
    state.line = line + 1;
    return true;
  }
  return false;
}

/** Teaches markdown-it the ways in which math is written in traces. */
export function addMath(markdown: MarkdownIt): void {
  markdown.inline.ruler.before('escape', 'math_backslash', backslashes);
  markdown.inline.ruler.before('escape', 'math_dollar', dollars);
  markdown.inline.ruler.before('emphasis', 'product', products);
  markdown.block.ruler.before('fence', 'math_block', mathBlock, { alt: ['paragraph'] });
}

import katex from 'katex';
import { carried, carry } from './carried-text.ts';

/** KaTeX's time grows with the square of the length, and nested groups overflow the stack: both are capped. */
const maxLength = 8_000;
const maxDepth = 200;
/** Formulas drawn at once before the rest waits until it comes into view, ms. */
const budget = 24;

/** KaTeX would draw the bare name of a command that it does not trust and hide its argument: we show the source. */
function refuseTrust(context: { command: string }): never {
  throw new Error(`${context.command} is not drawn.`);
}

const options = {
  throwOnError: true,
  trust: refuseTrust,
  strict: 'ignore',
  maxExpand: 1_000,
  maxSize: 20,
  output: 'html',
} as const;

function depthOf(source: string): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < source.length; index += 1) {
    const character = source[index];
    if (character === '\\') {
      if (source.startsWith('\\left', index) || source.startsWith('\\begin', index)) depth += 1;
      else index += 1;
    } else if (character === '{') depth += 1;
    else if (character === '}') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** Why a formula is not drawn, or null. */
function refusal(source: string): string | null {
  if (source.length > maxLength) return `Formula of ${source.length} characters: shown as source.`;
  if (depthOf(source) > maxDepth) return `Formula nested over ${maxDepth} levels: shown as source.`;
  return null;
}

/** A formula waiting to be drawn: its source stands in its place until then, and stays when it cannot be drawn. */
export function mathPlaceholder(tex: string, source: string, display: boolean): HTMLElement {
  const node = document.createElement('span');
  node.className = display ? 'cs-math display' : 'cs-math';
  carry(node, 'source', source);
  carry(node, 'tex', tex);
  node.textContent = source;
  return node;
}

/** Draws one placeholder; never throws. */
function drawMath(node: HTMLElement): void {
  const tex = carried(node, 'tex');
  const source = carried(node, 'source');
  if (tex === undefined || source === undefined) return;
  delete node.dataset.tex;
  const reason = refusal(tex);
  if (reason !== null) {
    node.classList.add('failed');
    node.title = reason;
    return;
  }
  const drawn = document.createElement('span');
  try {
    katex.render(tex, drawn, { ...options, displayMode: node.classList.contains('display') });
  } catch (error) {
    node.classList.add('failed');
    node.title = error instanceof Error ? error.message : String(error);
    return;
  }
  node.replaceChildren(drawn);
  node.setAttribute('role', 'math');
  node.setAttribute('aria-label', source);
}

/** Draws the formulas under `root`: the first ones now, the rest as they come near the viewport. Returns a stop. */
export function drawAllMath(root: HTMLElement): () => void {
  const waiting = [...root.querySelectorAll<HTMLElement>('.cs-math[data-tex]')];
  const started = performance.now();
  let next = 0;
  while (next < waiting.length && performance.now() - started < budget) {
    const node = waiting[next];
    if (node) drawMath(node);
    next += 1;
  }
  if (next === waiting.length) return () => undefined;
  const observer = new IntersectionObserver(
    (entries) => {
      const begun = performance.now();
      for (const entry of entries) {
        if (!entry.isIntersecting || !(entry.target instanceof HTMLElement)) continue;
        observer.unobserve(entry.target);
        // What does not fit in this frame is observed anew, and so comes again in the next.
        if (performance.now() - begun > budget) observer.observe(entry.target);
        else drawMath(entry.target);
      }
    },
    { rootMargin: '400px' },
  );
  for (const node of waiting.slice(next)) observer.observe(node);
  return () => observer.disconnect();
}

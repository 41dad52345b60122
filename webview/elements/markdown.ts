import MarkdownParser, { type Token } from 'markdown-it';
import { carry } from './carried-text.ts';
import { mathPlaceholder } from './math.ts';
import { addMath } from './math-rules.ts';
import { appendVisible } from './visible-text.ts';

// Indented code and underlined headings are accidents in model text, so those rules are off.
const maxNesting = 50;
const markdown = new MarkdownParser({ html: false, breaks: true, linkify: false, maxNesting });
markdown.disable(['code', 'lheading', 'reference']);
addMath(markdown);

const tags: Readonly<Record<string, string>> = {
  paragraph: 'p',
  blockquote: 'blockquote',
  bullet_list: 'ul',
  ordered_list: 'ol',
  list_item: 'li',
  table: 'table',
  thead: 'thead',
  tbody: 'tbody',
  tr: 'tr',
  th: 'th',
  td: 'td',
  em: 'em',
  strong: 'strong',
  s: 's',
};

/** An attribute as text, '' when there is none. */
const attribute = (token: Token, name: string): string => String(token.attrGet(name) ?? '');

function textElement(tag: string, text: string, className?: string): HTMLElement {
  const node = document.createElement(tag);
  if (className) node.className = className;
  appendVisible(node, text);
  return node;
}

/** `\boxed{14}` as a frame around its content; what looks like TeX inside is drawn as such. */
function boxed(token: Token): HTMLElement {
  const node = document.createElement('span');
  node.className = 'cs-boxed';
  carry(node, 'source', token.info);
  const content = token.content.trim().replace(/^\$([^$]+)\$$/, '$1');
  const words = /^\\text\{([^{}\\]*)\}$/.exec(content)?.[1];
  if (words !== undefined) appendVisible(node, words);
  else if (/[\\^_{}]/.test(content))
    node.append(mathPlaceholder(`\\displaystyle ${content}`, content, false));
  else appendVisible(node, content);
  return node;
}

/** A link that nothing follows by itself: the surface asks its host to open `data-href`, https only. */
function openLink(token: Token): HTMLElement {
  const href = attribute(token, 'href');
  const node = document.createElement('span');
  node.className = 'cs-link';
  node.title = href;
  if (/^https:\/\//i.test(href)) {
    node.dataset.href = href;
    node.tabIndex = 0;
    node.setAttribute('role', 'link');
  }
  return node;
}

function refusedImage(token: Token): HTMLElement {
  const source = attribute(token, 'src');
  const host = /^https?:\/\/([^/?#]+)/i.exec(source)?.[1];
  const node = textElement(
    'span',
    `image not loaded: ${host ?? (source.slice(0, 80) || 'no address')}`,
    'cs-refused',
  );
  node.title = source;
  carry(node, 'source', `![${token.content}](${source})`);
  return node;
}

function leaf(token: Token): Node | null {
  switch (token.type) {
    case 'text':
    case 'html_inline':
    case 'html_block':
    case 'text_special': {
      const fragment = document.createDocumentFragment();
      appendVisible(fragment, token.content);
      return fragment;
    }
    case 'softbreak':
    case 'hardbreak':
      return document.createElement('br');
    case 'code_inline':
      return textElement('code', token.content);
    case 'fence':
    case 'code_block': {
      const pre = document.createElement('pre');
      pre.append(textElement('code', token.content.replace(/\n$/, '')));
      return pre;
    }
    case 'math':
      return mathPlaceholder(token.content, token.info, token.block);
    case 'math_block':
      return mathPlaceholder(token.content, token.info, true);
    case 'boxed':
      return boxed(token);
    case 'hr':
      return document.createElement('hr');
    case 'image':
      return refusedImage(token);
    default:
      return token.content ? document.createTextNode(token.content) : null;
  }
}

function opened(token: Token): HTMLElement {
  if (token.type === 'link_open') return openLink(token);
  if (token.type === 'heading_open') return textElement('p', '', `cs-heading h${token.tag.slice(1)}`);
  const node = document.createElement(tags[token.type.slice(0, -'_open'.length)] ?? 'span');
  const start = attribute(token, 'start');
  if (start !== '' && node instanceof HTMLOListElement) node.start = Number(start);
  const align = /text-align:(left|right|center)/.exec(attribute(token, 'style'))?.[1];
  if (align) node.dataset.align = align;
  return node;
}

function append(parent: Node, tokens: readonly Token[]): void {
  const stack: Node[] = [parent];
  const top = () => stack[stack.length - 1] ?? parent;
  for (const token of tokens) {
    if (token.nesting === 1) {
      // A tight list item's paragraph is its text.
      if (token.hidden) {
        stack.push(top());
        continue;
      }
      const node = opened(token);
      top().appendChild(node);
      stack.push(node);
    } else if (token.nesting === -1) stack.pop();
    else if (token.type === 'inline') append(top(), token.children ?? []);
    else {
      const node = leaf(token);
      if (node) top().appendChild(node);
    }
  }
}

/** Formulas drawn in one text; further ones stay source, as each costs the sanitizer and the observer time. */
const maxFormulas = 3_000;

function capFormulas(tokens: readonly Token[]): void {
  let left = maxFormulas;
  for (const token of tokens.flatMap((block) => block.children ?? [])) {
    if (token.type !== 'math') continue;
    left -= 1;
    if (left >= 0) continue;
    token.type = 'text';
    token.content = token.info;
  }
}

/** Pieces of one text; ordinary text of this length has a tenth, and more would freeze the page for seconds. */
const maxTokens = 50_000;

const countTokens = (tokens: readonly Token[]): number =>
  tokens.reduce((sum, token) => sum + 1 + (token.children?.length ?? 0), 0);

/**
 * Markdown with math as nodes that we make ourselves: no HTML is ever parsed, so a tag in the text is text.
 * Formulas are placeholders until `drawAllMath`. Null when the text nests so deep that the parser drops some of it, or
 * falls into too many pieces.
 */
export function renderMarkdown(text: string): DocumentFragment | null {
  const tokens = markdown.parse(text, {});
  if (tokens.some((token) => token.level >= maxNesting - 1)) return null;
  if (countTokens(tokens) > maxTokens) return null;
  capFormulas(tokens);
  const fragment = document.createDocumentFragment();
  append(fragment, tokens);
  return fragment;
}

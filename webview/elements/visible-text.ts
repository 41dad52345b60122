import { carry } from './carried-text.ts';
import './visible-text.css';

/**
 * Characters that hide or reorder what is read: controls (tab, line feed, carriage return apart), whatever Unicode
 * says may be ignored when drawn (zero width, bidi, tags, fillers, selectors), line separators, lone surrogates.
 */
const hidden = /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

const anyHidden = new RegExp(hidden.source, 'u');

const names: Readonly<Record<number, string>> = {
  0: 'null',
  8: 'backspace',
  27: 'escape',
  173: 'soft hyphen',
  8203: 'zero width space',
  8204: 'zero width non-joiner',
  8205: 'zero width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8232: 'line separator',
  8233: 'paragraph separator',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'pop directional formatting',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'pop directional isolate',
  65279: 'byte order mark',
};

const joined = /(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f|[\u0600-\u06ff\u0900-\u0dff])$/u;
const selected = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}]$/u;

/** Joiners inside emoji and scripts that need them, and one variation selector after a letter, stay as they are. */
function isOrdinary(text: string, at: number, code: number): boolean {
  const before = text.slice(Math.max(0, at - 2), at);
  if (code === 0x200c || code === 0x200d) return joined.test(before);
  return code >= 0xfe00 && code <= 0xfe0f && selected.test(before);
}

/** Appends `text` to `parent` as text nodes; characters that cannot be seen become marks that name them. */
export function appendVisible(parent: Node, text: string): void {
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    const code = match[0].codePointAt(0) ?? 0;
    if (isOrdinary(text, match.index, code)) continue;
    if (match.index > from) parent.appendChild(document.createTextNode(text.slice(from, match.index)));
    const mark = document.createElement('span');
    const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    mark.className = 'cs-mark';
    mark.textContent = hex;
    mark.title = names[code] ?? 'character that does not show';
    carry(mark, 'source', match[0]);
    parent.appendChild(mark);
    from = match.index + match[0].length;
  }
  if (from < text.length) parent.appendChild(document.createTextNode(text.slice(from)));
}

/** Something that shows `text` with every hidden character marked: the text itself when it has none. */
export function visibleText(text: string): string | Node {
  if (!anyHidden.test(text)) return text;
  const fragment = document.createDocumentFragment();
  appendVisible(fragment, text);
  return fragment;
}

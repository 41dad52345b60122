import { carried } from './carried-text.ts';

const blocks = /^(P|DIV|LI|PRE|BLOCKQUOTE|H[1-6]|TR|UL|OL|TABLE|BR|HR)$/;

/** Text as it stands in its nodes; a line ends where a block does, however many end there together. */
class SourceText {
  #text = '';
  #ends = 0;

  add(text: string): void {
    if (text === '') return;
    this.#text += '\n'.repeat(Math.min(this.#ends, 2)) + text;
    this.#ends = 0;
  }

  end(): void {
    this.#ends += 1;
  }

  toString(): string {
    return this.#text;
  }
}

function readSource(node: Node, out: SourceText): void {
  const source = node instanceof HTMLElement ? carried(node, 'source') : undefined;
  if (source !== undefined) {
    out.add(source);
    return;
  }
  if (node.nodeType === Node.TEXT_NODE) {
    out.add(node.nodeValue ?? '');
    return;
  }
  for (const child of node.childNodes) readSource(child, out);
  if (node instanceof HTMLElement) {
    if (blocks.test(node.tagName)) out.end();
    else if (node.tagName === 'TD' || node.tagName === 'TH') out.add('\t');
  }
}

/** The text of a selection with formulas and marks given as their source. */
export function sourceOfSelection(selection: Selection): string {
  const out = new SourceText();
  for (let index = 0; index < selection.rangeCount; index += 1)
    readSource(selection.getRangeAt(index).cloneContents(), out);
  return out.toString();
}

/** Puts the source, not the drawing, of the selected text on the clipboard. */
export function copySource(event: ClipboardEvent): void {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !event.clipboardData) return;
  event.clipboardData.setData('text/plain', sourceOfSelection(selection));
  event.preventDefault();
}

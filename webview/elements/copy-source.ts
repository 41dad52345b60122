const blocks = /^(P|DIV|LI|PRE|BLOCKQUOTE|H[1-6]|TR|UL|OL|TABLE|BR|HR)$/;

function readSource(node: Node, out: string[]): void {
  if (node instanceof HTMLElement && node.dataset.source !== undefined) {
    out.push(node.dataset.source);
    return;
  }
  if (node.nodeType === Node.TEXT_NODE) {
    out.push(node.nodeValue ?? '');
    return;
  }
  for (const child of node.childNodes) readSource(child, out);
  if (node instanceof HTMLElement) {
    if (blocks.test(node.tagName)) out.push('\n');
    else if (node.tagName === 'TD' || node.tagName === 'TH') out.push('\t');
  }
}

/** The text of a selection with formulas and marks given as their source. */
export function sourceOfSelection(selection: Selection): string {
  const out: string[] = [];
  for (let index = 0; index < selection.rangeCount; index += 1)
    readSource(selection.getRangeAt(index).cloneContents(), out);
  return out
    .join('')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/\n+$/, '');
}

/** Puts the source, not the drawing, of the selected text on the clipboard. */
export function copySource(event: ClipboardEvent): void {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !event.clipboardData) return;
  event.clipboardData.setData('text/plain', sourceOfSelection(selection));
  event.preventDefault();
}

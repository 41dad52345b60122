/** Where a `\boxed{…}` stands, UTF-16 units; an unclosed box reaches to the end of the text. */
export interface BoxSpan {
  readonly start: number;
  readonly end: number;
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly closed: boolean;
}

const opener = '\\boxed{';

/** The last `\boxed{` of a text with its matching brace, as mathruler finds it (last opening, brace counting); null without one. */
export function lastBox(text: string): BoxSpan | null {
  const start = text.lastIndexOf(opener);
  if (start < 0) return null;
  const contentStart = start + opener.length;
  let depth = 1;
  for (let position = contentStart; position < text.length; position += 1) {
    const unit = text.charCodeAt(position);
    if (unit === 0x7b) depth += 1;
    else if (unit === 0x7d) depth -= 1;
    if (depth === 0) return { start, end: position + 1, contentStart, contentEnd: position, closed: true };
  }
  return { start, end: text.length, contentStart, contentEnd: text.length, closed: false };
}

/** The content of the last closed box, or null. */
export function lastBoxContent(text: string): string | null {
  const box = lastBox(text);
  return box?.closed ? text.slice(box.contentStart, box.contentEnd) : null;
}

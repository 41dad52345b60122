/** What the side of a diff shows at a usual width of the window. */
const width = 60;

/**
 * A row as lines for a diff: each field under its name, texts cut into sentences and these into lines of at most 60
 * characters, so that a change late in a paragraph stays on its own line. A row that is no JSON object is left as it is.
 */
export function rowLayout(line: string): string {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return line;
  return Object.entries(row)
    .map(([key, value]) => [`${key}:`, ...linesOf(value, '  ')].join('\n'))
    .join('\n\n');
}

function linesOf(value: unknown, indent: string): string[] {
  if (typeof value === 'string') return textLines(value).map((text) => (text === '' ? '' : indent + text));
  if (typeof value !== 'object' || value === null) return [indent + JSON.stringify(value)];
  if (Array.isArray(value))
    return value.flatMap((item, at) =>
      isFlat(item) ? linesOf(item, indent) : [`${indent}${at + 1}.`, ...linesOf(item, `${indent}  `)],
    );
  return Object.entries(value).flatMap(([key, item]) => [
    `${indent}${key}:`,
    ...linesOf(item, `${indent}  `),
  ]);
}

const isFlat = (value: unknown): boolean => typeof value !== 'object' || value === null;

function textLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).flatMap((paragraph) => sentences(paragraph).flatMap(folded));
}

/** Cut behind a full stop, question or exclamation mark that white space follows, or a CJK one. */
function sentences(paragraph: string): string[] {
  return paragraph.split(/(?<=[.!?]["'”’)\]]?\s+)(?=\S)|(?<=[。！？])/u);
}

function folded(sentence: string): string[] {
  const lines: string[] = [];
  let rest = sentence;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    if (space <= 0) break;
    lines.push(rest.slice(0, space + 1));
    rest = rest.slice(space + 1);
  }
  return [...lines, rest];
}

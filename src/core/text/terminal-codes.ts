const [esc, bell, csi, end] = ['\\x1b', '\\x07', '\\x9b', '\\x9c'];
/** ECMA-48: control sequences, strings (titles, links, pictures) that end on their line, and short escapes. */
const codes = new RegExp(
  [
    `(?:${esc}\\[|${csi})[\\x30-\\x3f]*[\\x20-\\x2f]*[\\x40-\\x7e]`,
    `${esc}[\\]PX^_][^${bell}${esc}${end}\\n]{0,65536}(?:${bell}|${esc}\\\\|${end})`,
    `${esc}[\\x20-\\x2f]*[\\x30-\\x7e]`,
  ].join('|'),
  'g',
);

/** A program's output without what only a terminal understands; a string that never ends hides nothing after it. */
export const withoutTerminalCodes = (text: string): string => text.replace(codes, '');

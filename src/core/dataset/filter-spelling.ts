/** Names with a meaning of their own; a row's field of that name is written `field(name)`. */
const reservedNames: ReadonlySet<string> = new Set(
  'and or not text verdict decision edited has prompt completion truth ground_truth id problem problems line index images words len length'.split(
    ' ',
  ),
);

const simpleName = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;
/** A word that needs no quotes. */
export const simpleWord = /^[\p{L}\p{N}_][\p{L}\p{N}_.]*$/u;

/** Whether a filter can name this path at all. */
export function isWritablePath(path: string): boolean {
  return path.trim() === path && path !== '' && !/[()"]/.test(path);
}

/** How a path into the raw row is written: bare, or `field(path)` when it is odd or means something else. */
export function printPath(path: string): string {
  return simpleName.test(path) && !reservedNames.has(path.toLowerCase()) ? path : `field(${path})`;
}

/** A value as it is written after an operator: quoted unless it is a simple word. */
export function printValue(value: string): string {
  return simpleWord.test(value) ? value : quote(value);
}

/** Any text between quotes. */
export function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

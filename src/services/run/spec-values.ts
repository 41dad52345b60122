import { dirname, relative, sep } from 'node:path';
import { getLocation } from 'jsonc-parser';

/** What a value of a run spec names: a model, a dataset, or a function of a Python file. */
export type ValueKind = 'model' | 'dataset' | 'function';

/** A value that can be proposed, and the stretch of the text that it takes the place of, in UTF-16 units. */
export interface ValuePlace {
  readonly kind: ValueKind;
  readonly offset: number;
  readonly length: number;
}

/** The value of a run spec that stands or belongs at an offset of its text; null when none can be proposed there. */
export function valueAt(text: string, offset: number): ValuePlace | null {
  const { path, previousNode, isAtPropertyKey } = getLocation(text, offset);
  const kind = isAtPropertyKey ? null : kindOf(path);
  if (kind === null) return null;
  if (previousNode && previousNode.offset <= offset && offset <= previousNode.offset + previousNode.length)
    return { kind, offset: previousNode.offset, length: previousNode.length };
  return { kind, offset, length: 0 };
}

function kindOf(path: readonly (string | number)[]): ValueKind | null {
  const [first, second, third] = path;
  if (path.length === 1) return first === 'model' ? 'model' : null;
  if (path.length === 2)
    return (first === 'dataset' || first === 'evaluation') && second === 'path' ? 'dataset' : null;
  const isReward = path.length === 3 && first === 'rewards' && (third === 'file' || third === 'name');
  return isReward ? 'function' : null;
}

/** A path as a run spec in a file names it: relative to that file, with slashes on every system. */
export function pathInSpec(specPath: string, path: string): string {
  return relative(dirname(specPath), path).split(sep).join('/') || '.';
}

/** The functions that a Python file defines at its top level and does not keep to itself, in their order. */
export function functionsOf(source: string): string[] {
  const found = source.matchAll(/^(?:async[ \t]+)?def[ \t]+([A-Za-z][A-Za-z0-9_]*)[ \t]*\(/gm);
  return [...new Set([...found].map(([, name = '']) => name))];
}

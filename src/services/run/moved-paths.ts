import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** Where a run folder and its workspace were when the run was launched; null when the run belonged to no workspace. */
export interface Home {
  readonly folder: string;
  readonly workspace: string | null;
}

/** Where a path of a run lies now. */
export type PlaceNow = (path: string) => Promise<string>;

/**
 * Paths in a run folder are absolute. When the folder was moved or copied, alone or with its workspace, what lay inside
 * is looked for inside again, first; what is not there, and all other paths, stay as they were written.
 */
export function placeNow(home: Home | null, folder: string): PlaceNow {
  const here = resolve(folder);
  if (!home || home.folder === here) return async (path) => path;
  const roots: [string, string][] = [[home.folder, here]];
  if (home.workspace !== null && wayInside(home.folder, home.workspace) !== null)
    roots.push([home.workspace, resolve(here, relative(home.folder, home.workspace))]);
  return async (path) => {
    for (const [from, to] of isAbsolute(path) ? roots : []) {
      const way = wayInside(path, from);
      if (way === null) continue;
      const place = join(to, way);
      if (await stat(place).catch(() => null)) return place;
    }
    return path;
  };
}

/** The home of a run whose record does not name it: its command does, and runs usually lie in `.coldstart/runs`. */
export function homeOf(argv: readonly string[]): Home | null {
  const folder = argv.at(-1);
  if (argv.at(-2) !== 'train' || folder === undefined || !isAbsolute(folder)) return null;
  const runs = dirname(folder);
  const isUsual = basename(runs) === 'runs' && basename(dirname(runs)) === '.coldstart';
  return { folder, workspace: isUsual ? dirname(dirname(runs)) : null };
}

/** The way from a folder to a path inside it, or null when it lies outside. */
function wayInside(path: string, folder: string): string | null {
  const way = relative(folder, path);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) ? null : way;
}

import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readJsonObject } from '../files/small-files.ts';

/** A complete checkpoint: its manifest was written last, after all its files. */
export interface CompleteCheckpoint {
  readonly path: string;
  readonly step: number;
  /** False when only weights were saved. */
  readonly resumable: boolean;
  readonly bytes: number;
}

/** Written last into a checkpoint folder. */
export const manifestName = 'coldstart-manifest.json';
const incompleteMark = 'checkpoint-is-incomplete.txt';

/** The complete checkpoints of a run folder, newest step first; sizes are compared, contents are not. */
export async function completeCheckpoints(folder: string): Promise<CompleteCheckpoint[]> {
  const parent = join(folder, 'checkpoints');
  const names = await readdir(parent).catch((): string[] => []);
  const found = await Promise.all(names.map((name) => readCheckpoint(join(parent, name))));
  return found.filter((checkpoint) => checkpoint !== null).sort((a, b) => b.step - a.step);
}

/** The run folder and the step of a path in the shape of a checkpoint of a run, whether it is there or not; else null. */
export function checkpointPlace(path: string): { readonly folder: string; readonly step: number } | null {
  const [, folder, step] = /^(.+)[\\/]checkpoints[\\/]checkpoint-(\d+)[\\/]?$/.exec(path) ?? [];
  return folder === undefined ? null : { folder, step: Number(step) };
}

/** One checkpoint folder, or null when it is not complete. */
async function readCheckpoint(path: string): Promise<CompleteCheckpoint | null> {
  const step = /^checkpoint-(\d{1,15})$/.exec(basename(path))?.[1];
  if (step === undefined) return null;
  const manifest = await readJsonObject(join(path, manifestName));
  if (!manifest || !Array.isArray(manifest.files) || manifest.files.length === 0) return null;
  if (await stat(join(path, incompleteMark)).catch(() => null)) return null;
  let bytes = 0;
  for (const entry of manifest.files as unknown[]) {
    if (typeof entry !== 'object' || entry === null || !('name' in entry) || !('bytes' in entry)) return null;
    if (typeof entry.name !== 'string' || typeof entry.bytes !== 'number' || entry.name.includes('..'))
      return null;
    const facts = await stat(join(path, entry.name)).catch(() => null);
    if (facts?.size !== entry.bytes) return null;
    bytes += entry.bytes;
  }
  return { path, step: Number(step), resumable: manifest.resumable !== false, bytes };
}

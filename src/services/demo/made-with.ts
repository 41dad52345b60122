import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { readJsonObject, writeFileWhole } from '../files/small-files.ts';

/** What the results of an example workspace depend on; null where a default was taken. */
export type MadeWith = Readonly<Record<string, string | number | null>>;

const fileSchema = z.object({
  version: z.literal(1),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
});

/**
 * Makes a folder the example workspace of these options: runs and evaluations that are there are kept only for the
 * same ones. AppError file-exists names the options that differ, or says that nobody knows them: the folder holds one
 * of `marks` (paths in it, written by every version) or runs, but not `.coldstart/demo.json`.
 */
export async function claimWorkspace(
  folder: string,
  options: MadeWith,
  marks: readonly string[],
): Promise<void> {
  const path = join(folder, '.coldstart', 'demo.json');
  const kept = fileSchema.safeParse(await readJsonObject(path));
  if (kept.success) return refuseOthers(folder, kept.data.options, options);
  const isUsed = [path, ...[...marks, join('.coldstart', 'runs')].map((name) => join(folder, name))].some(
    (name) => existsSync(name),
  );
  if (isUsed)
    throw new AppError(
      'file-exists',
      `${folder} holds an example that does not say with which options it was made; an older version of Coldstart made it, or its ${join('.coldstart', 'demo.json')} is damaged.`,
      whatToDo,
    );
  await mkdir(join(folder, '.coldstart'), { recursive: true });
  await writeFileWhole(path, `${JSON.stringify({ version: 1, options }, null, 2)}\n`);
}

const whatToDo = 'Choose another folder (--dir on the command line), or delete this one.';

function refuseOthers(folder: string, made: MadeWith, now: MadeWith): void {
  const differing = [...new Set([...Object.keys(made), ...Object.keys(now)])].filter(
    (name) => (made[name] ?? null) !== (now[name] ?? null),
  );
  if (differing.length === 0) return;
  // Options of another dataset say nothing.
  const told = differing.includes('data') ? ['data'] : differing;
  const given = (options: MadeWith, name: string) => options[name] ?? 'not given';
  const differences = told.map((name) =>
    name === 'sha256'
      ? `the content of ${now.data}`
      : `${flag(name)} (${given(made, name)} then, ${given(now, name)} now)`,
  );
  throw new AppError(
    'file-exists',
    `${folder} was made with other options: ${differences.join(', ')}.`,
    `Its results would be taken for the new ones. ${whatToDo}`,
  );
}

/** `sftSteps` is given as `--sft-steps`. */
const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

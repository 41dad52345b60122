import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { fileError } from './file-errors.ts';
import type { Fingerprint } from './fingerprint.ts';

/** One unsaved row: where it stood, what it was made from, and its text now. */
export interface UnsavedRow {
  readonly index: number;
  /** Hash of the row's bytes on disk. */
  readonly baseHash: string;
  readonly text: string;
}

const backupSchema = z.object({
  version: z.literal(1),
  path: z.string(),
  fingerprint: z.object({ inode: z.string(), size: z.string(), modified: z.string() }),
  rows: z.array(z.object({ index: z.int().min(0), baseHash: z.string(), text: z.string() })),
});

/** Writes the unsaved rows alone, whole or not at all. */
export async function writeBackupFile(
  to: string,
  path: string,
  fingerprint: Fingerprint,
  rows: readonly UnsavedRow[],
): Promise<void> {
  const temp = `${to}.tmp`;
  try {
    await writeFile(temp, JSON.stringify({ version: 1, path, fingerprint, rows }), { flush: true });
    await rename(temp, to);
  } catch (error) {
    throw fileError(error, to, 'write');
  }
}

/** The unsaved rows of a backup; AppError file-unreadable when it is damaged. */
export async function readBackupFile(from: string): Promise<readonly UnsavedRow[]> {
  let text: string;
  try {
    text = await readFile(from, 'utf8');
  } catch (error) {
    throw fileError(error, from, 'read');
  }
  try {
    return backupSchema.parse(JSON.parse(text)).rows;
  } catch (error) {
    throw new AppError('file-unreadable', `The backup ${from} is damaged.`, 'It was left as it is.', {
      cause: error,
    });
  }
}

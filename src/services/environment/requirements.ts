import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../dataset/file-errors.ts';
import type { Assets } from '../ports.ts';

/** The pinned packages of a trainer, as they ship. */
export interface Requirements {
  readonly file: string;
  readonly sha256: string;
  /** Version of torch, without a build tag. */
  readonly torch: string;
}

/** Reads `requirements/<trainer>.txt`. */
export async function readRequirements(trainer: string, assets: Assets): Promise<Requirements> {
  const file = join(assets.trainer, 'requirements', `${trainer}.txt`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file, 'read');
  }
  const torch = /^torch==([0-9][^\s;#+]*)/m.exec(text)?.[1];
  if (!torch) throw new Error(`${file} does not pin torch`);
  return { file, sha256: createHash('sha256').update(text).digest('hex'), torch };
}

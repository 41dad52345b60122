import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../files/file-errors.ts';
import type { Assets } from '../ports.ts';

/** The pinned packages of a trainer, as they ship. */
export interface Requirements {
  readonly file: string;
  /** Of all that is pinned. */
  readonly sha256: string;
  /** Version of torch, without a build tag. */
  readonly torch: string;
  /** Version of the torchvision that belongs to it, without a build tag. */
  readonly torchvision: string;
}

/** Reads `requirements/<trainer>.txt` and, for the build of torch that is chosen later, `requirements/torchvision.txt`. */
export async function readRequirements(trainer: string, assets: Assets): Promise<Requirements> {
  const file = join(assets.trainer, 'requirements', `${trainer}.txt`);
  const vision = join(assets.trainer, 'requirements', 'torchvision.txt');
  const [text, visionText] = await Promise.all([file, vision].map(readText));
  return {
    file,
    sha256: createHash('sha256').update(`${text}${visionText}`).digest('hex'),
    torch: pinned('torch', text ?? '', file),
    torchvision: pinned('torchvision', visionText ?? '', vision),
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

function pinned(name: string, text: string, file: string): string {
  const version = new RegExp(`^${name}==([0-9][^\\s;#+]*)`, 'm').exec(text)?.[1];
  if (!version) throw new Error(`${file} does not pin ${name}`);
  return version;
}

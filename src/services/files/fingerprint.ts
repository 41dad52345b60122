import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What tells one content of a file from another without reading it; plain strings, so that it can be stored. */
export interface Fingerprint {
  readonly inode: string;
  readonly size: string;
  /** Nanoseconds since the epoch. */
  readonly modified: string;
}

/** What tells one state of a file from another, without reading it. */
export function fingerprintOf(stats: BigIntStats): Fingerprint {
  return { inode: `${stats.dev}:${stats.ino}`, size: `${stats.size}`, modified: `${stats.mtimeNs}` };
}

export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.inode === b.inode && a.size === b.size && a.modified === b.modified;
}

/** Null when there is no such file. */
export async function fingerprintAt(path: string): Promise<Fingerprint | null> {
  try {
    return fingerprintOf(await stat(path, { bigint: true }));
  } catch {
    return null;
  }
}

import { crc32Hex } from './crc32.ts';

/** Why a line is no whole one: written only in part, damaged, not JSON, or of another version. */
export type SealFault = 'torn' | 'crc' | 'json' | 'unknown-version';

const suffix = /^,"crc":"([0-9a-f]{8})"\}$/;

/** Characters at the end of a sealed line that its checksum does not cover: `,"crc":"00000000"}`. */
export const sealLength = 18;

/**
 * Reads one sealed line (no newline): torn without its checksum, crc when damaged. `crc` is the checksum of the line's
 * bytes without the last `sealLength`, where the caller has a fast way to compute it.
 */
export function parseSealed(
  line: string,
  crc?: string,
): { ok: true; value: Record<string, unknown> } | { ok: false; reason: SealFault } {
  const end = suffix.exec(line.slice(-sealLength));
  if (!end) return { ok: false, reason: 'torn' };
  if ((crc ?? crc32Hex(line, line.length - sealLength)) !== end[1]) return { ok: false, reason: 'crc' };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, reason: 'json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, reason: 'json' };
  const record = value as Record<string, unknown>;
  return record.version === 1 ? { ok: true, value: record } : { ok: false, reason: 'unknown-version' };
}

import { crc32 } from 'node:zlib';
import { sealLength } from '../../core/run/sealed-line.ts';

/** The CRC-32 of a sealed line's bytes without its seal, as hex; undefined before Node 20.15, where core computes it. */
export function sealedCrc(line: Uint8Array): string | undefined {
  if (typeof crc32 !== 'function' || line.length < sealLength) return undefined;
  return crc32(line.subarray(0, line.length - sealLength))
    .toString(16)
    .padStart(8, '0');
}

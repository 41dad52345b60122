export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'webp';

/** What the first bytes of a picture (and its end) say, without decoding it. Sizes are pixels, turned as EXIF asks. */
export type ImageHeader =
  | {
      readonly kind: 'image';
      readonly format: ImageFormat;
      readonly mime: string;
      readonly width: number;
      readonly height: number;
    }
  | { readonly kind: 'unsupported'; readonly message: string }
  | { readonly kind: 'unreadable'; readonly message: string };

const unreadable = (message: string): ImageHeader => ({ kind: 'unreadable', message });

/** Where to look for the end of a picture: in the bytes that were read, or in the last bytes of the file alone. */
type End = { readonly size: number; readonly tail: Buffer | null };

/** Reads format and size of a whole picture file; names what else it is, and whether its end is missing. */
export const readImageHeader = (bytes: Buffer): ImageHeader =>
  readStart(bytes, { size: bytes.length, tail: null });

/** Bytes at the end of a file that tell whether a picture is whole. */
const tailBytes = 12;
/** Beginnings of a file that are tried: most pictures say all in the first, photographs with a preview in the second. */
const headBytes = [4096, 128 << 10];

/**
 * What `readImageHeader` says of a file of `size` bytes, from its first few KB and its last bytes alone. Only a picture
 * that cannot be told that way (nearly always a damaged one) is read whole. `read` gives the bytes of a range.
 */
export async function readImageHead(
  read: (offset: number, length: number) => Promise<Buffer>,
  size: number,
): Promise<ImageHeader> {
  for (const length of headBytes) {
    if (size <= length) break;
    const [head, tail] = [await read(0, length), await read(size - tailBytes, tailBytes)];
    const header = readStart(head, { size, tail });
    if (header.kind === 'image' || header.kind === 'unsupported') return header;
  }
  return readImageHeader(await read(0, size));
}

function readStart(bytes: Buffer, end: End): ImageHeader {
  if (bytes.length === 0) return unreadable('The file is empty.');
  if (starts(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return readPng(bytes, end);
  if (starts(bytes, 0xff, 0xd8, 0xff)) return readJpeg(bytes, end);
  const head = bytes.toString('latin1', 0, 12);
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return readGif(bytes);
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return readWebp(bytes, end);
  return { kind: 'unsupported', message: otherKind(bytes) };
}

function starts(bytes: Buffer, ...signature: readonly number[]): boolean {
  return signature.every((byte, at) => bytes[at] === byte);
}

function otherKind(bytes: Buffer): string {
  const text = bytes
    .toString('latin1', 0, 1024)
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .toLowerCase();
  if (/^(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg/s.test(text))
    return 'SVG pictures are not shown: they can carry scripts. Convert it to PNG.';
  if (text.startsWith('<!doctype html') || text.startsWith('<html'))
    return 'The file is a web page, not a picture.';
  if (starts(bytes, 0x42, 0x4d)) return 'BMP pictures are not supported. Convert it to PNG.';
  if (starts(bytes, 0x49, 0x49, 0x2a, 0) || starts(bytes, 0x4d, 0x4d, 0, 0x2a))
    return 'TIFF pictures are not supported. Convert it to PNG.';
  if (bytes.toString('latin1', 4, 8) === 'ftyp')
    return 'HEIF and AVIF pictures are not supported. Convert it to PNG.';
  return 'The file is not a PNG, JPEG, GIF or WebP picture.';
}

/** The last chunk of every PNG: no bytes, `IEND`, its sum. */
const pngEnd = Buffer.from('0000000049454e44ae426082', 'hex');
const jpegEnd = Buffer.from([0xff, 0xd9]);

function readPng(bytes: Buffer, { tail }: End): ImageHeader {
  if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR')
    return unreadable('The PNG has no header: its file is damaged.');
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  if (width === 0 || height === 0) return unreadable('The PNG says that it has no pixels.');
  if (!(tail ? tail.equals(pngEnd) : hasPngEnd(bytes)))
    return unreadable('The PNG is cut short: its end is missing.');
  return { kind: 'image', format: 'png', mime: 'image/png', width, height };
}

function hasPngEnd(bytes: Buffer): boolean {
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at))
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return true;
  return false;
}

function readJpeg(bytes: Buffer, { tail }: End): ImageHeader {
  let turned = false;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return unreadable('The JPEG is damaged.');
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const length = bytes.readUInt16BE(at + 2);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (marker === 0xe1) turned ||= isTurned(bytes.subarray(at + 4, at + 2 + length));
    if (isFrame) {
      if (at + 9 > bytes.length) break;
      const height = bytes.readUInt16BE(at + 5);
      const width = bytes.readUInt16BE(at + 7);
      if (width === 0 || height === 0) return unreadable('The JPEG says that it has no pixels.');
      if (tail ? !tail.subarray(-2).equals(jpegEnd) : bytes.lastIndexOf(jpegEnd) < at)
        return unreadable('The JPEG is cut short: its end is missing.');
      const size = turned ? { width: height, height: width } : { width, height };
      return { kind: 'image', format: 'jpeg', mime: 'image/jpeg', ...size };
    }
    at += 2 + length;
  }
  return unreadable('The JPEG is cut short: it has no frame.');
}

/** EXIF orientations 5 to 8 exchange width and height. */
function isTurned(segment: Buffer): boolean {
  if (segment.toString('latin1', 0, 6) !== 'Exif\0\0' || segment.length < 14) return false;
  const tiff = segment.subarray(6);
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const u16 = (at: number): number =>
    at + 2 > tiff.length ? 0 : little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  const entries = Math.min(u16(directory), 512);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12;
    if (u16(at) === 0x0112) return u16(at + 8) >= 5 && u16(at + 8) <= 8;
  }
  return false;
}

function readGif(bytes: Buffer): ImageHeader {
  if (bytes.length < 14) return unreadable('The GIF is cut short.');
  const width = bytes.readUInt16LE(6);
  const height = bytes.readUInt16LE(8);
  if (width === 0 || height === 0) return unreadable('The GIF says that it has no pixels.');
  return { kind: 'image', format: 'gif', mime: 'image/gif', width, height };
}

function readWebp(bytes: Buffer, { size: fileSize }: End): ImageHeader {
  if (bytes.length < 30) return unreadable('The WebP is cut short.');
  if (bytes.readUInt32LE(4) + 8 > fileSize) return unreadable('The WebP is cut short: its end is missing.');
  const size = webpSize(bytes);
  if (!size) return unreadable('The WebP is damaged.');
  return { kind: 'image', format: 'webp', mime: 'image/webp', ...size };
}

function webpSize(bytes: Buffer): { width: number; height: number } | null {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    default:
      return null;
  }
}

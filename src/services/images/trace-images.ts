import { imageTokens } from '../../core/dataset/image-tokens.ts';
import type { ImageRef, Json, JsonPath } from '../../core/trace/trace.ts';
import type { ImageData, ImageViewData } from '../dataset/views.ts';
import type { Assets, Log } from '../ports.ts';
import { type DecodeLimits, ImageDecoder } from './decoder.ts';
import { type ImageHeader, readImageHeader } from './header.ts';
import { maxImageBytes, type Refusal, resolveImage, resolveImageHead } from './resolve.ts';

const maxPixels = 40_000_000;
const thumbnailSide = 256;
const fullSide = 2048;
const maxPlainBytes = 5 * 1024 * 1024;

type PictureHeader = Extract<ImageHeader, { kind: 'image' }>;

/** Bytes of one image and what its header says, or why there are none. */
export type LoadedImage =
  | {
      readonly status: 'ready';
      /** Real path, or null for pictures that stand in the row itself. */
      readonly path: string | null;
      readonly bytes: Buffer;
      readonly header: PictureHeader;
    }
  | Refusal;

/** A picture in the row itself. */
type ImageInRow = Extract<LoadedImage, { path: string | null }> & { readonly path: null };

/** An image that can be used: a file that was looked at, or the bytes of a picture in the row; or why it cannot. */
export type CheckedImage = CheckedFile | ImageInRow | Refusal;

/** A file of which the header was read, and no more than that. */
interface CheckedFile {
  readonly status: 'ready';
  readonly path: string;
  readonly header: PictureHeader;
}

/** Loads the image that a trace names: from its folders, or out of its row. */
export function loadImage(ref: ImageRef, row: Json, folders: readonly string[]): Promise<LoadedImage> {
  return imageOf(ref, row, async () => {
    const found = await resolveImage(ref.source, folders);
    if (found.status !== 'ready') return found;
    const header = usable(readImageHeader(found.bytes));
    return 'kind' in header ? { ...found, header } : header;
  });
}

/** Says what `loadImage` would, but of a file only the beginning and the last bytes are read. */
export function checkImage(ref: ImageRef, row: Json, folders: readonly string[]): Promise<CheckedImage> {
  return imageOf(ref, row, async () => {
    const found = await resolveImageHead(ref.source, folders);
    if (found.status !== 'ready') return found;
    const header = usable(found.header);
    return 'kind' in header ? { ...found, header } : header;
  });
}

async function imageOf<FromFile>(
  ref: ImageRef,
  row: Json,
  fromFile: () => Promise<FromFile>,
): Promise<FromFile | ImageInRow | Refusal> {
  switch (ref.kind) {
    case 'remote':
      return { status: 'remote', message: `${hostOf(ref.source)}: nothing is fetched unasked.` };
    case 'invalid':
      return { status: 'missing', message: 'The row does not name a picture here.' };
    case 'path':
      return fromFile();
    case 'data':
    case 'bytes': {
      const bytes = bytesInRow(valueAt(row, ref.at));
      if (!Buffer.isBuffer(bytes)) return bytes;
      const header = usable(readImageHeader(bytes));
      return 'kind' in header ? { status: 'ready', path: null, bytes, header } : header;
    }
  }
}

function usable(header: ImageHeader): PictureHeader | Refusal {
  if (header.kind !== 'image') return { status: header.kind, message: header.message };
  if (header.width * header.height <= maxPixels) return header;
  const size = `${header.width} × ${header.height}`;
  return { status: 'too-large', message: `The image has ${size} pixels; at most 40 million are decoded.` };
}

function hostOf(source: string): string {
  const parts = /^([a-z][a-z0-9+.-]*):(?:\/\/)?([^/?#]*)/i.exec(source);
  return parts?.[2] ? `Remote image on ${parts[2].slice(0, 100)}` : 'Remote image';
}

/** What a row holds at a path, or undefined. */
export function valueAt(row: Json, path: JsonPath): Json | undefined {
  let value: Json | undefined = row;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as { [key: string]: Json })[String(key)];
  }
  return value;
}

function bytesInRow(value: Json | undefined): Buffer | Refusal {
  const tooLarge: Refusal = { status: 'too-large', message: 'The picture in the row has more than 20 MB.' };
  if (Array.isArray(value)) {
    if (value.length > maxImageBytes) return tooLarge;
    return Buffer.from(value.filter((byte) => typeof byte === 'number'));
  }
  if (typeof value !== 'string') return { status: 'unreadable', message: 'The row holds no picture here.' };
  const comma = value.startsWith('data:') ? value.indexOf(',') : -1;
  if (value.startsWith('data:') && !/;base64$/i.test(value.slice(0, comma)))
    return { status: 'unsupported', message: 'Only base64 data: pictures are shown.' };
  const text = value.slice(comma + 1);
  if (text.length > (maxImageBytes / 3) * 4) return tooLarge;
  return Buffer.from(text, 'base64');
}

/** Shows the images of traces: descriptions from headers, pixels through the decoding child. */
export class TraceImages {
  readonly #decoder: ImageDecoder;

  constructor(assets: Assets, log: Log, limits?: DecodeLimits) {
    this.#decoder = new ImageDecoder(assets, log, limits);
  }

  async read(
    ref: ImageRef,
    row: Json,
    folders: readonly string[],
    size: 'thumbnail' | 'full',
    signal?: AbortSignal,
  ): Promise<ImageData> {
    const image = await loadImage(ref, row, folders);
    if (image.status !== 'ready') return { status: 'refused', message: image.message };
    const { header, bytes } = image;
    const plain = (): ImageData => ({
      status: 'ready',
      mime: header.mime,
      bytes: ownBytes(bytes),
      width: header.width,
      height: header.height,
    });
    const isSmall = bytes.length <= maxPlainBytes;
    if (size === 'full' && isSmall && Math.max(header.width, header.height) <= fullSide) return plain();
    const side = size === 'thumbnail' ? thumbnailSide : fullSide;
    const keepPixels = size === 'full' && header.format === 'png';
    const reply = await this.#decoder.decode(bytes, side, keepPixels ? 'png' : 'webp', signal);
    switch (reply.status) {
      case 'done': {
        const { mime, width, height } = reply;
        return { status: 'ready', mime, bytes: ownBytes(reply.bytes), width, height };
      }
      case 'unavailable':
        if (isSmall) return plain();
        return { status: 'refused', message: `Pictures cannot be made smaller here: ${reply.message}` };
      case 'failed':
        return { status: 'refused', message: `The picture could not be decoded: ${reply.message}` };
    }
  }

  dispose(): void {
    this.#decoder.dispose();
  }
}

/** A plain copy: a message between host and page can carry one, but neither a Buffer nor a share of its pool. */
const ownBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** What a surface says about an image before it shows it. */
export async function describeImage(
  ref: ImageRef,
  row: Json,
  folders: readonly string[],
): Promise<ImageViewData> {
  const image = await checkImage(ref, row, folders);
  const { source } = ref;
  if (image.status !== 'ready')
    return { source, status: image.status, message: image.message, width: null, height: null, tokens: null };
  const { width, height } = image.header;
  return { source, status: 'ready', message: '', width, height, tokens: imageTokens(width, height) };
}

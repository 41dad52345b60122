import { loadSharp } from '../native/sharp.ts';

/** Asks the decoding child for a picture that fits a square of `side` pixels. */
export interface DecodeRequest {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly side: number;
  /** `png` keeps every pixel as it is; `webp` is smaller. */
  readonly as: 'png' | 'webp';
  /** Memory that the whole process may hold, bytes. */
  readonly maxMemory: number;
}

/** The exit status of a child that held more memory than it may. */
export const tooMuchMemory = 86;

export type DecodeReply =
  | {
      readonly id: number;
      readonly status: 'done';
      readonly bytes: Uint8Array;
      readonly mime: string;
      readonly width: number;
      readonly height: number;
    }
  | { readonly id: number; readonly status: 'failed'; readonly message: string }
  | { readonly id: number; readonly status: 'unavailable'; readonly message: string };

const maxPixels = 40_000_000;

async function decode(request: DecodeRequest): Promise<DecodeReply> {
  const { id } = request;
  const sharp = await loadSharp().catch((error: unknown) => error as Error);
  if (sharp instanceof Error) return { id, status: 'unavailable', message: sharp.message };
  try {
    const picture = sharp(Buffer.from(request.bytes), {
      limitInputPixels: maxPixels,
      failOn: 'truncated',
      pages: 1,
    })
      .autoOrient()
      .resize({ width: request.side, height: request.side, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb');
    const encoded =
      request.as === 'png' ? picture.png({ compressionLevel: 6 }) : picture.webp({ quality: 82, effort: 2 });
    const { data, info } = await encoded.toBuffer({ resolveWithObject: true });
    const mime = request.as === 'png' ? 'image/png' : 'image/webp';
    return { id, status: 'done', bytes: data, mime, width: info.width, height: info.height };
  } catch (error) {
    return { id, status: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

/** Decoding happens in other threads, so this one can look on, and end the process with them. */
function endAbove(maxMemory: number): void {
  if (process.memoryUsage.rss() > maxMemory) process.exit(tooMuchMemory);
}

process.on('message', (request: DecodeRequest) => {
  const { maxMemory } = request;
  const watch = setInterval(() => endAbove(maxMemory), 20);
  void decode(request).then((reply) => {
    clearInterval(watch);
    endAbove(maxMemory);
    process.send?.(reply);
  });
});
process.on('disconnect', () => process.exit(0));

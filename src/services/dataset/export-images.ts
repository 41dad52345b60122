import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import type { ImageRef } from '../../core/trace/trace.ts';
import type { LoadedImage } from '../images/trace-images.ts';

export type ExportImages = 'relative' | 'copy' | 'embed';

/** Names the images of exported rows as seen from the new file, and puts files beside it where that is wanted. */
export class ImageExporter {
  readonly #folder: string;
  readonly #written = new Map<string, string>();
  readonly #names = new Set<string>();

  constructor(
    private readonly to: string,
    private readonly mode: ExportImages,
  ) {
    this.#folder = join(dirname(to), `${basename(to, extname(to))}_images`);
  }

  /** The image as the new row names it; an image that is not there keeps the name it had. */
  async name(ref: ImageRef, image: LoadedImage): Promise<string> {
    if (image.status !== 'ready') return ref.source;
    if (this.mode === 'embed') return `data:${image.header.mime};base64,${image.bytes.toString('base64')}`;
    if (this.mode === 'relative' && image.path !== null) return this.#relative(image.path);
    return this.#relative(await this.#copy(ref, image));
  }

  async #copy(ref: ImageRef, image: Extract<LoadedImage, { status: 'ready' }>): Promise<string> {
    const digest = createHash('sha256').update(image.bytes).digest('hex');
    const known = this.#written.get(digest);
    if (known !== undefined) return known;
    const extension = image.header.format === 'jpeg' ? '.jpg' : `.${image.header.format}`;
    const plain = image.path === null ? '' : basename(ref.source).replace(/[^\w.-]+/g, '-');
    const stem = plain === '' ? digest.slice(0, 16) : plain;
    const named = extname(stem) === '' ? `${stem}${extension}` : stem;
    const name = this.#names.has(named) ? `${digest.slice(0, 8)}-${named}` : named;
    const path = join(this.#folder, name);
    await mkdir(this.#folder, { recursive: true });
    await writeFile(path, image.bytes);
    this.#names.add(name);
    this.#written.set(digest, path);
    return path;
  }

  #relative(path: string): string {
    return relative(dirname(this.to), path).split(sep).join('/');
  }
}

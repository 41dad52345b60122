import { createHash } from 'node:crypto';
import { access, mkdir, rename, rmdir, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import type { ImageRef, Json } from '../../core/trace/trace.ts';
import { type LoadedImage, valueAt } from '../images/trace-images.ts';

/** How a new dataset names its images: where they are, as copies beside it, or as data: URIs in its rows. */
export type ExportImages = 'relative' | 'copy' | 'embed';

/** Readers of the other shapes open a path for each image and take no data: URI (LLaMA-Factory, LLaVA, TRL). */
const embeddable: ReadonlySet<string> = new Set([
  'coldstart',
  'cold-start',
  'rl-data',
  'traces',
  'ms-swift',
  'ms-swift-query',
  'openai-messages',
]);

/** True when images can stand inside the rows of this shape. */
export function canEmbed(shape: string): boolean {
  return embeddable.has(shape);
}

/** Names the images of exported rows as seen from the new file, and puts files beside it where that is wanted. */
export class ImageExporter {
  /** Images that the new file names outside its own folder. */
  outside = 0;
  readonly #folder: string;
  readonly #created: string[] = [];
  #createdFolder = false;

  /** `to` is the real place of the new file; its folder exists. */
  constructor(
    private readonly to: string,
    private readonly mode: ExportImages,
  ) {
    this.#folder = join(dirname(to), `${basename(to, extname(to))}-images`);
  }

  /** The image as the new row names it; an image that is not there keeps the name it had. */
  async name(ref: ImageRef, row: Json, image: LoadedImage): Promise<string> {
    if (image.status !== 'ready') {
      const value = valueAt(row, ref.at);
      return typeof value === 'string' ? value : ref.source;
    }
    if (this.mode === 'embed') return `data:${image.header.mime};base64,${image.bytes.toString('base64')}`;
    // A picture that stands in the row has no file to refer to: it gets one.
    if (this.mode === 'copy' || image.path === null) return this.#relative(await this.#copy(image));
    return this.#relative(image.path);
  }

  /** Takes back the files that were written, for an export that ends early. */
  async discard(): Promise<void> {
    for (const path of this.#created) await unlink(path).catch(() => undefined);
    if (this.#createdFolder) await rmdir(this.#folder).catch(() => undefined);
  }

  async #copy(image: Extract<LoadedImage, { status: 'ready' }>): Promise<string> {
    const digest = createHash('sha256').update(image.bytes).digest('hex').slice(0, 32);
    const path = join(
      this.#folder,
      `${digest}.${image.header.format === 'jpeg' ? 'jpg' : image.header.format}`,
    );
    // The name says the content: what is there is the picture, whoever wrote it.
    if (await exists(path)) return path;
    const made = await mkdir(this.#folder, { recursive: true });
    this.#createdFolder ||= made !== undefined;
    const temp = `${path}.coldstart-tmp`;
    try {
      await writeFile(temp, image.bytes);
      await rename(temp, path);
    } catch (error) {
      await unlink(temp).catch(() => undefined);
      throw error;
    }
    this.#created.push(path);
    return path;
  }

  #relative(path: string): string {
    const name = relative(dirname(this.to), path).split(sep).join('/');
    if (name.startsWith('../')) this.outside++;
    return name;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

import type { ImageReply } from '../../src/protocol/trace-views.ts';

export type ImageSize = 'thumbnail' | 'full';

export type LoadedImage =
  | { status: 'ready'; url: string; width: number; height: number }
  | { status: 'refused'; message: string };

/** Reads one image from the host; `key` is whatever the surface made of its own coordinates. */
export type ImageReader = (key: string, size: ImageSize, signal: AbortSignal) => Promise<ImageReply>;

interface Entry {
  readonly loading: Promise<LoadedImage>;
  readonly abort: AbortController;
  image: LoadedImage | null;
  /** Keeps a picture that was read ahead decoded, so that it is painted together with its trace. */
  warm: HTMLImageElement | null;
  uses: number;
}

const shownTypes = /^image\/(png|jpeg|webp|gif|avif|bmp)$/;

/**
 * Blob URLs of images by key, least recently used first out. An image in use (`acquire` without `release`) is
 * never revoked; at most `capacity` unused ones are kept.
 */
export class ImageStore {
  /** Which reading of the file keys are about: a surface makes it part of them, so that pictures never outlive their rows. */
  reading = 0;
  readonly #entries = new Map<string, Entry>();
  readonly #read: ImageReader;
  readonly #capacity: number;

  constructor(read: ImageReader, capacity = 96) {
    this.#read = read;
    this.#capacity = capacity;
  }

  /** The image, loaded once; pair every `acquire` with one `release`. */
  acquire(key: string, size: ImageSize): Promise<LoadedImage> {
    const entry = this.#entry(key, size);
    entry.uses += 1;
    return entry.loading;
  }

  /** What is there already, without waiting. */
  peek(key: string, size: ImageSize): LoadedImage | null {
    return this.#entries.get(`${size} ${key}`)?.image ?? null;
  }

  release(key: string, size: ImageSize): void {
    const entry = this.#entries.get(`${size} ${key}`);
    if (!entry) return;
    entry.uses = Math.max(0, entry.uses - 1);
    if (entry.uses === 0 && entry.image === null) {
      // Scrolled past before it came: nobody waits for it any more.
      this.#entries.delete(`${size} ${key}`);
      this.#drop(entry);
    }
    this.#trim();
  }

  /** Loads and decodes an image that will soon be shown; failures stay silent until it is. */
  prefetch(key: string, size: ImageSize): void {
    const entry = this.#entry(key, size);
    entry.loading.then(
      (image) => {
        if (image.status !== 'ready' || entry.image !== image || entry.warm) return;
        entry.warm = new Image();
        entry.warm.src = image.url;
        entry.warm.decode().catch(() => undefined);
      },
      () => undefined,
    );
  }

  /** Forgets everything, as after an edit of image paths; images on screen must be acquired again. */
  clear(): void {
    for (const entry of this.#entries.values()) this.#drop(entry);
    this.#entries.clear();
  }

  #entry(key: string, size: ImageSize): Entry {
    const name = `${size} ${key}`;
    const known = this.#entries.get(name);
    if (known) {
      this.#entries.delete(name);
      this.#entries.set(name, known);
      return known;
    }
    const abort = new AbortController();
    const loading = this.#load(name, key, size, abort.signal);
    const entry: Entry = { abort, image: null, warm: null, uses: 0, loading };
    this.#entries.set(name, entry);
    return entry;
  }

  async #load(name: string, key: string, size: ImageSize, signal: AbortSignal): Promise<LoadedImage> {
    try {
      const reply = await this.#read(key, size, signal);
      const image: LoadedImage =
        reply.status === 'refused'
          ? reply
          : shownTypes.test(reply.mime)
            ? {
                status: 'ready',
                url: URL.createObjectURL(new Blob([reply.bytes], { type: reply.mime })),
                width: reply.width,
                height: reply.height,
              }
            : { status: 'refused', message: `Pictures of type ${reply.mime} are not shown.` };
      const entry = this.#entries.get(name);
      if (entry && entry.abort.signal === signal) entry.image = image;
      else if (image.status === 'ready') URL.revokeObjectURL(image.url);
      this.#trim();
      return image;
    } catch (error) {
      if (this.#entries.get(name)?.abort.signal === signal) this.#entries.delete(name);
      throw error;
    }
  }

  #trim(): void {
    let spare = 0;
    for (const entry of this.#entries.values()) if (entry.uses === 0) spare += 1;
    for (const [name, entry] of this.#entries) {
      if (spare <= this.#capacity) return;
      if (entry.uses > 0) continue;
      this.#entries.delete(name);
      this.#drop(entry);
      spare -= 1;
    }
  }

  #drop(entry: Entry): void {
    entry.abort.abort();
    if (entry.image?.status === 'ready') URL.revokeObjectURL(entry.image.url);
  }
}

import type { TraceView } from '../../src/protocol/trace-views.ts';
import { afterPaint } from '../elements/after-paint.ts';
import type { ImageStore } from '../host/image-store.ts';
import type { RowPages } from './row-pages.ts';
import type { TraceCache } from './trace-cache.ts';

const aheadCount = 3;
/** While a key is held down rows pass faster than the host answers: more of them are asked for in time. */
const hurriedCount = 10;
/** Moves closer together than this are a hurry, ms. */
const hurry = 150;
const imageCount = 4;

/** How an image of a row is named in the image store, and read back. */
export const imageKey = (store: ImageStore | null, index: number, image: number): string =>
  `${store?.reading ?? 0}/${index}/${image}`;

export function imagePlace(key: string): { index: number; image: number } {
  const [, index = 0, image = 0] = key.split('/').map(Number);
  return { index, image };
}

/** Indexes of the readable rows that come after `position` in the direction `by`, as far as they are known. */
function rowsAhead(rows: RowPages, position: number, by: 1 | -1, hurried: boolean): number[] {
  const next: number[] = [];
  for (let step = 1; step <= (hurried ? hurriedCount : aheadCount); step += 1) {
    const row = rows.at(position + by * step);
    if (row?.status === 'ok') next.push(row.index);
  }
  return next;
}

/** Reads the first images of a trace before they are shown. */
function prefetchImages(images: ImageStore, trace: TraceView): void {
  trace.images.slice(0, imageCount).forEach((image, at) => {
    if (image.status === 'ready') images.prefetch(imageKey(images, trace.index, at), 'full');
  });
}

/** Reads what a person is likely to show next, in the direction of the last move, once the trace shown is painted. */
export class LookAhead {
  readonly #rows: RowPages;
  readonly #cache: TraceCache;
  readonly #images: ImageStore;
  #stop = () => {};
  #position = -1;
  #moved = Number.NEGATIVE_INFINITY;
  #near: readonly number[] = [];

  constructor(rows: RowPages, cache: TraceCache, images: ImageStore) {
    this.#rows = rows;
    this.#cache = cache;
    this.#images = images;
  }

  /** The row `index` at `position` is the one to show now; its own read, when it is under way, goes on. */
  from(index: number, position: number): void {
    const by = position < this.#position ? -1 : 1;
    const now = performance.now();
    const hurried = now - this.#moved < hurry;
    this.#position = position;
    this.#moved = now;
    this.#stop();
    this.#stop = afterPaint(() => {
      const next = rowsAhead(this.#rows, position, by, hurried);
      this.#near = next.slice(0, aheadCount);
      this.#cache.prefetch(next, index);
      for (const near of this.#near) {
        const trace = this.#cache.get(near);
        if (trace) prefetchImages(this.#images, trace);
      }
    });
  }

  /** A trace was read ahead: its images are next, when it is near. */
  arrived(trace: TraceView): void {
    if (this.#near.includes(trace.index)) prefetchImages(this.#images, trace);
  }

  stop(): void {
    this.#stop();
  }
}

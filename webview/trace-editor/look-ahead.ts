import type { TraceView } from '../../src/protocol/trace-views.ts';
import type { ImageStore } from '../host/image-store.ts';
import type { RowPages } from './row-pages.ts';

const aheadCount = 3;
const imageCount = 4;

/** How an image of a row is named in the image store. */
export const imageKey = (index: number, image: number): string => `${index}/${image}`;

/** Indexes of the readable rows that follow `position`, as far as they are known. */
export function rowsAhead(rows: RowPages, position: number): number[] {
  const next: number[] = [];
  for (let step = 1; step <= aheadCount; step += 1) {
    const row = rows.at(position + step);
    if (row?.status === 'ok') next.push(row.index);
  }
  return next;
}

/** Reads the first images of a trace before they are shown. */
export function prefetchImages(images: ImageStore, trace: TraceView): void {
  trace.images.slice(0, imageCount).forEach((image, at) => {
    if (image.status === 'ready') images.prefetch(imageKey(trace.index, at), 'full');
  });
}

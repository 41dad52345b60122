/** Chromium clamps elements near 33.5 M px; zoom shrinks that, so longer lists scroll through a mapped range. */
export const maxSpacerHeight = 8_000_000;

/** A list as geometry: all lengths in CSS px. */
export interface ListShape {
  readonly lines: number;
  readonly lineHeight: number;
  readonly viewport: number;
}

/** Where a list stands: `offset` in list px (0 … content − viewport), `scrollTop` of the scroller. */
export interface ListPlace {
  readonly offset: number;
  readonly scrollTop: number;
}

const contentHeight = (shape: ListShape): number => shape.lines * shape.lineHeight;
export const spacerHeight = (shape: ListShape): number => Math.min(contentHeight(shape), maxSpacerHeight);
const maxOffset = (shape: ListShape): number => Math.max(0, contentHeight(shape) - shape.viewport);
const maxScroll = (shape: ListShape): number => Math.max(0, spacerHeight(shape) - shape.viewport);
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** The place with this list offset; the scroller stands at the proportional spot. */
export function placeAt(shape: ListShape, offset: number): ListPlace {
  const bounded = clamp(offset, 0, maxOffset(shape));
  if (contentHeight(shape) <= maxSpacerHeight) return { offset: bounded, scrollTop: bounded };
  return { offset: bounded, scrollTop: (bounded / maxOffset(shape)) * maxScroll(shape) };
}

/**
 * The place after the scroller moved to `scrollTop`: short moves (wheel, keys) count px by px, long ones (the
 * thumb) and the two ends count as a share of the whole.
 */
export function placeAfterScroll(shape: ListShape, before: ListPlace, scrollTop: number): ListPlace {
  if (contentHeight(shape) <= maxSpacerHeight)
    return { offset: clamp(scrollTop, 0, maxOffset(shape)), scrollTop };
  const moved = scrollTop - before.scrollTop;
  const share = maxScroll(shape) === 0 ? 0 : scrollTop / maxScroll(shape);
  const atEnd = share <= 0 || share >= 1;
  if (atEnd || Math.abs(moved) > 3 * shape.viewport) {
    return { offset: clamp(share, 0, 1) * maxOffset(shape), scrollTop };
  }
  return { offset: clamp(before.offset + moved, 0, maxOffset(shape)), scrollTop };
}

/** Lines to draw, `last` exclusive, with `overscan` lines on both sides. */
export function visibleLines(
  shape: ListShape,
  offset: number,
  overscan: number,
): { first: number; last: number } {
  const first = Math.floor(offset / shape.lineHeight) - overscan;
  const last = Math.ceil((offset + shape.viewport) / shape.lineHeight) + overscan;
  return { first: clamp(first, 0, shape.lines), last: clamp(last, 0, shape.lines) };
}

/** The smallest move of `offset` that shows `line` whole; `center` puts it in the middle unless it is visible. */
export function offsetShowing(
  shape: ListShape,
  offset: number,
  line: number,
  align: 'nearest' | 'center',
): number {
  const top = line * shape.lineHeight;
  const bottom = top + shape.lineHeight;
  if (top >= offset && bottom <= offset + shape.viewport) return offset;
  if (align === 'center') return clamp(top - (shape.viewport - shape.lineHeight) / 2, 0, maxOffset(shape));
  return clamp(top < offset ? top : bottom - shape.viewport, 0, maxOffset(shape));
}

/** Limits of Qwen2.5-VL's image processor: patches of 14 pixels merged two by two, so a grid of 28. */
const qwenPixels = { factor: 28, minPixels: 56 * 56, maxPixels: 1_204_224 } as const;

/**
 * Size in pixels that `smart_resize` of Qwen2-VL and Qwen2.5-VL (transformers, image_processing_qwen2_vl.py) gives an
 * image: both sides multiples of `factor`, area between the limits, aspect ratio kept as well as that allows.
 * Null for sizes that the processor refuses (aspect ratio above 200, or no area).
 */
export function smartResize(
  width: number,
  height: number,
  limits: { factor: number; minPixels: number; maxPixels: number } = qwenPixels,
): { width: number; height: number } | null {
  const { factor, minPixels, maxPixels } = limits;
  if (!(width > 0) || !(height > 0)) return null;
  if (Math.max(width, height) / Math.min(width, height) > 200) return null;
  const grid = (value: number, round: (x: number) => number): number => round(value / factor) * factor;
  let wide = Math.max(factor, grid(width, roundHalfEven));
  let high = Math.max(factor, grid(height, roundHalfEven));
  if (wide * high > maxPixels) {
    const shrink = Math.sqrt((width * height) / maxPixels);
    wide = Math.max(factor, grid(width / shrink, Math.floor));
    high = Math.max(factor, grid(height / shrink, Math.floor));
  } else if (wide * high < minPixels) {
    const grow = Math.sqrt(minPixels / (width * height));
    wide = grid(width * grow, Math.ceil);
    high = grid(height * grow, Math.ceil);
  }
  return { width: wide, height: high };
}

/** Image tokens a Qwen2.5-VL policy sees for an image of this size; null when its processor refuses the size. */
export function imageTokens(width: number, height: number): number | null {
  const size = smartResize(width, height);
  return size && (size.width / qwenPixels.factor) * (size.height / qwenPixels.factor);
}

/** Python's `round`, which the processor uses: halves go to the even neighbour. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

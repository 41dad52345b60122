const placeholder = /<image>|<\|vision_start\|><\|image_pad\|><\|vision_end\|>/g;

/** A prompt for reading: marks of images that are shown beside it go, several are numbered; without images they stay. */
export function withoutPlaceholders(text: string, images: number): string {
  if (images === 0) return text;
  let count = 0;
  const shown = text.replace(placeholder, () => {
    count += 1;
    return images === 1 ? '' : `[image ${count}]`;
  });
  return shown.trim();
}

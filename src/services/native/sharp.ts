import type Sharp from 'sharp';

type SharpModule = typeof Sharp;

let loaded: Promise<SharpModule> | undefined;

/** Loaders of libvips that may see bytes of strangers: everything else (SVG, PDF, TIFF, …) stays blocked. */
const allowed = [
  'VipsForeignLoadPngBuffer',
  'VipsForeignLoadJpegBuffer',
  'VipsForeignLoadWebpBuffer',
  'VipsForeignLoadNsgifBuffer',
];

/** sharp, loaded on first use with only the buffer loaders of PNG, JPEG, WebP and GIF; rejects when it is not there. */
export function loadSharp(): Promise<SharpModule> {
  loaded ??= import('sharp').then((module) => {
    const sharp = module.default;
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: allowed });
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  });
  return loaded;
}

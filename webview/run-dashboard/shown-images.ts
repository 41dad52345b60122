import type { ImageView } from '../../src/protocol/trace-views.ts';
import { flipImageKey } from './flip-browser.ts';
import type { RunModel } from './model.ts';
import { imageKey } from './rollout-browser.ts';

/** The images that can be zoomed on the tab of now, and how they are named in the image store. */
export function shownImages(model: RunModel): {
  readonly images: readonly ImageView[];
  keyOf(at: number): string;
} {
  const { flip, pair } = model.flips;
  if (model.tab === 'evaluation')
    return {
      images: pair && flip ? flip.images : [],
      keyOf: (at) => (pair && flip ? flipImageKey(pair, flip.index, at) : ''),
    };
  const { step = 0, group = 0, images = [] } = model.rollouts.group ?? {};
  return { images, keyOf: (at) => imageKey(step, group, at) };
}

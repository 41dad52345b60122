import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../elements/controls.ts';
import { readyImage } from '../elements/image-view.ts';
import type { ImageStore } from '../host/image-store.ts';

/** The first picture of a list's row; its place is kept where other rows of the list have one. */
export function rowThumbnail(
  images: number,
  imageKey: string,
  store: ImageStore,
  withImages: boolean,
): TemplateResult | typeof nothing {
  if (images === 0)
    return withImages
      ? html`<div class="thumbnail none" title="No image">${icon('file-media')}</div>`
      : nothing;
  return html`<div class="thumbnail"><cs-image
    compact
    size="thumbnail"
    .store=${store}
    .imageKey=${imageKey}
    .image=${readyImage}
  ></cs-image></div>`;
}

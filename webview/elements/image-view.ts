import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { many } from '../../src/core/text/plural.ts';
import type { ImageView } from '../../src/protocol/trace-views.ts';
import { describeError, isAbort } from '../host/host-error.ts';
import type { ImageSize, ImageStore, LoadedImage } from '../host/image-store.ts';
import { icon } from './controls.ts';
import { LightElement } from './light-element.ts';
import { styled } from './styled.ts';
import './image-view.css';

/** `768×512 · ~540 tokens`, as far as it is known. */
export function imageCaption(image: ImageView): string {
  const size = image.width !== null && image.height !== null ? `${image.width}×${image.height}` : '';
  const tokens = image.tokens !== null ? `~${many(image.tokens, 'token')}` : '';
  return [size, tokens].filter(Boolean).join(' · ');
}

/** An image that a list shows before anything but its existence is known. */
export const readyImage: ImageView = {
  source: '',
  status: 'ready',
  message: '',
  width: null,
  height: null,
  tokens: null,
};

/** One image of a trace, its place kept while it loads; a click sends `cs-zoom {index}`. */
@customElement('cs-image')
export class ImageElement extends LightElement {
  @property({ attribute: false }) image: ImageView | null = null;
  @property({ attribute: false }) store: ImageStore | null = null;
  @property() imageKey = '';
  @property() size: ImageSize = 'full';
  /** Position among the images of the trace. */
  @property({ type: Number }) index = 0;
  @property({ type: Number }) maxHeight = 320;
  /** Fills its parent, without caption or zoom, as in a grid. */
  @property({ type: Boolean, reflect: true }) compact = false;
  @state() private loaded: LoadedImage | null = null;
  #held: { store: ImageStore; key: string; size: ImageSize } | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release();
    this.loaded = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate('imageKey');
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('imageKey') && !changed.has('store') && !changed.has('size') && !changed.has('image'))
      return;
    const wanted = this.image?.status === 'ready' && this.store && this.imageKey !== '' ? this.store : null;
    const held = this.#held;
    if (wanted && held && held.store === wanted && held.key === this.imageKey && held.size === this.size)
      return;
    this.#release();
    this.loaded = null;
    if (wanted) void this.#acquire({ store: wanted, key: this.imageKey, size: this.size });
  }

  async #acquire(wanted: { store: ImageStore; key: string; size: ImageSize }): Promise<void> {
    this.#held = wanted;
    this.loaded = wanted.store.peek(wanted.key, wanted.size);
    try {
      const loaded = await wanted.store.acquire(wanted.key, wanted.size);
      if (this.#held === wanted) this.loaded = loaded;
    } catch (error) {
      if (this.#held === wanted && !isAbort(error)) {
        this.loaded = { status: 'refused', message: describeError(error).message };
      }
    }
  }

  #release(): void {
    if (this.#held) this.#held.store.release(this.#held.key, this.#held.size);
    this.#held = null;
  }

  protected override render(): TemplateResult | typeof nothing {
    const image = this.image;
    if (!image) return nothing;
    const refusal =
      image.status !== 'ready'
        ? image.message
        : this.loaded?.status === 'refused'
          ? this.loaded.message
          : null;
    if (refusal !== null) {
      return html`<div class="refused" title=${image.source}>${icon('file-media')}<span>${refusal}</span></div>`;
    }
    const picture =
      this.loaded?.status === 'ready'
        ? html`<img src=${this.loaded.url} alt=${`Image ${this.index + 1}`} draggable="false" />`
        : nothing;
    if (this.compact) return html`<div class="frame" aria-busy=${this.loaded === null}>${picture}</div>`;
    const width = image.width ?? (this.loaded?.status === 'ready' ? this.loaded.width : null);
    const height = image.height ?? (this.loaded?.status === 'ready' ? this.loaded.height : null);
    const known = width !== null && height !== null && height > 0;
    const shownWidth = known ? Math.min(width, (this.maxHeight * width) / height) : null;
    return html`<button
        type="button"
        class="frame"
        aria-label=${`Zoom image ${this.index + 1}`}
        aria-busy=${this.loaded === null}
        ${styled({
          width: shownWidth === null ? '240px' : `${shownWidth}px`,
          'aspect-ratio': known ? `${width} / ${height}` : '4 / 3',
        })}
        @click=${() => this.send('cs-zoom', { index: this.index })}
      >${picture}</button>
      <div class="caption cs-number" title=${image.source}>${imageCaption(image)}</div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-image': ImageElement;
  }
}

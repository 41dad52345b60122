import { html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import type { ImageView } from '../../src/protocol/trace-views.ts';
import type { ImageStore } from '../host/image-store.ts';
import { staysInPage } from './field-keys.ts';
import { leavesFocus } from './focus.ts';
import { helpDialog, type KeyGroup } from './help-dialog.ts';
import { LightElement } from './light-element.ts';
import './image-zoom.ts';
import './surface.css';

const narrowWidth = 700;

/**
 * What all surfaces have: a narrow layout, keys that go back to the content, one image over everything, the list of
 * keys, and words for a screen reader. What `watch` begins ends with the element.
 */
export abstract class SurfaceElement extends LightElement {
  /** The image shown over everything, null for none. */
  @state() zoom: number | null = null;
  @state() narrow = false;
  @state() private helping = false;
  @state() private spoken = '';
  protected started = false;
  /** Aborted when the element leaves the page. */
  protected readonly scope = new AbortController();

  /** Gives the keys back to what is read. */
  abstract focusContent(): void;

  /** Begins to follow the width, the focus and clicks. */
  protected watch(): void {
    this.started = true;
    // The page brings a skeleton for the time before the scripts are there.
    this.querySelector(':scope > .cs-skeleton')?.remove();
    // Where it was seen already, the next one follows without a gap.
    this.classList.toggle('waited', performance.now() > 150);
    setTimeout(() => this.classList.remove('waited'), 1000);
    const { signal } = this.scope;
    const sized = new ResizeObserver(() => {
      this.narrow = this.clientWidth < narrowWidth;
    });
    sized.observe(this);
    signal.addEventListener('abort', () => sized.disconnect());
    this.addEventListener('keydown', (event) => staysInPage(event) && event.stopPropagation(), { signal });
    this.addEventListener('click', (event) => leavesFocus(event) && this.focusContent(), { signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.scope.abort();
  }

  announce(text: string): void {
    // The same words twice are spoken twice only when the text differs.
    this.spoken = this.spoken === text ? `${text}\u00a0` : text;
  }

  showHelp(): void {
    this.helping = true;
  }

  protected override updated(): void {
    const dialog = this.querySelector<HTMLDialogElement>('dialog.cs-help');
    if (dialog && !dialog.open) dialog.showModal();
  }

  /** The zoomed image, the list of keys, and what is read out; `keyOf` names an image in the store. */
  protected overlays(
    images: readonly ImageView[],
    keyOf: (at: number) => string,
    store: ImageStore,
    keys: readonly KeyGroup[],
  ): TemplateResult {
    return html`<cs-image-zoom
        .images=${this.zoom === null ? [] : images}
        .keys=${images.map((_, at) => keyOf(at))}
        .store=${store}
        .index=${this.zoom ?? 0}
        @cs-close=${() => {
          this.zoom = null;
        }}
      ></cs-image-zoom>
      ${
        this.helping
          ? helpDialog(keys, () => {
              this.helping = false;
            })
          : nothing
      }
      <div class="cs-visually-hidden" role="status" aria-live="polite">${this.spoken}</div>`;
  }
}

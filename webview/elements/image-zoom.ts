import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ImageView } from '../../src/protocol/trace-views.ts';
import { describeError, isAbort } from '../host/host-error.ts';
import type { ImageStore, LoadedImage } from '../host/image-store.ts';
import { iconButton } from './controls.ts';
import { imageCaption } from './image-view.ts';
import { LightElement } from './light-element.ts';
import { styled } from './styled.ts';
import './image-view.css';

const barHeight = 36;
const largestScale = 16;
const smallestScale = 0.05;

interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** The view that keeps the image point under (`px`, `py`) where it is while the scale becomes `scale`. */
function zoomAround(view: View, px: number, py: number, scale: number): View {
  const bounded = Math.min(largestScale, Math.max(smallestScale, scale));
  const ratio = bounded / view.scale;
  return { scale: bounded, x: px - (px - view.x) * ratio, y: py - (py - view.y) * ratio };
}

/**
 * Images at real pixels over the whole surface: wheel or +/− zooms, drag pans, 0 fits, 1 is 100 %, arrows change
 * the image, Esc closes. Open while `images` is not empty; sends `cs-close`.
 */
@customElement('cs-image-zoom')
export class ImageZoom extends LightElement {
  @property({ attribute: false }) images: readonly ImageView[] = [];
  @property({ attribute: false }) keys: readonly string[] = [];
  @property({ attribute: false }) store: ImageStore | null = null;
  @property({ type: Number }) index = 0;
  @state() private loaded: LoadedImage | null = null;
  @state() private view: View = { scale: 1, x: 0, y: 0 };
  @state() private dragging = false;
  #held: string | null = null;
  #grip = { x: 0, y: 0 };

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('images') || changed.has('index') || changed.has('keys')) this.#load();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('images')) return;
    const dialog = this.querySelector('dialog');
    if (dialog && !dialog.open) dialog.showModal();
  }

  #load(): void {
    this.#release();
    this.loaded = null;
    const key = this.keys[this.index];
    if (key === undefined || !this.store || this.images[this.index]?.status !== 'ready') return;
    this.#held = key;
    this.store.acquire(key, 'full').then(
      (loaded) => {
        if (this.#held !== key) return;
        this.loaded = loaded;
        this.#fit();
      },
      (error: unknown) => {
        if (this.#held === key && !isAbort(error))
          this.loaded = { status: 'refused', message: describeError(error).message };
      },
    );
  }

  #release(): void {
    if (this.#held !== null) this.store?.release(this.#held, 'full');
    this.#held = null;
  }

  get #room(): { width: number; height: number } {
    return { width: window.innerWidth, height: window.innerHeight - barHeight };
  }

  #center(scale: number): void {
    if (this.loaded?.status !== 'ready') return;
    const { width, height } = this.#room;
    this.view = {
      scale,
      x: Math.round((width - this.loaded.width * scale) / 2),
      y: Math.round((height - this.loaded.height * scale) / 2),
    };
  }

  /** Small pictures grow to at most four times, large ones shrink until they fit. */
  #fit(): void {
    if (this.loaded?.status !== 'ready') return;
    const { width, height } = this.#room;
    this.#center(Math.min(4, (width - 32) / this.loaded.width, (height - 32) / this.loaded.height));
  }

  #zoom(factor: number, px = this.#room.width / 2, py = this.#room.height / 2): void {
    this.view = zoomAround(this.view, px, py, this.view.scale * factor);
  }

  #move(by: number): void {
    const next = this.index + by;
    if (next >= 0 && next < this.images.length) this.index = next;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const acts: Record<string, () => void> = {
      '+': () => this.#zoom(1.25),
      '=': () => this.#zoom(1.25),
      '-': () => this.#zoom(0.8),
      '0': () => this.#fit(),
      '1': () => this.#center(1),
      i: () => this.querySelector('dialog')?.close(),
      ArrowLeft: () => this.#move(-1),
      ArrowRight: () => this.#move(1),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  readonly #onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    this.#zoom(
      Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002)),
      event.clientX,
      event.clientY - barHeight,
    );
  };

  readonly #onDown = (event: PointerEvent): void => {
    if (event.button !== 0 || !(event.currentTarget instanceof HTMLElement)) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.#grip = { x: event.clientX - this.view.x, y: event.clientY - this.view.y };
  };

  readonly #onMove = (event: PointerEvent): void => {
    if (this.dragging) {
      this.view = { ...this.view, x: event.clientX - this.#grip.x, y: event.clientY - this.#grip.y };
    }
  };

  protected override render(): TemplateResult | typeof nothing {
    const image = this.images[this.index];
    if (!image) return nothing;
    const { scale, x, y } = this.view;
    return html`<dialog
      aria-label="Image"
      @close=${() => this.send('cs-close', {})}
      @keydown=${this.#onKey}
    >
      <div class="bar">
        <span class="name" title=${image.source}>${image.source}</span>
        ${
          this.images.length > 1
            ? html`${iconButton('chevron-left', 'Previous image', () => this.#move(-1), { disabled: this.index === 0 })}
              <span class="cs-number">${this.index + 1} of ${this.images.length}</span>
              ${iconButton('chevron-right', 'Next image', () => this.#move(1), {
                disabled: this.index === this.images.length - 1,
              })}`
            : nothing
        }
        <span class="cs-muted cs-number">${imageCaption(image)}</span>
        <span class="scale cs-number">${Math.round(scale * 100)}%</span>
        ${iconButton('zoom-out', 'Zoom out', () => this.#zoom(0.8), { key: '-' })}
        ${iconButton('zoom-in', 'Zoom in', () => this.#zoom(1.25), { key: '+' })}
        ${iconButton('screen-full', 'Fit', () => this.#fit(), { key: '0' })}
        ${iconButton('close', 'Close', () => this.querySelector('dialog')?.close(), { key: 'Escape' })}
      </div>
      <div
        class="stage ${this.dragging ? 'dragging' : ''}"
        @wheel=${this.#onWheel}
        @pointerdown=${this.#onDown}
        @pointermove=${this.#onMove}
        @pointerup=${() => {
          this.dragging = false;
        }}
        @dblclick=${() => this.#center(scale === 1 ? 2 : 1)}
      >
        ${
          this.loaded?.status === 'ready'
            ? html`<img
              class=${scale >= 2 ? 'crisp' : ''}
              src=${this.loaded.url}
              alt=${`Image ${this.index + 1}`}
              draggable="false"
              ${styled({
                width: `${this.loaded.width}px`,
                transform: `translate(${x}px, ${y}px) scale(${scale})`,
              })}
            />`
            : this.loaded?.status === 'refused' || image.status !== 'ready'
              ? html`<div class="cs-state"><p>${this.loaded?.status === 'refused' ? this.loaded.message : image.message}</p></div>`
              : nothing
        }
      </div>
    </dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-image-zoom': ImageZoom;
  }
}

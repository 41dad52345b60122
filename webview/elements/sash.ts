import { html, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { LightElement } from './light-element.ts';
import './sash.css';

/** The line between two panes. Sends `cs-resize {width}` while it is dragged or moved by arrow keys. */
@customElement('cs-sash')
export class Sash extends LightElement {
  /** Width of the pane that the sash resizes, px. */
  @property({ type: Number }) width = 0;
  @property({ type: Number }) min = 160;
  @property({ type: Number }) max = 600;
  /** `1` when the pane lies before the sash, `-1` when after it. */
  @property({ type: Number }) side: 1 | -1 = 1;
  #grip: { x: number; width: number } | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.tabIndex = 0;
    this.setAttribute('role', 'separator');
    this.setAttribute('aria-orientation', 'vertical');
    this.addEventListener('pointerdown', this.#onDown);
    this.addEventListener('pointermove', this.#onMove);
    this.addEventListener('pointerup', this.#onUp);
    this.addEventListener('keydown', this.#onKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('pointerdown', this.#onDown);
    this.removeEventListener('pointermove', this.#onMove);
    this.removeEventListener('pointerup', this.#onUp);
    this.removeEventListener('keydown', this.#onKey);
  }

  #resize(width: number): void {
    this.send('cs-resize', { width: Math.round(Math.min(this.max, Math.max(this.min, width))) });
  }

  readonly #onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.setPointerCapture(event.pointerId);
    this.classList.add('dragging');
    this.#grip = { x: event.clientX, width: this.width };
  };

  readonly #onMove = (event: PointerEvent): void => {
    if (this.#grip) this.#resize(this.#grip.width + (event.clientX - this.#grip.x) * this.side);
  };

  readonly #onUp = (): void => {
    this.#grip = null;
    this.classList.remove('dragging');
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 16 : event.key === 'ArrowLeft' ? -16 : 0;
    if (step === 0) return;
    event.preventDefault();
    this.#resize(this.width + step * this.side);
  };

  protected override willUpdate(): void {
    this.setAttribute('aria-valuenow', String(this.width));
    this.setAttribute('aria-valuemin', String(this.min));
    this.setAttribute('aria-valuemax', String(this.max));
  }

  protected override render(): TemplateResult {
    return html``;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-sash': Sash;
  }
}

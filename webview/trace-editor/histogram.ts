import { html, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { rangeTerm } from '../../src/core/dataset/facets.ts';
import type { HistogramView } from '../../src/protocol/facet-views.ts';
import { LightElement } from '../elements/light-element.ts';
import { moveAmong } from '../elements/roving.ts';
import { styled } from '../elements/styled.ts';
import { countTitle, partTitle } from './facet-titles.ts';
import './histogram.css';

/** Bars from one to another, both with them; in the order in which they were chosen. */
interface Range {
  readonly from: number;
  readonly to: number;
}

const within = ({ from, to }: Range, at: number): boolean =>
  at >= Math.min(from, to) && at <= Math.max(from, to);

/**
 * A number of many traces as bars. A click chooses a bar, a drag or Shift with the arrows and Enter a range of them:
 * sends `cs-term {term, replaces}`.
 */
@customElement('cs-histogram')
export class Histogram extends LightElement {
  @property({ attribute: false }) facet: HistogramView | null = null;
  /** What the filter asks of the number; null for nothing. */
  @property({ attribute: false }) asked: ((value: number) => boolean) | null = null;
  /** The range that is being chosen. */
  @state() private range: Range | null = null;
  #dragging = false;

  protected override render(): TemplateResult {
    const { name = '', bars = [] } = this.facet ?? {};
    const most = Math.max(1, ...bars.map(({ total }) => total));
    const share = (rows: number) => styled({ height: `${(rows / most) * 100}%` });
    return html`<div
        class="bars"
        role="group"
        aria-label=${name}
        @keydown=${this.#onKey}
        @focusout=${this.#onLeave}
        @pointerdown=${this.#onDown}
        @pointermove=${this.#onMove}
        @pointerup=${this.#onUp}
        @pointercancel=${this.#onCancel}
      >${bars.map(
        (bar, at) => html`<button
          type="button"
          class=${this.#isOn(at) ? 'on' : ''}
          tabindex=${at === 0 ? 0 : -1}
          title=${`${bar.label}: ${countTitle(bar)}`}
          aria-label=${partTitle(name, bar)}
          aria-pressed=${this.#isOn(at)}
          @click=${(event: MouseEvent) => this.#onClick(event, at)}
        >${bar.total > 0 ? html`<span class="all" ${share(bar.total)}></span>` : ''}${
          bar.matched > 0 ? html`<span class="some" ${share(bar.matched)}></span>` : ''
        }</button>`,
      )}</div>
      ${this.#axis()}`;
  }

  #axis(): TemplateResult {
    const { bars = [] } = this.facet ?? {};
    const [first, last] = [bars[0], bars.at(-1)];
    if (!first || !last) return html``;
    if (first === last) return html`<div class="axis cs-number"><span>${first.label}</span></div>`;
    const end = last.to === null ? `${last.from}+` : last.label === `${last.from}` ? last.label : last.to;
    return html`<div class="axis cs-number"><span>${first.from}</span><span>${end}</span></div>`;
  }

  #isOn(at: number): boolean {
    const bar = this.facet?.bars[at];
    if (!bar) return false;
    return this.range ? within(this.range, at) : (this.asked?.(bar.from) ?? false);
  }

  #apply(range: Range): void {
    const { facet } = this;
    const [from, to] = range.from < range.to ? [range.from, range.to] : [range.to, range.from];
    const [first, last] = [facet?.bars[from], facet?.bars[to]];
    this.range = null;
    if (!facet || !first || !last) return;
    const term = from === to ? first.term : rangeTerm(facet.subject, first.from, last.to);
    this.send('cs-term', { term, replaces: true });
  }

  #barAt(event: PointerEvent): number {
    const bars = event.currentTarget as HTMLElement;
    const { left, width } = bars.getBoundingClientRect();
    const count = this.facet?.bars.length ?? 0;
    return Math.max(0, Math.min(count - 1, Math.floor(((event.clientX - left) / width) * count)));
  }

  #onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#dragging = true;
    const at = this.#barAt(event);
    this.range = { from: at, to: at };
  }

  #onMove(event: PointerEvent): void {
    if (!this.#dragging || !this.range) return;
    const to = this.#barAt(event);
    if (to !== this.range.to) this.range = { from: this.range.from, to };
  }

  #onUp(): void {
    if (this.#dragging && this.range) this.#apply(this.range);
    this.#dragging = false;
  }

  #onCancel(): void {
    this.#dragging = false;
    this.range = null;
  }

  /** Enter, Space and a screen reader's own press; the pointer has done its work when it was let go. */
  #onClick(event: MouseEvent, at: number): void {
    if (event.detail === 0) this.#apply(this.range ?? { from: at, to: at });
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.range) {
      this.#onCancel();
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const buttons = [...this.querySelectorAll('button')];
    const from = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (!moveAmong(event, buttons)) return;
    const to = buttons.indexOf(document.activeElement as HTMLButtonElement);
    this.range = event.shiftKey ? { from: this.range?.from ?? from, to } : null;
  }

  #onLeave(event: FocusEvent): void {
    if (!this.#dragging && !this.contains(event.relatedTarget as Node | null)) this.range = null;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-histogram': Histogram;
  }
}

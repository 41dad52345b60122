import { html, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { LightElement } from './light-element.ts';
import { styled } from './styled.ts';
import {
  type ListPlace,
  type ListShape,
  offsetShowing,
  placeAfterScroll,
  placeAt,
  spacerHeight,
  visibleLines,
} from './virtual-window.ts';
import './virtual-list.css';

/** Height drawn beyond the viewport on both sides, px. */
const margin = 160;

/**
 * A listbox of `count` items of one height, of which only those near the viewport exist; millions keep their place.
 * Sends `cs-range {first, last}` (half-open, items to have at hand), `cs-pick {index}` (click),
 * `cs-move {index}` (arrow and page keys) and `cs-open {index}` (Enter, double click).
 */
@customElement('cs-virtual-list')
export class VirtualList extends LightElement {
  @property({ type: Number }) count = 0;
  @property({ type: Number }) lineHeight = 26;
  /** Least width of an item in px; 0 makes a list of one column, more makes a grid. */
  @property({ type: Number }) itemWidth = 0;
  @property({ type: Number }) active = -1;
  @property({ attribute: false }) renderItem: (index: number) => TemplateResult = () => html``;
  /** Changes when drawn items must be drawn again though the list itself is the same. */
  @property({ attribute: false }) version: unknown = null;

  @state() private viewport = 0;
  @state() private width = 0;
  @state() private place: ListPlace = { offset: 0, scrollTop: 0 };
  #observer: ResizeObserver | null = null;
  #range = { first: -1, last: -1 };
  #frame = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.tabIndex = 0;
    this.setAttribute('role', 'listbox');
    this.addEventListener('scroll', this.#onScroll, { passive: true });
    this.addEventListener('scrollend', this.#settle);
    this.addEventListener('keydown', this.#onKey);
    this.#observer = new ResizeObserver(() => this.#measure());
    this.#observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer?.disconnect();
    cancelAnimationFrame(this.#frame);
    this.removeEventListener('scroll', this.#onScroll);
    this.removeEventListener('scrollend', this.#settle);
    this.removeEventListener('keydown', this.#onKey);
  }

  get columns(): number {
    return this.itemWidth > 0 ? Math.max(1, Math.floor(this.width / this.itemWidth)) : 1;
  }

  /** First item that is wholly or partly visible. */
  get firstVisible(): number {
    return Math.floor(this.place.offset / this.lineHeight) * this.columns;
  }

  /** Scrolls no more than needed to show item `index`; far jumps put it in the middle. */
  async reveal(index: number, align: 'nearest' | 'center' = 'nearest'): Promise<void> {
    await this.updateComplete;
    if (this.viewport === 0) this.#measure();
    this.#moveTo(offsetShowing(this.#shape(), this.place.offset, Math.floor(index / this.columns), align));
  }

  #shape(): ListShape {
    return {
      lines: Math.ceil(this.count / this.columns),
      lineHeight: this.lineHeight,
      viewport: this.viewport,
    };
  }

  get #overscan(): number {
    return Math.ceil(margin / this.lineHeight);
  }

  #measure(): void {
    const first = this.firstVisible;
    const columns = this.columns;
    this.viewport = this.clientHeight;
    this.width = this.clientWidth;
    // A head beside the list lines up with its columns whatever room the scrollbar takes.
    this.parentElement?.style.setProperty('--cs-list-width', `${this.width}px`);
    // A grid that gets other columns keeps its first item in view.
    if (this.columns !== columns) this.#moveTo(Math.floor(first / this.columns) * this.lineHeight);
  }

  #moveTo(offset: number): void {
    const place = placeAt(this.#shape(), offset);
    this.place = place;
    const spacer = this.querySelector<HTMLElement>(':scope > .spacer');
    if (spacer) spacer.style.height = `${spacerHeight(this.#shape())}px`;
    this.scrollTop = place.scrollTop;
    // The browser rounds; what it kept is where the next move starts from.
    this.place = { offset: place.offset, scrollTop: this.scrollTop };
  }

  readonly #onScroll = (): void => {
    if (this.scrollTop === this.place.scrollTop) return;
    cancelAnimationFrame(this.#frame);
    this.place = placeAfterScroll(this.#shape(), this.place, this.scrollTop);
  };

  /** After a gesture the thumb returns to where the mapped offset says. */
  readonly #settle = (): void => {
    const wanted = placeAt(this.#shape(), this.place.offset);
    if (Math.abs(wanted.scrollTop - this.scrollTop) > 1) this.#moveTo(this.place.offset);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.target !== this || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.viewport / this.lineHeight) - 1) * this.columns;
    const moves: Record<string, number> = {
      ArrowDown: this.active + this.columns,
      ArrowUp: this.active - this.columns,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: this.count - 1,
    };
    if (this.columns > 1) {
      moves.ArrowRight = this.active + 1;
      moves.ArrowLeft = this.active - 1;
    }
    const target = moves[event.key];
    if (target !== undefined && this.count > 0) {
      event.preventDefault();
      this.send('cs-move', { index: Math.min(this.count - 1, Math.max(0, target)) });
    } else if (event.key === 'Enter' && this.active >= 0) {
      event.preventDefault();
      this.send('cs-open', { index: this.active });
    }
  };

  protected override updated(): void {
    const { first, last } = visibleLines(this.#shape(), this.place.offset, this.#overscan);
    const range = { first: first * this.columns, last: Math.min(this.count, last * this.columns) };
    if (range.first === this.#range.first && range.last === this.#range.last) return;
    this.#range = range;
    if (range.last > range.first) this.send('cs-range', range);
  }

  protected override willUpdate(): void {
    const limit = placeAt(this.#shape(), this.place.offset);
    if (limit.offset !== this.place.offset) this.place = { ...this.place, offset: limit.offset };
    if (this.active >= 0 && this.active < this.count) {
      this.setAttribute('aria-activedescendant', `${this.#idBase}-${this.active}`);
    } else {
      this.removeAttribute('aria-activedescendant');
    }
  }

  get #idBase(): string {
    return this.id || 'cs-list';
  }

  protected override render(): TemplateResult {
    const shape = this.#shape();
    const columns = this.columns;
    const { first, last } = visibleLines(shape, this.place.offset, this.#overscan);
    const start = first * columns;
    const items = Array.from(
      { length: Math.max(0, Math.min(this.count, last * columns) - start) },
      (_, i) => start + i,
    );
    const base = this.place.scrollTop - this.place.offset;
    const width = 100 / columns;
    return html`<div class="spacer" role="presentation" ${styled({ height: `${spacerHeight(shape)}px` })}>
      ${repeat(
        items,
        (index) => index,
        (index) => html`<div
          class="cell"
          role="option"
          id="${this.#idBase}-${index}"
          aria-selected=${index === this.active}
          aria-setsize=${this.count}
          aria-posinset=${index + 1}
          ${styled({
            top: `${base + Math.floor(index / columns) * this.lineHeight}px`,
            left: `${(index % columns) * width}%`,
            width: `${width}%`,
            height: `${this.lineHeight}px`,
          })}
          @click=${() => this.send('cs-pick', { index })}
          @dblclick=${() => this.send('cs-open', { index })}
        >${this.renderItem(index)}</div>`,
      )}
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-virtual-list': VirtualList;
  }
}

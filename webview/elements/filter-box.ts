import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { isAbort } from '../host/host-error.ts';
import { typingPause } from '../host/typing-pause.ts';
import { icon, iconButton } from './controls.ts';
import { isTyping } from './focus.ts';
import { LightElement } from './light-element.ts';
import { styled } from './styled.ts';
import './filter-box.css';

export interface Offer {
  readonly label: string;
  readonly insert: string;
  readonly from: number;
  readonly to: number;
  readonly detail: string;
}

/** What is to be said of a stretch of the filter: a mistake, or only a note when the list follows it all the same. */
export interface FilterError {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly applied?: true | undefined;
}

/** True right behind a closing quote: the word is complete, and Enter means the filter, not an offer. */
const endsQuote = (text: string): boolean =>
  text.endsWith('"') && (text.replaceAll(/\\./g, '').match(/"/g)?.length ?? 0) % 2 === 0;

/**
 * The filter language in one line, with completions, and what is wrong or odd shown where it is. Sends `cs-filter {text}`
 * 150 ms after the last key and `cs-leave` when Esc, or Enter on a filter without a mistake, gives the keys back to the
 * list.
 */
@customElement('cs-filter-box')
export class FilterBox extends LightElement {
  /** The filter in force; it replaces what is typed only when it was changed from outside. */
  @property() value = '';
  @property() placeholder = 'Filter';
  @property({ attribute: false }) error: FilterError | null = null;
  @property({ attribute: false }) complete:
    | ((text: string, caret: number, signal: AbortSignal) => Promise<Offer[]>)
    | null = null;
  @state() private text = '';
  @state() private offers: readonly Offer[] = [];
  @state() private chosen = -1;
  @state() private scrolled = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | null = null;
  /** The text that Enter was pressed on, until it is known to be right. */
  #entered: string | null = null;
  /** Texts that were sent and have not come back as the filter in force, the newest last. */
  #sent: readonly string[] = [];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('value')) return;
    const at = this.#sent.lastIndexOf(this.value);
    const newer = this.#sent.slice(at + 1);
    // A text of before that is told late does not take back what was typed since; one set elsewhere does.
    const isLate = at >= 0 && newer.length > 0;
    if (at >= 0) this.#sent = newer;
    if (this.#timer === undefined && !isLate) this.text = this.value;
  }

  override focus(): void {
    this.#input?.focus();
    this.#input?.select();
  }

  get #input(): HTMLInputElement | null {
    return this.querySelector('input');
  }

  #sendSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#sendNow(), typingPause);
  }

  #sendNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.text === this.value) return;
    this.#sent = [...this.#sent, this.text];
    this.send('cs-filter', { text: this.text });
  }

  #close(): void {
    this.#asking?.abort();
    this.offers = [];
    this.chosen = -1;
  }

  async #ask(): Promise<void> {
    this.#asking?.abort();
    const input = this.#input;
    if (!this.complete || !input) return;
    if (endsQuote(input.value.slice(0, input.selectionStart ?? input.value.length))) {
      this.#close();
      return;
    }
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const offers = await this.complete(
        input.value,
        input.selectionStart ?? input.value.length,
        asking.signal,
      );
      if (asking.signal.aborted || document.activeElement !== input) return;
      // A sole offer that is already typed helps nobody.
      const sole = offers.length === 1 ? offers[0] : undefined;
      const typed = sole && input.value.slice(sole.from, sole.to) === sole.insert.trimEnd();
      this.offers = typed ? [] : offers;
      this.chosen = -1;
    } catch (error) {
      if (!isAbort(error)) this.#close();
    }
  }

  #accept(offer: Offer): void {
    const input = this.#input;
    if (!input) return;
    input.setRangeText(offer.insert, offer.from, offer.to, 'end');
    this.text = input.value;
    this.#close();
    this.#sendSoon();
    input.focus();
    void this.#ask();
  }

  readonly #onInput = (): void => {
    this.text = this.#input?.value ?? '';
    this.#sendSoon();
    void this.#ask();
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const open = this.offers.length > 0;
    const move = (by: number) => {
      this.chosen = (this.chosen + by + this.offers.length) % this.offers.length;
    };
    const offer = this.offers[this.chosen];
    if (open && event.key === 'ArrowDown') move(1);
    else if (open && event.key === 'ArrowUp') move(this.chosen < 0 ? 0 : -1);
    else if (open && event.key === 'Tab' && !event.shiftKey) this.#accept(offer ?? (this.offers[0] as Offer));
    else if (open && event.key === 'Enter' && offer) this.#accept(offer);
    else if (open && event.key === 'Escape') this.#close();
    else if (event.key === ' ' && event.ctrlKey) void this.#ask();
    else if (event.key === 'Escape' || event.key === 'Enter' || (event.key === 'ArrowDown' && !open)) {
      this.#close();
      this.#sendNow();
      if (event.key === 'Enter') this.#entered = this.text;
      // A mistake is mended here; that it is one may be known only after the keys went.
      if (event.key !== 'Enter' || !this.#isWrong) this.send('cs-leave', {});
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  #clear(): void {
    this.text = '';
    this.#close();
    this.#sendNow();
    this.#input?.focus();
  }

  #offsetOf(at: number): number {
    const input = this.#input;
    if (!input) return 0;
    const context = document.createElement('canvas').getContext('2d');
    if (!context) return 0;
    context.font = getComputedStyle(input).font;
    return context.measureText(this.text.slice(0, at)).width - this.scrolled + 27;
  }

  get #isWrong(): boolean {
    return this.text === this.value && this.error !== null && !this.error.applied;
  }

  protected override updated(): void {
    if (this.#entered === this.value && this.text === this.value) {
      if (this.#isWrong && !isTyping(document.activeElement)) this.#input?.focus();
      this.#entered = null;
    }
    this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }

  protected override render(): TemplateResult {
    const error = this.text === this.value ? this.error : null;
    const isInvalid = error !== null && !error.applied;
    const open = this.offers.length > 0;
    return html`<div class="box ${isInvalid ? 'invalid' : ''}">
        ${icon('search')}
        <div class="field">
          ${
            error
              ? html`<div class="mirror ${isInvalid ? '' : 'note'}" aria-hidden="true" .scrollLeft=${this.scrolled}>${this.text.slice(0, error.start)}<span
                  class="wrong">${this.text.slice(error.start, Math.max(error.end, error.start + 1)) || ' '}</span></div>`
              : nothing
          }
          <input
            type="text"
            role="combobox"
            aria-label="Filter traces"
            aria-expanded=${open}
            aria-controls="cs-offers"
            aria-autocomplete="list"
            aria-activedescendant=${this.chosen >= 0 ? `cs-offer-${this.chosen}` : nothing}
            aria-invalid=${isInvalid}
            spellcheck="false"
            autocomplete="off"
            placeholder=${this.placeholder}
            .value=${this.text}
            @input=${this.#onInput}
            @keydown=${this.#onKey}
            @scroll=${() => {
              this.scrolled = this.#input?.scrollLeft ?? 0;
            }}
            @blur=${() => this.#close()}
          />
        </div>
        ${this.text ? iconButton('close', 'Clear filter', () => this.#clear()) : nothing}
      </div>
      ${
        error && !open
          ? html`<div class="message ${isInvalid ? '' : 'note'}" role=${isInvalid ? 'alert' : 'status'} ${styled({ left: `${Math.max(0, this.#offsetOf(error.start) - 9)}px` })}>${error.message}</div>`
          : nothing
      }
      ${
        open
          ? html`<ul class="offers" role="listbox" id="cs-offers" ${styled({ left: `${this.#offsetOf(this.offers[0]?.from ?? 0) - 9}px` })}>
            ${this.offers.map(
              (offer, index) => html`<li
                role="option"
                id="cs-offer-${index}"
                aria-selected=${index === this.chosen}
                @mousedown=${(event: MouseEvent) => {
                  event.preventDefault();
                  this.#accept(offer);
                }}
              ><span>${offer.label}</span><span>${offer.detail}</span></li>`,
            )}
          </ul>`
          : nothing
      }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-filter-box': FilterBox;
  }
}

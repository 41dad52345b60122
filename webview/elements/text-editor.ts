import { html, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { belongsToField } from './field-keys.ts';
import { LightElement } from './light-element.ts';
import './text-editor.css';

/**
 * A plain field for one text of a trace. Sends `cs-commit {text, advance}` (Ctrl+Enter advances, leaving the
 * field keeps), `cs-draft {text}` while typing and `cs-cancel`. Esc leaves an unchanged text at once and asks
 * for a second Esc before it gives up a changed one.
 */
@customElement('cs-text-editor')
export class TextEditor extends LightElement {
  @property() value = '';
  /** A text typed earlier and not yet committed; the field opens with it. */
  @property({ attribute: false }) draft: string | null = null;
  @property() label = '';
  @state() private warned = false;
  #done = false;

  get #field(): HTMLTextAreaElement | null {
    return this.querySelector('textarea');
  }

  protected override firstUpdated(): void {
    const field = this.#field;
    if (!field) return;
    field.value = this.draft ?? this.value;
    field.focus({ preventScroll: true });
    field.setSelectionRange(field.value.length, field.value.length);
    this.scrollIntoView({ block: 'nearest' });
  }

  #leave(advance: boolean): void {
    if (this.#done) return;
    this.#done = true;
    const text = this.#field?.value ?? this.value;
    if (text === this.value && !advance) this.send('cs-cancel', {});
    else this.send('cs-commit', { text, advance });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (belongsToField(event)) event.stopPropagation();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#leave(true);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (this.#field?.value === this.value || this.warned) {
        this.#done = true;
        this.send('cs-cancel', {});
      } else {
        this.warned = true;
      }
    }
  };

  readonly #onInput = (): void => {
    this.warned = false;
    this.send('cs-draft', { text: this.#field?.value ?? '' });
  };

  protected override render(): TemplateResult {
    return html`<textarea
        aria-label=${this.label}
        spellcheck="false"
        rows="1"
        @keydown=${this.#onKey}
        @input=${this.#onInput}
        @blur=${() => this.#leave(false)}
      ></textarea>
      <div class="hint" aria-live="polite">
        ${
          this.warned
            ? html`<strong>Esc again discards the change</strong>`
            : html`<span>Ctrl+Enter saves and goes on</span><span>Esc leaves</span>`
        }
      </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-text-editor': TextEditor;
  }
}

import { html, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { LightElement } from './light-element.ts';
import './text-editor.css';

/**
 * A plain field for one text of a trace. Sends `cs-commit {text, advance, save}` (Ctrl+Enter advances, Ctrl+S saves,
 * leaving the field keeps), `cs-draft {text}` while typing and `cs-cancel {text}`. Esc leaves at once; `text` is what
 * was typed, to be kept as a draft, or null when there is nothing to keep or the draft it opened with is given up.
 */
@customElement('cs-text-editor')
export class TextEditor extends LightElement {
  @property() value = '';
  /** A text typed earlier and not yet committed; the field opens with it. */
  @property({ attribute: false }) draft: string | null = null;
  @property() label = '';
  @state() private typed = false;
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

  #leave(advance: boolean, save = false): void {
    if (this.#done) return;
    this.#done = true;
    const text = this.#field?.value ?? this.value;
    if (text === this.value && !advance && !save) this.send('cs-cancel', { text: null });
    else this.send('cs-commit', { text, advance, save });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#leave(true);
    } else if (event.key.toLowerCase() === 's' && (event.ctrlKey || event.metaKey) && !event.altKey) {
      if (event.shiftKey) return;
      // VS Code would save the file without this text: it is committed first.
      event.preventDefault();
      event.stopPropagation();
      this.#leave(false, true);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.#done = true;
      const text = this.#field?.value ?? this.value;
      const keep = text !== this.value && (this.typed || this.draft === null);
      this.send('cs-cancel', { text: keep ? text : null });
    }
  };

  readonly #onInput = (): void => {
    this.typed = true;
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
        <span>Ctrl+Enter commits and goes on</span>
        <span>${this.draft !== null && !this.typed ? 'Esc discards this draft' : 'Esc leaves'}</span>
      </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-text-editor': TextEditor;
  }
}

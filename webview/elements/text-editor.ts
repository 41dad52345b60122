import { html, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { LightElement } from './light-element.ts';
import './text-editor.css';

/** What comes after a commit: the next text (Ctrl+Enter), a save (Ctrl+S), the trace (Esc), or what took the focus. */
export type AfterCommit = 'advance' | 'save' | 'leave' | 'blur';

/**
 * A plain field for one text of a trace. Sends `cs-commit {text, then}`, `cs-draft {text}` while typing, and `cs-cancel`
 * when nothing was changed, or when Esc gives up the draft that it opened with.
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

  /** A draft that nobody typed on: of another visit, or one that could not be written. */
  get #opensWithDraft(): boolean {
    return this.draft !== null && !this.typed;
  }

  #leave(then: AfterCommit): void {
    if (this.#done) return;
    this.#done = true;
    const text = this.#field?.value ?? this.value;
    const isGivenUp = then === 'leave' && this.#opensWithDraft;
    const isIdle = text === this.value && (then === 'leave' || then === 'blur');
    if (isGivenUp || isIdle) this.send('cs-cancel', {});
    else this.send('cs-commit', { text, then });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#leave('advance');
    } else if (event.key.toLowerCase() === 's' && (event.ctrlKey || event.metaKey) && !event.altKey) {
      if (event.shiftKey) return;
      // VS Code would save the file without this text: it is committed first.
      event.preventDefault();
      event.stopPropagation();
      this.#leave('save');
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.#leave('leave');
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
        @blur=${() => this.#leave('blur')}
      ></textarea>
      <div class="hint" aria-live="polite">
        <span>Ctrl+Enter commits and goes on</span>
        <span>${this.#opensWithDraft ? 'Esc discards this draft' : 'Esc keeps and leaves'}</span>
      </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-text-editor': TextEditor;
  }
}

import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { icon } from './controls.ts';
import { LightElement } from './light-element.ts';
import './menu.css';

export interface MenuItem {
  readonly label: string;
  /** A key, or the present value of what the item changes. */
  readonly hint?: string;
  readonly disabled?: boolean;
  act(): void;
}

/** A button that opens a menu in VS Code's look; `separator` entries divide it. */
@customElement('cs-menu')
export class Menu extends LightElement {
  @property() label = 'More actions';
  @property() icon = 'ellipsis';
  @property({ attribute: false }) items: readonly (MenuItem | 'separator')[] = [];
  @state() private open = false;

  get #buttons(): HTMLButtonElement[] {
    return [...this.querySelectorAll<HTMLButtonElement>('.panel button:not(:disabled)')];
  }

  async #show(): Promise<void> {
    this.open = true;
    await this.updateComplete;
    this.#buttons[0]?.focus();
  }

  #hide(): void {
    this.open = false;
    this.querySelector<HTMLButtonElement>('.cs-icon-button')?.focus();
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (!this.open) return;
    const buttons = this.#buttons;
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to: Record<string, number> = {
      ArrowDown: (at + 1) % buttons.length,
      ArrowUp: (at - 1 + buttons.length) % buttons.length,
      Home: 0,
      End: buttons.length - 1,
    };
    const target = to[event.key];
    if (target !== undefined) buttons[target]?.focus();
    else if (event.key === 'Escape') this.#hide();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  readonly #onFocusOut = (event: FocusEvent): void => {
    if (this.open && !(event.relatedTarget instanceof Node && this.contains(event.relatedTarget)))
      this.open = false;
  };

  protected override render(): TemplateResult {
    return html`<button
        type="button"
        class="cs-icon-button"
        title=${this.label}
        aria-label=${this.label}
        aria-haspopup="menu"
        aria-expanded=${this.open}
        @click=${() => (this.open ? this.#hide() : void this.#show())}
        @keydown=${this.#onKey}
        @focusout=${this.#onFocusOut}
      >${icon(this.icon)}</button>
      ${
        this.open
          ? html`<div class="panel" role="menu" @keydown=${this.#onKey} @focusout=${this.#onFocusOut}>
            ${this.items.map((item) =>
              item === 'separator'
                ? html`<hr />`
                : html`<button
                    type="button"
                    role="menuitem"
                    tabindex="-1"
                    ?disabled=${item.disabled ?? false}
                    @mouseenter=${(event: MouseEvent) => (event.currentTarget as HTMLElement).focus()}
                    @click=${() => {
                      this.#hide();
                      item.act();
                    }}
                  ><span>${item.label}</span>${item.hint ? html`<span title=${item.hint}>${item.hint}</span>` : nothing}</button>`,
            )}
          </div>`
          : nothing
      }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-menu': Menu;
  }
}

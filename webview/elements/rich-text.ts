import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { button } from './controls.ts';
import { copySource } from './copy-source.ts';
import { formatCount } from './format.ts';
import { LightElement } from './light-element.ts';
import { renderMarkdown } from './markdown.ts';
import { drawAllMath } from './math.ts';
import { sanitize } from './sanitize.ts';
import { appendVisible } from './visible-text.ts';
import { clearMarks, markWords } from './word-marks.ts';
import './rich-text.css';

/** Characters drawn before a person asks for more. */
const firstLimit = 256 * 1024;
/** Beyond this, markdown is not worth its time: the rest is shown as source. */
const markdownLimit = 512 * 1024;

/**
 * Text of a dataset or a model: markdown with math, or its source. Nothing in it can run, load or navigate; a
 * click on an https link sends `cs-link {url}`.
 */
@customElement('cs-rich-text')
export class RichText extends LightElement {
  @property() text = '';
  @property({ type: Boolean }) source = false;
  /** Words to underline, in order of occurrence. */
  @property({ attribute: false }) words: readonly string[] = [];
  @state() private limit = firstLimit;
  #stopMath: () => void = () => undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('copy', copySource);
    this.addEventListener('click', this.#onActivate);
    this.addEventListener('keydown', this.#onActivate);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('copy', copySource);
    this.removeEventListener('click', this.#onActivate);
    this.removeEventListener('keydown', this.#onActivate);
    this.#stopMath();
    const body = this.querySelector(':scope > .body');
    if (body) clearMarks(body, 'cs-reflection');
  }

  readonly #onActivate = (event: Event): void => {
    if (event instanceof KeyboardEvent && event.key !== 'Enter') return;
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-href]') : null;
    const url = link?.dataset.href;
    if (url === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.send('cs-link', { url });
  };

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('text')) this.limit = firstLimit;
  }

  protected override render(): TemplateResult {
    const hidden = this.text.length - this.limit;
    return html`<div class="body"></div>${
      hidden > 0
        ? html`<div class="more">${button(`Show ${formatCount(hidden)} more characters`, () => this.#more(), { look: 'link' })}</div>`
        : nothing
    }`;
  }

  #more(): void {
    this.limit = Number.POSITIVE_INFINITY;
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const body = this.querySelector<HTMLElement>(':scope > .body');
    if (!body) return;
    if (changed.has('text') || changed.has('source') || changed.has('limit')) this.#draw(body);
    if (body.childNodes.length > 0) markWords(body, 'cs-reflection', this.words);
  }

  #draw(body: HTMLElement): void {
    this.#stopMath();
    clearMarks(body, 'cs-reflection');
    const shown = this.text.slice(0, this.limit);
    const root = document.createElement('div');
    const drawn = this.source || shown.length > markdownLimit ? null : renderMarkdown(shown);
    if (drawn) root.append(drawn);
    else {
      const pre = document.createElement('pre');
      pre.className = 'source';
      appendVisible(pre, shown);
      root.append(pre);
    }
    sanitize(root);
    // Not spread: hostile text has more blocks than a call may have arguments.
    const nodes = document.createRange();
    nodes.selectNodeContents(root);
    body.replaceChildren(nodes.extractContents());
    this.#stopMath = drawAllMath(body);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-rich-text': RichText;
  }
}

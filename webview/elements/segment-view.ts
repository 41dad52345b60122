import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { many } from '../../src/core/text/plural.ts';
import { countWords } from '../../src/core/text/words.ts';
import type { SegmentView } from '../../src/protocol/trace-views.ts';
import { chip, icon, iconButton } from './controls.ts';
import { LightElement } from './light-element.ts';
import { visibleText } from './visible-text.ts';
import './rich-text.ts';
import './segment-view.css';
import './text-editor.ts';

const labels: Readonly<Record<string, string>> = { prose: 'reasoning', boxed: 'answer' };

/** What a person reads for a segment's kind. */
export const segmentLabel = (kind: string): string => labels[kind] ?? kind.replaceAll(/[_-]/g, ' ');

/** The range that is shown and edited: a box keeps its frame, white space around the text stays out of the way. */
export function contentRange(text: string, segment: SegmentView): { start: number; end: number } {
  const whole = segment.kind === 'boxed';
  const start = whole ? segment.start : segment.contentStart;
  const end = whole ? segment.end : segment.contentEnd;
  const inside = text.slice(start, end);
  const trimmed = inside.trim();
  if (trimmed === '') return { start, end };
  const from = start + inside.indexOf(trimmed);
  return { start: from, end: from + trimmed.length };
}

/** True for white space between tags, which is kept but has nothing to show. */
export const isBlankSegment = (text: string, segment: SegmentView): boolean =>
  segment.tag === null && text.slice(segment.start, segment.end).trim() === '';

/**
 * One stretch of a completion: coloured edge, fold, text, edit in place. Sends `cs-fold {index}`,
 * `cs-edit {index}`, and while editing what `cs-text-editor` sends.
 */
@customElement('cs-segment')
export class SegmentElement extends LightElement {
  /** The whole completion; the segment's ranges count in it. */
  @property() text = '';
  @property({ attribute: false }) segment: SegmentView | null = null;
  @property({ type: Number }) index = 0;
  @property({ type: Boolean }) source = false;
  @property({ type: Boolean }) folded = false;
  @property({ type: Boolean }) editable = false;
  @property({ type: Boolean }) editing = false;
  @property({ type: Boolean, reflect: true }) current = false;
  @property({ attribute: false }) draft: string | null = null;
  /** Ranges of reflection words in the completion. */
  @property({ attribute: false }) reflections: readonly (readonly [number, number])[] = [];
  #words: { key: string; words: readonly string[] } = { key: '', words: [] };

  protected override willUpdate(): void {
    this.dataset.kind = this.segment?.kind ?? '';
  }

  /** Stable between renders, so that an unchanged text is not marked again. */
  #reflectionWords(segment: SegmentView): readonly string[] {
    const inside = this.reflections.filter(
      ([from, to]) => from >= segment.contentStart && to <= segment.contentEnd,
    );
    const key = inside.map(([from, to]) => `${from}-${to}`).join(' ');
    if (key !== this.#words.key) {
      this.#words = { key, words: inside.map(([from, to]) => this.text.slice(from, to)) };
    }
    return this.#words.words;
  }

  protected override render(): TemplateResult | typeof nothing {
    const segment = this.segment;
    if (!segment) return nothing;
    const range = contentRange(this.text, segment);
    const content = this.text.slice(range.start, range.end);
    const label = segmentLabel(segment.kind);
    // The frame of a box is shown with it but is no word of it.
    const words =
      segment.kind === 'boxed' ? this.text.slice(segment.contentStart, segment.contentEnd) : content;
    const tag = segment.tag === null ? '' : `<${segment.tag}>`;
    return html`<header>
        <button
          type="button"
          class="fold"
          title=${tag || nothing}
          aria-expanded=${!this.folded}
          @click=${() => this.send('cs-fold', { index: this.index })}
        >${icon(this.folded ? 'chevron-right' : 'chevron-down')}${label}</button>
        <span class="cs-number">${many(countWords(words), 'word')}</span>
        ${segment.closed ? nothing : chip('not closed', { icon: 'warning', title: `${tag} has no partner` })}
        <span class="actions">${
          this.editable && !this.editing
            ? iconButton('edit', `Edit ${label}`, () => this.send('cs-edit', { index: this.index }), {
                key: 'E',
              })
            : nothing
        }</span>
      </header>
      ${this.#body(segment, range, label)}`;
  }

  #body(segment: SegmentView, range: { start: number; end: number }, label: string): TemplateResult {
    const content = this.text.slice(range.start, range.end);
    if (this.editing) {
      return html`<cs-text-editor .value=${content} .draft=${this.draft} .label=${label}></cs-text-editor>`;
    }
    if (this.folded) {
      return html`<div class="folded" @click=${() => this.send('cs-fold', { index: this.index })}>${visibleText(content.slice(0, 200))}</div>`;
    }
    const before = this.source ? this.text.slice(segment.start, range.start) : '';
    const after = this.source ? this.text.slice(range.end, segment.end) : '';
    return html`${before.trim() ? html`<div class="tag">${visibleText(before.trim())}</div>` : nothing}
      <cs-rich-text
        .text=${content}
        .source=${this.source}
        .words=${this.#reflectionWords(segment)}
      ></cs-rich-text>
      ${after.trim() ? html`<div class="tag">${visibleText(after.trim())}</div>` : nothing}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-segment': SegmentElement;
  }
}

import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { many } from '../../src/core/text/plural.ts';
import type { FlipView, GradedCompletionView } from '../../src/protocol/evaluation-views.ts';
import { icon, iconButton } from '../elements/controls.ts';
import { formatCount } from '../elements/format.ts';
import { LightElement } from '../elements/light-element.ts';
import { visibleText } from '../elements/visible-text.ts';
import { WideWatch } from '../elements/wide-watch.ts';
import type { ImageStore } from '../host/image-store.ts';
import type { CommandName } from './actions.ts';
import { diffView } from './diff-view.ts';
import { flipImageKey } from './flip-browser.ts';
import { problemView, verdictFact } from './problem-view.ts';
import { finishLooks } from './rollout-strip.ts';
import type { Pair } from './view-state.ts';

const wideWidth = 1000;

/**
 * One row that only one of two models solves: the prompt with its images, and both completions side by side. Sends
 * `cs-command {name}` for its buttons, and what its images and texts send.
 */
@customElement('cs-flip')
export class FlipPane extends LightElement {
  @property({ attribute: false }) flip: FlipView | null = null;
  @property({ attribute: false }) pair: Pair = { a: '', b: '' };
  @property({ attribute: false }) names: { readonly a: string; readonly b: string } = { a: '', b: '' };
  /** Place among the flips listed, and their number. */
  @property({ type: Number }) position = 0;
  @property({ type: Number }) count = 0;
  @property({ attribute: false }) store: ImageStore | null = null;
  /** The problem stands beside its completions instead of above them. */
  readonly #width = new WideWatch(this, wideWidth);

  protected override render(): TemplateResult | typeof nothing {
    const { flip, pair, names } = this;
    if (!flip) return nothing;
    return html`<article class="${this.#width.isWide ? 'wide' : 'stacked'} comparing" aria-label=${`Row ${flip.index + 1}`}>
      <div class="problem">
        ${flip.missing ? html`<p class="missing cs-muted">${icon('warning')} ${visibleText(flip.missing)}</p>` : nothing}
        ${problemView({
          problem: flip,
          source: false,
          store: this.store,
          imageKey: (at) => flipImageKey(pair, flip.index, at),
          maxHeight: this.#width.isWide && flip.images.length === 1 ? 320 : 170,
        })}
      </div>
      <div class="answers">
        <div class="pinned">
          ${this.#bar(flip)}
          <div class="side-names">${this.#side('A', names.a, flip.a)}${this.#side('B', names.b, flip.b)}</div>
        </div>
        ${diffView(flip.a, flip.b, { left: names.a, right: names.b }, 'Comparison of two completions')}
      </div>
    </article>`;
  }

  #bar(flip: FlipView): TemplateResult {
    const act = (name: CommandName) => () => this.send('cs-command', { name });
    return html`<div class="bar" role="toolbar" aria-label="Flip">
      ${iconButton('chevron-left', 'Previous flip', act('previous-group'), { key: 'K', disabled: this.position <= 0 })}
      ${iconButton('chevron-right', 'Next flip', act('next-group'), { key: 'J', disabled: this.position + 1 >= this.count })}
      <span class="cs-number where">flip ${formatCount(this.position + 1)} of ${formatCount(this.count)}</span>
      <span class="cs-muted cs-number" title=${flip.id}>row ${formatCount(flip.index + 1)}</span>
      <span class="gap"></span>
      ${iconButton('go-to-file', 'Open the row in the trace editor', act('open-source'), { key: 'O' })}
    </div>`;
  }

  #side(
    letter: 'A' | 'B',
    name: string,
    { verdict, tokens, finish, completion }: GradedCompletionView,
  ): TemplateResult {
    const { icon: shape, word } = finishLooks[finish];
    const end = [
      tokens === null ? '' : many(tokens, 'token'),
      word,
      completion.truncated ? 'cut at 256 KiB' : '',
    ]
      .filter(Boolean)
      .join(', ');
    return html`<div class="completion-facts">
      <span class="fact name"><b>${letter}</b> ${visibleText(name)}</span>
      ${verdictFact(verdict)}
      <span class="fact finish cs-number ${finish}">${finish === 'stop' ? nothing : icon(shape)}${end}</span>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-flip': FlipPane;
  }
}

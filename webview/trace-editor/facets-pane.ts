import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { numberTest, termTest } from '../../src/core/dataset/filter-terms.ts';
import type { FacetsView, FacetView } from '../../src/protocol/facet-views.ts';
import { button, decisionBadge, decisionWords, iconButton, verdictBadge } from '../elements/controls.ts';
import { formatCount } from '../elements/format.ts';
import { LightElement } from '../elements/light-element.ts';
import { moveAmong } from '../elements/roving.ts';
import { emptyState, errorState, skeleton, thinProgress } from '../elements/states.ts';
import { styled } from '../elements/styled.ts';
import { visibleText } from '../elements/visible-text.ts';
import { countTitle, partTitle } from './facet-titles.ts';
import type { FacetsShown } from './shown-facets.ts';
import './facets-pane.css';
import './histogram.ts';

type ValuesView = Extract<FacetView, { kind: 'values' }>;
type Value = ValuesView['values'][number];

/** So many values of a facet are shown until all are asked for. */
const fewValues = 8;

/** Verdicts and decisions have a shape and a word of their own everywhere. */
function valueLabel(name: string, label: string): unknown {
  if (name === 'verdict' && (label === 'correct' || label === 'incorrect' || label === 'unparsed'))
    return html`${verdictBadge(label)}<span class="text" aria-hidden="true">${label}</span>`;
  if (name === 'decision' && (label === 'keep' || label === 'drop' || label === 'flag'))
    return html`${decisionBadge(label)}<span class="text" aria-hidden="true">${decisionWords[label]}</span>`;
  return html`<span class="text">${visibleText(label)}</span>`;
}

/**
 * What the filtered list consists of, beside the whole file. A click on a part adds its condition to the filter or takes
 * it out: sends `cs-term {term, replaces}`, `cs-clear {term}`, `cs-retry` and `cs-close`.
 */
@customElement('cs-facets')
export class FacetsPane extends LightElement {
  @property({ attribute: false }) shown: FacetsShown = { kind: 'loading' };
  @property() filter = '';
  /** Facets of which all values are shown. */
  @state() private whole: ReadonlySet<string> = new Set();

  protected override render(): TemplateResult {
    return html`<header>
        <h2>Facets</h2>
        ${iconButton('close', 'Hide facets', () => this.send('cs-close', {}))}
        ${this.#progress()}
      </header>
      <div class="facets">${this.#body()}</div>`;
  }

  #progress(): TemplateResult | typeof nothing {
    if (this.shown.kind !== 'shown' || this.shown.view.progress.kind !== 'counting') return nothing;
    const { rows, of } = this.shown.view.progress;
    return thinProgress(of === 0 ? 0 : rows / of, 'Counting');
  }

  #body(): TemplateResult | TemplateResult[] {
    switch (this.shown.kind) {
      case 'loading':
        return skeleton(12);
      case 'failed':
        return errorState(this.shown.problem, { label: 'Try again', act: () => this.send('cs-retry', {}) });
      case 'shown':
        return this.#facets(this.shown.view);
    }
  }

  #facets({ facets, progress }: FacetsView): TemplateResult | TemplateResult[] {
    if (facets.length === 0)
      return progress.kind === 'counting' ? skeleton(12) : emptyState('These traces have nothing to count.');
    const asks = termTest(this.filter);
    return facets.map((facet) =>
      facet.kind === 'values' ? this.#values(facet, asks) : this.#numbers(facet),
    );
  }

  /** The name of a facet, and what the filter asks of it to be cleared. */
  #facet(name: string, asked: readonly string[], content: TemplateResult): TemplateResult {
    return html`<section>
      <div class="name">
        <h3 title=${name}>${visibleText(name)}</h3>
        ${asked.length > 0 ? iconButton('clear-all', `Clear ${name}`, () => this.send('cs-clear', { terms: asked })) : nothing}
      </div>
      ${content}
    </section>`;
  }

  #numbers(facet: Extract<FacetView, { kind: 'histogram' }>): TemplateResult {
    const asked = numberTest(this.filter, facet.subject);
    return this.#facet(
      facet.name,
      asked ? [`${facet.subject}>=0`] : [],
      html`<cs-histogram .facet=${facet} .asked=${asked}></cs-histogram>`,
    );
  }

  #values({ name, values }: ValuesView, asks: (term: string) => boolean): TemplateResult {
    const most = Math.max(1, ...values.map(({ total }) => total));
    const asked = new Set(values.filter(({ term }) => asks(term)));
    const isWhole = this.whole.has(name) || values.length <= fewValues + 1;
    const shown = isWhole ? values : values.filter((value, at) => at < fewValues || asked.has(value));
    const rest = values.length - shown.length;
    return this.#facet(
      name,
      [...asked].map(({ term }) => term),
      html`<div class="values" role="group" aria-label=${name} @keydown=${this.#onKey}>
          ${shown.map((value, at) => this.#value(name, value, most, at, asked.has(value)))}
        </div>
        ${rest > 0 ? button(`${formatCount(rest)} more`, () => this.#showAll(name), { look: 'link' }) : nothing}`,
    );
  }

  #value(name: string, value: Value, most: number, at: number, isOn: boolean): TemplateResult {
    const share = (rows: number) => styled({ width: `${(rows / most) * 100}%` });
    // Where no trace of the list has it, adding it would leave none: it stands instead. A trace has many segments.
    const replaces = value.matched === 0 && name !== 'segments' && name !== 'problems';
    return html`<button
      type="button"
      class="value ${value.matched === 0 ? 'none' : ''}"
      tabindex=${at === 0 ? 0 : -1}
      title=${`${value.label}: ${countTitle(value)}`}
      aria-label=${partTitle(name, value)}
      aria-pressed=${isOn}
      @click=${() => this.send('cs-term', { term: value.term, replaces })}
    >${valueLabel(name, value.label)}<span class="bar"
      ><span class="all" ${share(value.total)}></span><span class="some" ${share(value.matched)}></span></span
      ><span class="rows cs-number">${formatCount(value.matched)}</span></button>`;
  }

  #showAll(name: string): void {
    this.whole = new Set([...this.whole, name]);
  }

  #onKey(event: KeyboardEvent): void {
    moveAmong(event, [...(event.currentTarget as HTMLElement).querySelectorAll('button')]);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-facets': FacetsPane;
  }
}

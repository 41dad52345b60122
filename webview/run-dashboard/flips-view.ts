import { html, nothing, type TemplateResult } from 'lit';
import type { PairingView } from '../../src/protocol/evaluation-views.ts';
import { iconButton } from '../elements/controls.ts';
import { formatCount } from '../elements/format.ts';
import { emptyState, errorState, skeleton } from '../elements/states.ts';
import { styled } from '../elements/styled.ts';
import { visibleText } from '../elements/visible-text.ts';
import type { CommandName } from './actions.ts';
import { labelOf } from './evaluation-sets.ts';
import { flipRow, flipRowHeight } from './flip-row.ts';
import type { RunModel } from './model.ts';
import { points, pValue, testWords } from './paired-words.ts';
import type { FlipSide, Pair } from './view-state.ts';
import '../elements/sash.ts';
import '../elements/virtual-list.ts';
import './flip-pane.ts';
import './flips-view.css';

export interface Flips {
  readonly model: RunModel;
  readonly pair: Pair;
  /** True when list and row do not fit beside each other. */
  readonly narrow: boolean;
  command(name: CommandName): void;
  zoom(index: number): void;
  resize(listWidth: number): void;
}

interface Names {
  readonly a: string;
  readonly b: string;
  readonly dataset: string;
}

function namesOf({ evaluations }: RunModel, { a, b }: Pair): Names {
  const all = evaluations ?? [];
  const name = (id: string) => {
    const one = all.find((evaluation) => evaluation.id === id);
    return one ? labelOf(one, all) : id;
  };
  const { dataset = '' } = all.find(({ id }) => id === a) ?? {};
  return { a: name(a), b: name(b), dataset: dataset.split(/[\\/]/).at(-1) ?? '' };
}

/** Who is compared with whom, and what all their rows say together. */
function pairBar({ model }: Flips, names: Names, pairing: PairingView | undefined): TemplateResult {
  return html`<div class="pair-bar">
    ${iconButton('arrow-left', 'All evaluations', () => void model.perform(() => model.flips.open(null)))}
    <h2><b>A</b> ${visibleText(names.a)} <span class="cs-muted">against</span> <b>B</b> ${visibleText(names.b)}</h2>
    <span class="cs-muted dataset" title="Dataset">${visibleText(names.dataset)}</span>
    <span class="gap"></span>
    ${
      pairing?.kind === 'paired'
        ? html`<span class="cs-number" title="Accuracy of A minus accuracy of B in points, with its 95 % interval on the same rows (Newcombe)"><b>${points(pairing.difference)}</b> <span class="cs-muted">${points(pairing.low)} to ${points(pairing.high)}</span></span>
          <span class="cs-number" title=${testWords(pairing)}>${pValue(pairing.p)}</span>`
        : nothing
    }
  </div>`;
}

/** Every row is in one of four places; two of them are the flips, and choose what is listed. */
function countBar({ model }: Flips, names: Names, pairing: PairingView | undefined): TemplateResult {
  const { flipSide } = model.saved.read();
  const count = (value: number | undefined) => (value === undefined ? '' : formatCount(value));
  const found = pairing?.kind === 'paired' ? pairing : undefined;
  const choice = (side: FlipSide, label: TemplateResult, value: number | undefined, title: string) =>
    html`<button
      type="button"
      aria-pressed=${flipSide === side}
      title=${title}
      @click=${() => void model.perform(() => model.flips.setSide(side))}
    >${label} <span class="cs-number">${count(value)}</span></button>`;
  return html`<div class="count-bar">
    <div class="orders" role="group" aria-label="Flips">
      ${choice('either', html`all flips`, found && found.onlyA + found.onlyB, 'Rows that only one of the two solves')}
      ${choice('a', html`only ${visibleText(names.a)}`, found?.onlyA, `Rows that ${names.a} solves and ${names.b} does not`)}
      ${choice('b', html`only ${visibleText(names.b)}`, found?.onlyB, `Rows that ${names.b} solves and ${names.a} does not`)}
    </div>
    <span class="gap"></span>
    ${
      found
        ? html`<span class="cs-muted">both right <span class="cs-number">${count(found.both)}</span></span>
          <span class="cs-muted">neither <span class="cs-number">${count(found.neither)}</span></span>`
        : nothing
    }
  </div>`;
}

function list({ model, pair }: Flips, names: Names): TemplateResult {
  const { flips } = model;
  const { pages } = flips;
  if (flips.listProblem)
    return errorState(flips.listProblem, {
      label: 'Try again',
      act: () => void model.perform(() => flips.retry()),
    });
  if (!pages.selection) return skeleton(8);
  if (pages.matched === 0) {
    return pages.total === 0
      ? emptyState('No row differs.')
      : emptyState('No row of this kind.', {
          label: 'Show all flips',
          act: () => void model.perform(() => flips.setSide('either')),
        });
  }
  const withImages = [...pages.read()].some(({ images }) => images > 0);
  return html`<cs-virtual-list
    id="flips"
    aria-label="Rows that only one solves"
    .count=${pages.matched}
    .lineHeight=${flipRowHeight}
    .active=${flips.position}
    .renderItem=${(at: number) => flipRow(pages.at(at), pair, names, model.images, withImages)}
    @cs-range=${(event: CustomEvent<{ first: number; last: number }>) => pages.want(event.detail.first, event.detail.last)}
    @cs-pick=${(event: CustomEvent<{ index: number }>) => void model.perform(() => flips.pick(event.detail.index))}
    @cs-move=${(event: CustomEvent<{ index: number }>) => void model.perform(() => flips.pick(event.detail.index))}
  ></cs-virtual-list>`;
}

function shown(view: Flips, names: Names): TemplateResult | typeof nothing {
  const { model, pair } = view;
  const { flips } = model;
  switch (flips.shown.kind) {
    case 'nothing':
      return nothing;
    case 'loading':
      return skeleton(8);
    case 'failed':
      return errorState(flips.shown.problem, {
        label: 'Try again',
        act: () => void model.perform(() => flips.pick(flips.position)),
      });
    case 'item':
      return html`<cs-flip
        .flip=${flips.shown.item}
        .pair=${pair}
        .names=${names}
        .position=${flips.position}
        .count=${flips.pages.matched}
        .store=${model.images}
        @cs-command=${(event: CustomEvent<{ name: CommandName }>) => view.command(event.detail.name)}
        @cs-zoom=${(event: CustomEvent<{ index: number }>) => view.zoom(event.detail.index)}
      ></cs-flip>`;
  }
}

/** Two evaluations row by row: their counts and test, the rows that only one solves, and one of these whole. */
export function flipsView(view: Flips): TemplateResult {
  const { model, pair, narrow } = view;
  const names = namesOf(model, pair);
  const pairing = model.flips.pairing(pair);
  const { listWidth } = model.saved.read();
  const isAlike = model.flips.pages.selection !== null && model.flips.pages.total === 0;
  return html`${pairBar(view, names, pairing)}${countBar(view, names, pairing)}
    ${
      isAlike || model.flips.listProblem
        ? list(view, names)
        : html`<div class="panes ${narrow ? 'narrow' : ''}">
            <div class="side" ${styled({ width: narrow ? null : `${listWidth}px` })}>${list(view, names)}</div>
            ${
              narrow
                ? nothing
                : html`<cs-sash
                    aria-label="Width of the list"
                    .width=${listWidth}
                    @cs-resize=${(event: CustomEvent<{ width: number }>) => view.resize(event.detail.width)}
                  ></cs-sash>`
            }
            <main class="group-scroll" tabindex="0" aria-label="Row">${shown(view, names)}</main>
          </div>`
    }`;
}

import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { many } from '../../src/core/text/plural.ts';
import type { RunView } from '../../src/protocol/run-dashboard.ts';
import { icon, iconButton } from '../elements/controls.ts';
import { formatCount } from '../elements/format.ts';
import { emptyState, errorState, skeleton } from '../elements/states.ts';
import { styled } from '../elements/styled.ts';
import type { CommandName } from './actions.ts';
import { groupRow, groupRowHeight } from './group-row.ts';
import type { RunModel } from './model.ts';
import { statusLook } from './status-look.ts';
import { orders } from './view-state.ts';
import '../elements/sash.ts';
import '../elements/virtual-list.ts';
import './group-pane.ts';

export interface Rollouts {
  readonly model: RunModel;
  readonly run: RunView;
  /** True when list and group do not fit beside each other. */
  readonly narrow: boolean;
  command(name: CommandName): void;
  zoom(index: number): void;
  returnFocus(): void;
  write(change: { listWidth?: number; source?: boolean }): void;
}

const orderLooks = {
  file: { word: 'order sampled', title: 'As the trainer sampled them' },
  worst: { word: 'worst', title: 'Lowest mean reward first' },
  best: { word: 'best', title: 'Highest mean reward first' },
  widest: { word: 'widest', title: 'Rewards furthest apart first' },
  uniform: { word: 'uniform', title: 'Only groups whose rewards are all equal: they teach nothing' },
} as const;

function stepBar(view: Rollouts): TemplateResult {
  const { model, run } = view;
  const { rollouts } = model;
  const steps = run.rolloutSteps;
  const step = rollouts.step ?? steps.at(-1) ?? 0;
  const at = Math.max(0, steps.indexOf(step));
  const saved = model.saved.read();
  const go = (to: number) => void model.perform(() => rollouts.goToStep(to));
  const active = statusLook(run.status).next === 'stop';
  return html`<div class="step-bar">
    <div class="stepper" role="group" aria-label="Step">
      <label for="step">step</label>
      ${iconButton('chevron-left', 'Previous step', () => view.command('previous-step'), { key: 'Shift+N', disabled: at <= 0 })}
      <input
        id="step"
        class="cs-number"
        type="number"
        aria-label="Step"
        min=${steps[0] ?? 0}
        max=${steps.at(-1) ?? 0}
        .value=${live(String(step))}
        @change=${(event: Event) => go(Number((event.target as HTMLInputElement).value))}
        @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && view.returnFocus()}
      />
      ${iconButton('chevron-right', 'Next step', () => view.command('next-step'), { key: 'N', disabled: at + 1 >= steps.length })}
      <input
        class="slider"
        type="range"
        aria-label="Step"
        aria-valuetext=${`step ${step}`}
        min="0"
        max=${Math.max(0, steps.length - 1)}
        .value=${live(String(at))}
        ?disabled=${steps.length < 2}
        @input=${(event: Event) => go(steps[Number((event.target as HTMLInputElement).value)] ?? step)}
        @pointerup=${() => view.returnFocus()}
      />
      ${
        rollouts.live
          ? active
            ? html`<span class="follows" title="Goes to each new step as it comes">${icon('circle-filled')}live</span>`
            : nothing
          : step !== steps.at(-1) || active
            ? html`<button type="button" class="live" title="Follow the newest step" @click=${() => void model.perform(() => rollouts.follow())}>${
                active ? html`${icon('circle-outline')}live` : html`${icon('arrow-right')}last`
              }</button>`
            : nothing
      }
    </div>
    <div class="orders" role="group" aria-label="Order">
      ${orders.map(
        (order) => html`<button
          type="button"
          aria-pressed=${saved.order === order}
          title=${orderLooks[order].title}
          @click=${() => void model.perform(() => rollouts.setOrder(order))}
        >${orderLooks[order].word}</button>`,
      )}
    </div>
    <div class="search ${rollouts.listProblem && saved.search ? 'faulty' : ''}">
      ${icon('search')}
      <input
        type="text"
        spellcheck="false"
        placeholder="Search, for example reward<0.5"
        aria-label="Search rollouts"
        aria-invalid=${rollouts.listProblem !== null && saved.search !== ''}
        title="Words, verdict:incorrect, finish:length, reward>0.5, tokens>200, joined by and, or, not and parentheses"
        .value=${live(rollouts.searchText)}
        @input=${(event: Event) => {
          const text = (event.target as HTMLInputElement).value;
          void model.perform(async () => rollouts.typeSearch(text));
        }}
        @keydown=${(event: KeyboardEvent) => (event.key === 'Escape' || event.key === 'Enter') && view.returnFocus()}
      />
      ${rollouts.searchText ? iconButton('close', 'Clear search', () => void model.perform(() => rollouts.setSearch(''))) : nothing}
    </div>
    <span class="count cs-number">${rollouts.listProblem ? '' : countLine(rollouts.pages.matched, rollouts.pages.total)}</span>
  </div>`;
}

const countLine = (matched: number, total: number): string =>
  matched === total ? many(total, 'group') : `${formatCount(matched)} of ${many(total, 'group')}`;

function list(view: Rollouts): TemplateResult {
  const { model } = view;
  const { rollouts } = model;
  const { pages } = rollouts;
  const saved = model.saved.read();
  if (rollouts.listProblem) {
    return errorState(
      rollouts.listProblem,
      saved.search
        ? undefined
        : { label: 'Try again', act: () => void model.perform(() => rollouts.retry()) },
    );
  }
  if (!pages.selection) return skeleton(8);
  if (pages.matched === 0) {
    if (saved.search) {
      return emptyState('No rollout of this step matches.', {
        label: 'Clear search',
        act: () => void model.perform(() => rollouts.setSearch('')),
      });
    }
    return emptyState(
      saved.order === 'uniform' ? 'No uniform groups at this step.' : 'No groups at this step.',
    );
  }
  const scale = pages.rewardRange();
  const { withImages } = pages;
  return html`<cs-virtual-list
    id="groups"
    aria-label="Groups"
    .count=${pages.matched}
    .lineHeight=${groupRowHeight}
    .active=${rollouts.position}
    .renderItem=${(at: number) => groupRow(pages.at(at), model.images, scale, withImages)}
    @cs-range=${(event: CustomEvent<{ first: number; last: number }>) => pages.want(event.detail.first, event.detail.last)}
    @cs-pick=${(event: CustomEvent<{ index: number }>) => void model.perform(() => rollouts.pick(event.detail.index))}
    @cs-move=${(event: CustomEvent<{ index: number }>) => void model.perform(() => rollouts.pick(event.detail.index))}
  ></cs-virtual-list>`;
}

function group(view: Rollouts): TemplateResult | typeof nothing {
  const { model, run } = view;
  const { shown, rollout, compared } = model.rollouts;
  const saved = model.saved.read();
  switch (shown.kind) {
    case 'nothing':
      return nothing;
    case 'loading':
      return skeleton(8);
    case 'failed':
      return errorState(shown.problem, {
        label: 'Try again',
        act: () => void model.perform(() => model.rollouts.pick(model.rollouts.position)),
      });
    case 'item':
      return html`<cs-group
        .group=${shown.item}
        .rewards=${run.rewards}
        .rollout=${rollout}
        .found=${model.rollouts.found}
        .compared=${compared}
        .diff=${saved.diff}
        .source=${saved.source}
        .store=${model.images}
        .promoted=${saved.promoted}
        @cs-command=${(event: CustomEvent<{ name: CommandName }>) => view.command(event.detail.name)}
        @cs-rollout=${(event: CustomEvent<{ at: number; compare: boolean }>) =>
          event.detail.compare && saved.diff
            ? model.rollouts.compareWith(event.detail.at)
            : model.rollouts.selectRollout(event.detail.at)}
        @cs-promoted=${(event: CustomEvent<{ index: number }>) => {
          const { step, group } = shown.item;
          void model.perform(() => model.host.call('promoted-open', { step, group, ...event.detail }));
        }}
        @cs-source=${() => view.write({ source: !saved.source })}
        @cs-zoom=${(event: CustomEvent<{ index: number }>) => view.zoom(event.detail.index)}
      ></cs-group>`;
  }
}

/** The rollouts of one step: its groups, and one of them whole. */
export function rolloutsTab(view: Rollouts): TemplateResult {
  const { run, model } = view;
  if (run.rolloutSteps.length === 0) {
    // Steps were made, so rollouts are on their way from the disk.
    if (statusLook(run.status).next === 'stop' && run.step > 0) return skeleton(8);
    return emptyState(
      statusLook(run.status).next === 'stop'
        ? 'No rollouts yet: the first step is being generated.'
        : 'This run ended before rollouts were written.',
      statusLook(run.status).next === 'stop'
        ? undefined
        : { label: 'Open log', act: () => model.openTab('log') },
    );
  }
  const { listWidth } = model.saved.read();
  return html`${stepBar(view)}
    <div class="panes ${view.narrow ? 'narrow' : ''}">
      <div class="side" ${styled({ width: view.narrow ? null : `${listWidth}px` })}>${list(view)}</div>
      ${
        view.narrow
          ? nothing
          : html`<cs-sash
              aria-label="Width of the list"
              .width=${listWidth}
              @cs-resize=${(event: CustomEvent<{ width: number }>) => view.write({ listWidth: event.detail.width })}
            ></cs-sash>`
      }
      <main class="group-scroll" tabindex="0" aria-label="Group">${group(view)}</main>
    </div>`;
}

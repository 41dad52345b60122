import { html, nothing, type TemplateResult } from 'lit';
import type { Problem } from '../host/host-error.ts';
import { button, icon } from './controls.ts';
import { styled } from './styled.ts';
import './states.css';

export interface StateAction {
  readonly label: string;
  act(): void;
}

/** Nothing here: one sentence and at most one button. */
export const emptyState = (
  sentence: string,
  action?: StateAction,
): TemplateResult => html`<div class="cs-state">
  <p>${sentence}</p>
  ${action ? button(action.label, action.act, { look: 'secondary' }) : nothing}
</div>`;

export interface Failure extends Problem {
  /** Folded until asked for, e.g. a trace-back. */
  readonly details?: string;
}

/** What failed, what to do, details folded. */
export const errorState = (failure: Failure, action?: StateAction): TemplateResult => html`<div
  class="cs-state"
  role="alert"
>
  ${icon('error')}
  <h2>${failure.message}</h2>
  ${failure.hint ? html`<p>${failure.hint}</p>` : nothing}
  ${action ? button(action.label, action.act, { look: 'secondary' }) : nothing}
  ${failure.details ? html`<details><summary>Details</summary><pre>${failure.details}</pre></details>` : nothing}
</div>`;

const widths = ['38%', '92%', '84%', '96%', '61%', '88%', '74%', '45%'];

/** Grey lines that appear after 150 ms, so that a fast answer never flickers. */
export const skeleton = (
  lines = 6,
): TemplateResult => html`<div class="cs-skeleton" aria-busy="true" aria-label="Loading">
  ${Array.from({ length: lines }, (_, line) => html`<span ${styled({ width: widths[line % widths.length] ?? '80%' })}></span>`)}
</div>`;

/** A 2 px bar along the lower edge of its positioned parent; `share` from 0 to 1. */
export const thinProgress = (share: number, label: string): TemplateResult => html`<div
  class="cs-progress"
  role="progressbar"
  aria-label=${label}
  aria-valuemin="0"
  aria-valuemax="100"
  aria-valuenow=${Math.round(share * 100)}
><span ${styled({ width: `${Math.max(1, share * 100)}%` })}></span></div>`;

/** One quiet row above the content for a standing condition. */
export const banner = (
  iconName: string,
  text: string,
  ...actions: readonly StateAction[]
): TemplateResult => html`<div
  class="cs-banner"
  role="status"
>${icon(iconName)}<span>${text}</span>${actions.map(({ label, act }) => button(label, act, { look: 'link' }))}</div>`;

/** What the last action could not do, until it is dismissed. */
export const noticeBanner = (notice: Problem | null, dismiss: () => void): TemplateResult | typeof nothing =>
  notice
    ? banner('error', [notice.message, notice.hint].filter(Boolean).join(' '), {
        label: 'Dismiss',
        act: dismiss,
      })
    : nothing;

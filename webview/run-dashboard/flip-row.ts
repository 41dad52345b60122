import { html, type TemplateResult } from 'lit';
import type { FlipSummary } from '../../src/protocol/evaluation-views.ts';
import { verdictBadge } from '../elements/controls.ts';
import { visibleText } from '../elements/visible-text.ts';
import type { ImageStore } from '../host/image-store.ts';
import { flipImageKey } from './flip-browser.ts';
import { withoutPlaceholders } from './placeholders.ts';
import { rowThumbnail } from './row-thumbnail.ts';
import type { Pair } from './view-state.ts';

export const flipRowHeight = 52;

/** One flip of the list: picture, prompt, ground truth, and what each of the two answered. */
export function flipRow(
  flip: FlipSummary | undefined,
  pair: Pair,
  names: { readonly a: string; readonly b: string },
  store: ImageStore,
  withImages: boolean,
): TemplateResult {
  if (!flip) return html`<div class="group-row"><span class="waiting"></span></div>`;
  const verdict = (side: 'A' | 'B', name: string, { state, extracted }: FlipSummary['verdictA']) =>
    html`<span class="verdict-of" title="${name}: ${extracted ?? state}"><span class="cs-muted">${side}</span> ${verdictBadge(state)}<span>${extracted === null ? 'none' : visibleText(extracted)}</span></span>`;
  return html`<div class="group-row">
    ${rowThumbnail(flip.images, flipImageKey(pair, flip.index, 0), store, withImages)}
    <div class="lines">
      <div class="preview">${flip.prompt === '' ? visibleText(flip.id) : visibleText(withoutPlaceholders(flip.prompt, flip.images))}</div>
      <div class="second">
        <span class="truth" title="Ground truth"><span class="cs-muted">truth</span> ${visibleText(flip.groundTruth)}</span>
        <span class="gap"></span>
        ${verdict('A', names.a, flip.verdictA)}${verdict('B', names.b, flip.verdictB)}
      </div>
    </div>
  </div>`;
}

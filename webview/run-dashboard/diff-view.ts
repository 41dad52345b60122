import { html, nothing, type TemplateResult } from 'lit';
import type { GradedCompletionView } from '../../src/protocol/evaluation-views.ts';
import { segmentLabel } from '../elements/segment-view.ts';
import { visibleText } from '../elements/visible-text.ts';
import { type DiffPart, diffWords, pairSegments } from './text-diff.ts';
import './diff-view.css';

const side = (parts: readonly DiffPart[], own: 'removed' | 'added'): TemplateResult[] =>
  parts
    .filter(({ kind }) => kind === 'same' || kind === own)
    .map(({ kind, text }) =>
      kind === 'same'
        ? html`${visibleText(text)}`
        : html`<span class="changed ${own}">${visibleText(text)}</span>`,
    );

/** Two completions side by side, segment by segment, with the words that differ marked. */
export function diffView(
  left: Pick<GradedCompletionView, 'completion'>,
  right: Pick<GradedCompletionView, 'completion'>,
  names: { left: string; right: string },
  label = 'Comparison of two rollouts',
): TemplateResult {
  const pairs = pairSegments(left.completion, right.completion);
  return html`<div class="diff" role="table" aria-label=${label}>
    <div class="sides" role="row"><span role="columnheader">A · ${names.left}</span><span role="columnheader">B · ${names.right}</span></div>
    ${pairs.map((pair) => {
      const parts = pair.left !== null && pair.right !== null ? diffWords(pair.left, pair.right) : null;
      const cell = (text: string | null, own: 'removed' | 'added') =>
        text === null
          ? html`<div role="cell" class="absent">not here</div>`
          : html`<div role="cell" class="text">${parts ? side(parts, own) : html`<span class="changed ${own}">${visibleText(text)}</span>`}</div>`;
      return html`<div class="pair" role="row" data-kind=${pair.kind}>
        <header>${segmentLabel(pair.kind)}${pair.left !== null && pair.left === pair.right ? html`<span class="cs-muted"> same</span>` : nothing}</header>
        ${cell(pair.left, 'removed')}${cell(pair.right, 'added')}
      </div>`;
    })}
  </div>`;
}

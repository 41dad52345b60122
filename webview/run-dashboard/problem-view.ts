import { html, nothing, type TemplateResult } from 'lit';
import type { GradedCompletionView } from '../../src/protocol/evaluation-views.ts';
import type { GroupView } from '../../src/protocol/run-dashboard.ts';
import { verdictBadge } from '../elements/controls.ts';
import { visibleText } from '../elements/visible-text.ts';
import type { ImageStore } from '../host/image-store.ts';
import { withoutPlaceholders } from './placeholders.ts';
import '../elements/image-view.ts';
import '../elements/rich-text.ts';
import './problem-view.css';

const roles: Readonly<Record<string, string>> = {
  system: 'System',
  user: 'Prompt',
  assistant: 'Earlier completion',
};

export interface ShownProblem {
  readonly problem: Pick<GroupView, 'turns' | 'images' | 'groundTruth'>;
  readonly source: boolean;
  readonly store: ImageStore | null;
  /** Greatest height of an image, px. */
  readonly maxHeight: number;
  imageKey(image: number): string;
}

/** What a model was asked: images, prompt and ground truth. */
export function problemView({ problem, source, store, maxHeight, imageKey }: ShownProblem): TemplateResult {
  const { turns, images, groundTruth } = problem;
  return html`${
    images.length > 0
      ? html`<div class="images">${images.map(
          (image, at) => html`<cs-image
            .image=${image}
            .store=${store}
            .imageKey=${imageKey(at)}
            .index=${at}
            .maxHeight=${maxHeight}
          ></cs-image>`,
        )}</div>`
      : nothing
  }
  <div class="texts">${turns
    .filter(({ text }) => text.trim() !== '')
    .map(
      ({ role, text }) => html`<section class="turn ${role}">
        <h3>${roles[role] ?? role}</h3>
        <cs-rich-text .text=${source ? text : withoutPlaceholders(text, images.length)} .source=${source}></cs-rich-text>
      </section>`,
    )}
  ${
    groundTruth === null
      ? nothing
      : html`<section class="truth"><h3>Ground truth</h3><cs-rich-text .text=${groundTruth} .source=${source}></cs-rich-text></section>`
  }</div>`;
}

/** A verdict with the answer that was read; nothing where nothing could be graded. */
export const verdictFact = (verdict: GradedCompletionView['verdict']): TemplateResult | typeof nothing =>
  verdict === null
    ? nothing
    : html`<span class="fact" title=${`Rule: ${verdict.rule}`}>${verdictBadge(verdict.state, verdict.state)}${
        verdict.extracted === null
          ? nothing
          : html`<span class="cs-muted">read</span> <code>${visibleText(verdict.extracted)}</code>`
      }</span>`;

import { html, nothing, type TemplateResult } from 'lit';
import { many } from '../../src/core/text/plural.ts';
import type { RowSummary } from '../../src/protocol/trace-views.ts';
import { chip, decisionBadge, icon, verdictBadge } from '../elements/controls.ts';
import { formatCount } from '../elements/format.ts';
import { readyImage } from '../elements/image-view.ts';
import { visibleText } from '../elements/visible-text.ts';
import type { ImageStore } from '../host/image-store.ts';
import { imageKey } from './look-ahead.ts';
import './list-row.css';

/** Stands for a row that is not read yet. */
export const waiting = html`<span class="waiting"></span>`;

/** The first words of a row's prompt. */
export const preview = (row: RowSummary): TemplateResult =>
  row.status === 'blank'
    ? html`<span class="preview cs-muted">blank line</span>`
    : html`<span class="preview">${visibleText(row.preview)}</span>`;

/** Why images of a row cannot be used, a line each; empty when all can. */
export const imageFaultsOf = (row: RowSummary): string =>
  row.imageFaults.map(({ message }) => message).join('\n');

const state = (row: RowSummary): TemplateResult | typeof nothing => {
  if (row.status === 'broken')
    return html`<span class="broken" title="Not valid JSON">${icon('error')}</span>`;
  const told = [many(row.problems, 'problem'), imageFaultsOf(row)].filter(Boolean).join('\n');
  return row.problems > 0 ? html`<span class="problems" title=${told}>${icon('warning')}</span>` : nothing;
};

/** Which row of the file it is; in a list that is laid out over many lines that is not its line. */
export const numberOf = (row: RowSummary, look: string): TemplateResult =>
  html`<span class=${look} title="Line ${formatCount(row.line)}">${formatCount(row.index + 1)}</span>`;

/** An image that cannot be used, in the place of the picture. */
const faultChip = ({ status, message }: RowSummary['imageFaults'][number]): TemplateResult =>
  html`<div class="fault" title=${message}>${chip(status, { icon: 'warning' })}<span>${visibleText(message)}</span></div>`;

/** One line of the list: number, first words, marks. */
export function listRow(row: RowSummary | undefined): TemplateResult {
  if (!row) return html`<div class="row">${waiting}</div>`;
  return html`<div class="row ${row.decision ?? ''}">
    ${numberOf(row, 'line cs-number')}
    ${preview(row)}
    ${row.edited ? html`<span class="edited" title="Edited, not saved">${icon('circle-filled')}</span>` : nothing}
    ${state(row)}
    <span class="slot">${verdictBadge(row.verdict)}</span>
    <span class="slot">${row.decision ? decisionBadge(row.decision) : nothing}</span>
  </div>`;
}

/** One card of the grid: the first image with badges, for triage by eye. */
export function gridCell(row: RowSummary | undefined, store: ImageStore): TemplateResult {
  if (!row) return html`<div class="card">${waiting}</div>`;
  const fault = row.imageFaults.find(({ image }) => image === 0);
  const picture = fault
    ? faultChip(fault)
    : row.images > 0
      ? html`<cs-image
          compact
          size="thumbnail"
          .store=${store}
          .imageKey=${imageKey(store, row.index, 0)}
          .image=${readyImage}
        ></cs-image>`
      : html`<div class="text">${preview(row)}</div>`;
  return html`<div class="card ${row.decision ?? ''}">
    <div class="picture">${picture}${row.images > 1 ? chip(`+${row.images - 1}`, { look: 'badge' }) : nothing}</div>
    <div class="foot">
      ${numberOf(row, 'line cs-number')}
      ${row.images > 0 ? preview(row) : html`<span class="preview"></span>`}
      ${state(row)}${verdictBadge(row.verdict)}${row.decision ? decisionBadge(row.decision) : nothing}
    </div>
  </div>`;
}

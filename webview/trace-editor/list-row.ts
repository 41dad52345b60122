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

/** Columns of the table view, in order. */
export const tableColumns = [
  { name: 'line', title: '#', numeric: true },
  { name: 'decision', title: '', numeric: false },
  { name: 'verdict', title: '', numeric: false },
  { name: 'prompt', title: 'Prompt', numeric: false },
  { name: 'truth', title: 'Ground truth', numeric: false },
  { name: 'words', title: 'Words', numeric: true },
  { name: 'images', title: 'Images', numeric: true },
  { name: 'problems', title: 'Problems', numeric: true },
] as const;

const placeholder = html`<span class="waiting"></span>`;

const preview = (row: RowSummary): TemplateResult =>
  row.status === 'blank'
    ? html`<span class="preview cs-muted">blank line</span>`
    : html`<span class="preview">${visibleText(row.preview)}</span>`;

const state = (row: RowSummary): TemplateResult | typeof nothing => {
  if (row.status === 'broken')
    return html`<span class="broken" title="Not valid JSON">${icon('error')}</span>`;
  const images = row.imageFaults.map(({ message }) => message);
  const told = [many(row.problems, 'problem'), ...images].join('\n');
  return row.problems > 0 ? html`<span class="problems" title=${told}>${icon('warning')}</span>` : nothing;
};

/** Which row of the file it is; in a list that is laid out over many lines that is not its line. */
const numberOf = (row: RowSummary, look: string): TemplateResult =>
  html`<span class=${look} title="Line ${formatCount(row.line)}">${formatCount(row.index + 1)}</span>`;

/** An image that cannot be used, in the place of the picture. */
const faultChip = ({ status, message }: RowSummary['imageFaults'][number]): TemplateResult =>
  html`<div class="fault" title=${message}>${chip(status, { icon: 'warning' })}<span>${visibleText(message)}</span></div>`;

/** One line of the list: number, first words, marks. */
export function listRow(row: RowSummary | undefined): TemplateResult {
  if (!row) return html`<div class="row">${placeholder}</div>`;
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
  if (!row) return html`<div class="card">${placeholder}</div>`;
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

/** One row of the table. */
export function tableRow(row: RowSummary | undefined): TemplateResult {
  if (!row) return html`<div class="line-of-table">${placeholder}</div>`;
  return html`<div class="line-of-table ${row.decision ?? ''}">
    ${numberOf(row, 'numeric line')}
    <span class="mark">${row.decision ? decisionBadge(row.decision) : nothing}</span>
    <span class="mark">${verdictBadge(row.verdict)}</span>
    ${preview(row)}
    <span title=${row.groundTruth ?? nothing}>${row.groundTruth ? visibleText(row.groundTruth) : nothing}</span>
    <span class="numeric">${row.words === null || row.words === undefined ? nothing : formatCount(row.words)}</span>
    <span class="numeric" title=${row.imageFaults.map(({ message }) => message).join('\n') || nothing}>${
      row.imageFaults.length > 0 ? html`<span class="problems">${icon('warning')}</span> ` : nothing
    }${row.images}</span>
    <span class="numeric">${row.status === 'broken' ? 'broken' : row.problems || nothing}</span>
  </div>`;
}

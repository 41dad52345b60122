import { html, type TemplateResult } from 'lit';
import { formatMetric } from '../elements/format.ts';
import type { MetricValue } from './chart-data.ts';
import { lineSwatch } from './line-swatch.ts';
import { type Overlay, overlayValue } from './overlay-drawing.ts';
import type { Axis } from './view-state.ts';

/** A value as a chart's header shows it; a share in percent. */
export const formatValue = (value: MetricValue, share: boolean): string =>
  share && typeof value === 'number' ? `${formatMetric(value * 100)}%` : formatMetric(value);

/** A place for one value a run, with a swatch that says whose it is. */
export const overlayValues = (overlays: readonly Overlay[]): TemplateResult =>
  html`<div class="overlay-values">${overlays.map(
    ({ id, name, look }) =>
      html`<span class="cs-number" title=${name}>${lineSwatch(look)}<span data-run=${id}></span></span>`,
  )}</div>`;

/** Writes the values at a place of the axis, or the last ones, into those places. */
export function fillOverlayValues(
  chart: HTMLElement,
  overlays: readonly Overlay[],
  axis: Axis,
  place: number | null,
  share: boolean,
): void {
  for (const element of chart.querySelectorAll<HTMLElement>(':scope > .overlay-values [data-run]')) {
    const one = overlays.find(({ id }) => id === element.dataset.run);
    element.textContent = one ? formatValue(overlayValue(one, axis, place), share) : '';
  }
}

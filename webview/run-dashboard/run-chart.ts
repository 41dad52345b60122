import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatCount, formatMetric } from '../elements/format.ts';
import { LightElement } from '../elements/light-element.ts';
import '../elements/menu.ts';
import { type MetricValue, nearestPoint, type SeriesView } from './chart-data.ts';
import { chartAxes, type Drawn, drawSeries, valueRange } from './chart-drawing.ts';
import { drawMarks } from './chart-marks.ts';
import { chartPicture } from './chart-picture.ts';
import { type ChartPlan, metricsOf } from './chart-plan.ts';
import type { ChartTheme } from './chart-theme.ts';
import { lookDashes } from './compare-looks.ts';
import { drawOverlays, type Overlay, overlayValue, stepAt } from './overlay-drawing.ts';
import { fillOverlayValues, formatValue, overlayValues } from './overlay-values.ts';
import { placeWords } from './time-axis.ts';
import type { Axis } from './view-state.ts';
import './run-chart.css';

const plotHeight = 156;

/**
 * One metric over the steps: raw points faint under a smoothed line, evaluation dotted; or several runs' lines. Sends `cs-step {step}` on a
 * click, `cs-brush {from, to}` after a drag, `cs-unzoom` on a double click, `cs-csv {names, to}` and
 * `cs-png {picture, to}` from its menu.
 */
@customElement('cs-run-chart')
export class RunChart extends LightElement {
  @property({ attribute: false }) plan: ChartPlan | null = null;
  @property({ attribute: false }) series: readonly SeriesView[] = [];
  /** Several runs over each other, the dashboard's own first, instead of its series alone. */
  @property({ attribute: false }) overlays: readonly Overlay[] = [];
  @property() axis: Axis = 'step';
  @property({ attribute: false }) theme: ChartTheme | null = null;
  /** First and last place of the axis that is shown. */
  @property({ type: Number }) from = 0;
  @property({ type: Number }) to = 1;
  @property({ type: Boolean }) zoomed = false;
  @property({ attribute: false }) restarts: readonly number[] = [];
  @property({ attribute: false }) checkpoints: readonly number[] = [];
  @property({ attribute: false }) shownStep: number | null = null;
  /** What the chart is of, for its picture: the name of the run. */
  @property() about = '';
  #chart: uPlot | null = null;
  #key = '';
  #odd: Drawn['odd'] = [];
  #sized: ResizeObserver | null = null;
  #pressed = false;
  #clicking: ReturnType<typeof setTimeout> | undefined;
  /** What came while a drag was under way. */
  #late = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sized = new ResizeObserver(() => this.#fit());
    this.#sized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sized?.disconnect();
    clearTimeout(this.#clicking);
    this.#drop();
  }

  #drop(): void {
    this.#chart?.destroy();
    this.#chart = null;
    this.#key = '';
  }

  protected override render(): TemplateResult | typeof nothing {
    const { plan } = this;
    if (!plan) return nothing;
    const names = metricsOf([plan]);
    const splits = this.#mainSeries();
    return html`<header>
        <h3 title=${[plan.name, plan.unit].filter(Boolean).join(', ')}>${plan.label}</h3>
        ${plan.unit && plan.unit !== 'share' && !plan.share ? html`<span class="unit">${plan.unit}</span>` : nothing}
        <span class="at cs-number"></span>
        ${
          this.#isOverlaid
            ? nothing
            : splits.map(
                ({ split }) =>
                  html`<span class="value cs-number ${split}" data-line=${`${split}/${plan.name}`} title=${split}></span>`,
              )
        }
        ${plan.share ? html`<span class="value cs-number share" data-line=${`train/${plan.share.name}`} title=${plan.share.label}></span>` : nothing}
        <cs-menu
          .label=${`Data of ${plan.label}`}
          .items=${[
            { label: 'Copy as PNG', act: () => this.#sendPicture('clipboard') },
            { label: 'Save as PNG…', act: () => this.#sendPicture('file') },
            { label: 'Copy as CSV', act: () => this.send('cs-csv', { names, to: 'clipboard' }) },
            { label: 'Save as CSV…', act: () => this.send('cs-csv', { names, to: 'file' }) },
          ]}
        ></cs-menu>
      </header>
      ${this.#isOverlaid ? overlayValues(this.overlays) : nothing}
      <div class="plot" role="img" aria-label=${this.#spoken(plan)}></div>`;
  }

  #sendPicture(to: 'clipboard' | 'file'): void {
    const { plan, theme } = this;
    const canvas = this.#chart?.ctx.canvas;
    if (!plan || !theme || !canvas) return;
    const lines = this.overlays.map(({ name, look }) => ({
      name,
      stroke: theme.looks[look] ?? theme.text,
      dash: lookDashes[look] ?? [],
    }));
    this.send('cs-png', { picture: chartPicture(canvas, plan.label, this.about, theme, lines), to });
  }

  get #isOverlaid(): boolean {
    return this.overlays.length > 0;
  }

  #mainSeries(): readonly SeriesView[] {
    return this.series.filter(({ name, steps }) => name === this.plan?.name && steps.length > 0);
  }

  #spoken(plan: ChartPlan): string {
    if (this.#isOverlaid) {
      const values = this.overlays.map(
        (one) => `${one.name} ${formatMetric(overlayValue(one, this.axis, null))}`,
      );
      return [plan.label, ...values].join(', ');
    }
    const words = this.#mainSeries().map(({ split, steps, values }) => {
      const last = formatMetric(values.at(-1) ?? null);
      return `${split} ${last} at step ${formatCount(steps.at(-1) ?? 0)}`;
    });
    return [plan.label, ...words].join(', ');
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.#pressed && this.#chart) this.#late = true;
    else if (changed.has('theme') || changed.has('axis') || !this.#chart) this.#build();
    else if (['plan', 'series', 'overlays', 'from', 'to'].some((name) => changed.has(name as keyof RunChart)))
      this.#put();
    else this.#chart.redraw(false);
    this.#readOut();
  }

  #draw(): Drawn | null {
    const { plan, theme } = this;
    if (!plan || !theme) return null;
    return this.#isOverlaid
      ? drawOverlays(this.overlays, this.axis, theme)
      : drawSeries(plan, this.series, theme);
  }

  #put(): void {
    const drawn = this.#draw();
    if (!drawn || drawn.key !== this.#key || !this.#chart) {
      this.#build();
      return;
    }
    this.#odd = drawn.odd;
    this.#chart.setData(drawn.data);
  }

  #build(): void {
    const drawn = this.#draw();
    const host = this.querySelector<HTMLElement>(':scope > .plot');
    const { theme, plan } = this;
    this.#drop();
    const width = host?.clientWidth ?? 0;
    if (!drawn || !host || !theme || !plan || width === 0) return;
    this.#key = drawn.key;
    this.#odd = drawn.odd;
    this.#chart = new uPlot(
      {
        width,
        height: plotHeight,
        padding: [6, plan.share ? 0 : 10, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: true, y: false, setScale: false, dist: 4 },
          sync: { key: 'run', setSeries: false },
          // The smoothed line is a help for the eye; the point under the cursor is the value that was logged.
          points: { size: (_, at) => (drawn.smoothed.has(at) ? 0 : 6) },
          bind: {
            dblclick: () => () => {
              clearTimeout(this.#clicking);
              this.send('cs-unzoom', {});
              return null;
            },
          },
        },
        scales: {
          x: { time: false, range: () => [this.from, this.to > this.from ? this.to : this.from + 1] },
          y: { range: (_, low, high) => valueRange(low, high, plan.unit === 'share') },
          share: { range: (_, low, high) => valueRange(low, high, true) },
        },
        axes: chartAxes(plan, theme, this.axis),
        series: drawn.series,
        hooks: {
          setCursor: [() => this.#readOut()],
          setSelect: [(chart) => this.#brushed(chart)],
          draw: [
            (chart) =>
              drawMarks(
                chart,
                // Marks of one run say nothing of the others.
                this.#isOverlaid
                  ? { restarts: [], checkpoints: [], shown: null, odd: this.#odd }
                  : {
                      restarts: this.restarts,
                      checkpoints: this.checkpoints,
                      shown: this.shownStep,
                      odd: this.#odd,
                    },
                theme,
              ),
          ],
        },
      },
      drawn.data,
      host,
    );
    const { over } = this.#chart;
    over.addEventListener('mousedown', () => {
      this.#pressed = true;
      document.addEventListener('mouseup', this.#onRelease, { once: true });
    });
    over.addEventListener('click', () => this.#clicked());
  }

  readonly #onRelease = (): void => {
    this.#pressed = false;
    if (!this.#late) return;
    this.#late = false;
    setTimeout(() => this.isConnected && this.#put());
  };

  #fit(): void {
    const width = this.querySelector(':scope > .plot')?.clientWidth ?? 0;
    if (width === 0) return;
    if (!this.#chart) this.#build();
    else if (this.#chart.width !== width) this.#chart.setSize({ width, height: plotHeight });
  }

  /** Every chart of the group hears of a brush; the one that was pressed sends it on. */
  #brushed(chart: uPlot): void {
    const { left, width } = chart.select;
    if (width < 4) return;
    const [from, to] = [chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')].map(Math.round);
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (this.#pressed && from !== undefined && to !== undefined && to > from)
      this.send('cs-brush', { from, to });
  }

  #clicked(): void {
    const place = this.#cursorPlace();
    const step = place === null ? null : stepAt(this.overlays[0], this.axis, place);
    if (step === null) return;
    clearTimeout(this.#clicking);
    // A double click shows all steps again; only then is it worth waiting for its second half.
    if (this.zoomed) this.#clicking = setTimeout(() => this.send('cs-step', { step }), 260);
    else this.send('cs-step', { step });
  }

  #cursorPlace(): number | null {
    const chart = this.#chart;
    const left = chart?.cursor.left ?? -1;
    return chart && left >= 0 ? Math.round(chart.posToVal(left, 'x')) : null;
  }

  /** Writes the values under the cursor, or the last ones, into the header. */
  #readOut(): void {
    const step = this.#cursorPlace();
    const at = this.querySelector(':scope > header > .at');
    if (at) at.textContent = step !== null && this.matches(':hover') ? placeWords(this.axis, step) : '';
    fillOverlayValues(this, this.overlays, this.axis, step, this.plan?.unit === 'share');
    for (const element of this.querySelectorAll<HTMLElement>(':scope > header > .value')) {
      const one = this.series.find(({ name, split }) => `${split}/${name}` === element.dataset.line);
      const value = one ? valueAt(one, step) : null;
      const share = element.classList.contains('share') || this.plan?.unit === 'share';
      element.textContent = formatValue(value, share);
      element.classList.toggle('odd', typeof value === 'string');
    }
  }
}

function valueAt(series: SeriesView, step: number | null): MetricValue {
  const at = step === null ? series.values.length - 1 : nearestPoint(series.steps, series.steps, step);
  return series.values[at] ?? null;
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-run-chart': RunChart;
  }
}

import { html, nothing, type TemplateResult } from 'lit';
import { many } from '../../src/core/text/plural.ts';
import type { RunView } from '../../src/protocol/run-dashboard.ts';
import { button, icon } from '../elements/controls.ts';
import { formatCount, formatMetric } from '../elements/format.ts';
import { emptyState, skeleton } from '../elements/states.ts';
import { visibleText } from '../elements/visible-text.ts';
import type { ChartPlan } from './chart-plan.ts';
import type { ChartTheme } from './chart-theme.ts';
import { comparedSettings, comparisonLegend } from './comparison-view.ts';
import { ownEvaluations } from './evaluation-tab.ts';
import type { RunModel } from './model.ts';
import { placesOn } from './overlay-drawing.ts';
import { overlaysOf } from './shown-runs.ts';
import { outcomeOf, statusLook } from './status-look.ts';
import { rangeWords } from './time-axis.ts';
import './run-chart.ts';

export interface Overview {
  readonly model: RunModel;
  readonly run: RunView;
  readonly theme: ChartTheme;
  toggleMetrics(): void;
  showStep(step: number): void;
  openLog(): void;
  exportCsv(names: readonly string[], to: 'clipboard' | 'file'): void;
  exportPicture(name: string, picture: Promise<Blob>, to: 'clipboard' | 'file'): void;
}

/** What ended or holds up the run, before everything else: the exception's last line, its trace-back folded, advice. */
function outcome({ run, model, openLog }: Overview): TemplateResult | typeof nothing {
  const what = outcomeOf(run);
  if (!what) return nothing;
  const { next } = statusLook(run.status);
  const isOver = run.status.kind === 'failed' || run.status.kind === 'died' || run.status.kind === 'stopped';
  const call = (method: 'run-resume' | 'run-again' | 'spec-open') => () =>
    void model.perform(() => model.host.call(method, {}));
  return html`<section class="outcome ${what.tone}" role=${what.tone === 'bad' ? 'alert' : nothing}>
    ${icon(what.icon)}
    <div>
      <h2>${visibleText(what.title)}</h2>
      ${what.traceback ? html`<details><summary>Trace-back</summary><pre>${visibleText(what.traceback)}</pre></details>` : nothing}
      ${what.text ? html`<p>${what.text}</p>` : nothing}
      <div class="actions">
        ${next === 'resume' ? button('Resume', call('run-resume'), { look: 'secondary', icon: 'debug-continue', title: 'Go on from the last checkpoint' }) : nothing}
        ${isOver ? button('Start again', call('run-again'), { look: 'secondary', icon: 'debug-restart', title: 'Start the run spec as it is now, as a new run' }) : nothing}
        ${isOver ? button('Open spec', call('spec-open'), { look: 'secondary' }) : nothing}
        ${run.status.kind === 'missing' ? nothing : button('Open log', openLog, { look: 'secondary' })}
      </div>
    </div>
  </section>`;
}

/** The places of the axis that the charts show: all that the runs have, or the brushed ones. */
function shownPlaces({ zoom, series, comparison }: RunModel, run: RunView): { from: number; to: number } {
  if (zoom) return zoom;
  const { axis } = comparison;
  let from = axis === 'step' ? run.step : 0;
  let to = from;
  for (const all of [series, ...comparison.runs.map((one) => one.series)]) {
    for (const one of [...all.values()].flat()) {
      const places = placesOn(axis, one);
      from = Math.min(from, places[0] ?? from);
      to = Math.max(to, places.at(-1) ?? to);
    }
  }
  return { from, to };
}

/** Steps at which the run was taken up again; a beginning at 0 is none. */
const restartSteps = (run: RunView): number[] =>
  run.restarts.map(({ fromStep }) => fromStep).filter((step) => step > 0);

function chart(view: Overview, plan: ChartPlan, steps: { from: number; to: number }): TemplateResult {
  const { model, run } = view;
  const { active, axis } = model.comparison;
  const series = [
    ...(model.series.get(plan.name) ?? []),
    ...(plan.share ? (model.series.get(plan.share.name) ?? []) : []),
  ];
  const restarts = restartSteps(run);
  return html`<cs-run-chart
    .plan=${plan}
    .series=${series}
    .overlays=${active ? overlaysOf(model, run, plan) : []}
    .axis=${axis}
    .theme=${view.theme}
    .from=${steps.from}
    .to=${steps.to}
    .zoomed=${model.zoom !== null}
    .restarts=${restarts}
    .checkpoints=${run.checkpoints.map(({ step }) => step)}
    .shownStep=${model.saved.read().step}
    .about=${run.name}
    @cs-brush=${(event: CustomEvent<{ from: number; to: number }>) => model.setZoom(event.detail)}
    @cs-unzoom=${() => model.zoom && model.setZoom(null)}
    @cs-step=${(event: CustomEvent<{ step: number }>) => view.showStep(event.detail.step)}
    @cs-csv=${(event: CustomEvent<{ names: string[]; to: 'clipboard' | 'file' }>) => view.exportCsv(event.detail.names, event.detail.to)}
    @cs-png=${(event: CustomEvent<{ picture: Promise<Blob>; to: 'clipboard' | 'file' }>) => view.exportPicture(plan.stage ? `${plan.name}-${plan.stage}` : plan.name, event.detail.picture, event.detail.to)}
  ></cs-run-chart>`;
}

/** What the marks of a single run's charts mean. */
function legend({ model, run }: Overview, main: readonly ChartPlan[]): TemplateResult {
  return html`<span class="legend">
    <span class="key train">train</span>
    ${[...model.series.values()].some((splits) => splits.some(({ split }) => split === 'eval')) ? html`<span class="key eval">evaluation</span>` : nothing}
    ${main.some(({ share }) => share) ? html`<span class="key share">truncated completions</span>` : nothing}
    ${run.checkpoints.length > 0 ? html`<span class="key checkpoint">checkpoint</span>` : nothing}
    ${restartSteps(run).length > 0 ? html`<span class="key restart">restart</span>` : nothing}
  </span>`;
}

function charts(view: Overview): TemplateResult {
  const { model, run } = view;
  const { main, rest } = model.plans();
  if (run.status.kind === 'starting')
    return emptyState(`${run.status.doing} … The run starts when nothing stands against it.`);
  if (main.length + rest.length === 0) {
    const { word, next } = statusLook(run.status);
    return emptyState(
      next === 'stop'
        ? 'No metrics yet: they appear after the first step.'
        : `No metrics were written (${word}).`,
    );
  }
  if (model.series.size === 0 && !model.comparison.active) return skeleton(8);
  const steps = shownPlaces(model, run);
  const { axis } = model.comparison;
  const all = model.saved.read().allMetrics;
  return html`<div class="chart-bar">
      ${model.comparison.active ? comparisonLegend(model, run) : legend(view, main)}
      ${
        model.zoom
          ? html`<span class="cs-number cs-muted">${axis === 'step' ? 'steps ' : ''}${rangeWords(axis, model.zoom)}</span>
              ${button(axis === 'step' ? 'Show all steps' : 'Show all', () => model.setZoom(null), { look: 'link' })}`
          : nothing
      }
    </div>
    ${model.comparison.active ? comparedSettings(model, run) : nothing}
    <div class="charts">${main.map((plan) => chart(view, plan, steps))}</div>
    ${
      rest.length > 0
        ? html`<button type="button" class="more" aria-expanded=${all} @click=${view.toggleMetrics}>
            ${icon(all ? 'chevron-down' : 'chevron-right')}${many(rest.length, 'more metric')}
          </button>
          ${all ? html`<div class="charts">${rest.map((plan) => chart(view, plan, steps))}</div>` : nothing}`
        : nothing
    }`;
}

const levelIcons = { info: 'info', warning: 'warning', error: 'error' } as const;

/** Findings are written for lists in the middle of a line; here each stands alone. */
const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function findings({ run, showStep }: Overview): TemplateResult | typeof nothing {
  const linked = run.rolloutSteps.length > 0;
  // What ended the run stands above the charts already.
  const isTold = run.status.kind === 'failed' && run.status.error.type === 'RewardFailure';
  const shown = run.findings.filter(({ code }) => code !== 'reward_error' || !isTold || run.rewardErrors > 1);
  const uncounted = run.findings.some(({ code }) => code === 'reward_error') ? 0 : run.rewardErrors;
  const none = shown.length === 0 && uncounted === 0 && run.droppedEvents === 0;
  if (none && outcomeOf(run)?.tone === 'bad') return nothing;
  return html`<section class="findings">
    <h3>Findings</h3>
    ${none ? html`<p class="cs-muted">None</p>` : nothing}
    <ul>
      ${shown.map(
        ({ level, detail, code, step }) => html`<li class=${level}>
          ${icon(levelIcons[level])}<span>${visibleText(sentence(detail || code))}${
            step === null
              ? nothing
              : html` · ${linked ? button(`step ${formatCount(step)}`, () => showStep(step), { look: 'link' }) : html`<span class="cs-muted">step ${formatCount(step)}</span>`}`
          }</span>
        </li>`,
      )}
      ${uncounted > 0 ? html`<li class="error">${icon('error')}<span>${many(uncounted, 'reward function error')}</span></li>` : nothing}
      ${run.droppedEvents > 0 ? html`<li class="warning">${icon('warning')}<span>${many(run.droppedEvents, 'event')} lost; charts may have gaps</span></li>` : nothing}
    </ul>
  </section>`;
}

function facts({ run }: Overview): TemplateResult {
  const file = run.dataset.path.split(/[\\/]/).at(-1) ?? run.dataset.path;
  const rows: readonly (readonly [string, string | TemplateResult, string?])[] = [
    ['Model', run.model, run.model],
    [
      'Dataset',
      html`${file} ${run.status.kind === 'starting' ? nothing : html`<span class="cs-muted">${many(run.dataset.traces, 'trace')}</span>`}`,
      run.dataset.path,
    ],
    ['Trainer', run.trainer],
    ['Device', run.device || '–'],
    ...(run.epoch === null ? [] : [['Epoch', formatMetric(run.epoch)] as const]),
    ...(run.groupSize === null ? [] : [['Group size', formatCount(run.groupSize)] as const]),
    ...(run.rewards.length > 0
      ? [
          [
            'Rewards',
            run.rewards
              .map(({ name, weight }) => (weight === 1 ? name : `${formatMetric(weight)}·${name}`))
              .join(' + '),
          ] as const,
        ]
      : []),
    ...(run.stage === 'sft' && run.rolloutSteps.length === 0
      ? [
          [
            'Rollouts',
            html`<span class="cs-muted">none: SFT samples no completions, those of evaluations are not recorded</span>`,
          ] as const,
        ]
      : []),
  ];
  return html`<section class="facts">
    <h3>Run</h3>
    <dl>${rows.map(([name, value, title]) => html`<dt>${name}</dt><dd title=${title ?? nothing}>${value}</dd>`)}</dl>
  </section>`;
}

/** Charts first; beside or below them what was found and what the run is. */
export const overviewTab = (
  view: Overview,
): TemplateResult => html`<div class="overview" tabindex="0" aria-label="Overview">
  ${outcome(view)}
  <div class="columns">
    <div class="main">${charts(view)}</div>
    <aside>${findings(view)} ${ownEvaluations(view.model)} ${facts(view)}</aside>
  </div>
</div>`;

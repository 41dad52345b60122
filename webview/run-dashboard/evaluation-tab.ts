import { html, nothing, type TemplateResult } from 'lit';
import { many } from '../../src/core/text/plural.ts';
import type { EvaluationView, PairingView } from '../../src/protocol/evaluation-views.ts';
import type { RunView } from '../../src/protocol/run-dashboard.ts';
import { button, icon } from '../elements/controls.ts';
import { formatCount, formatMetric } from '../elements/format.ts';
import { emptyState, skeleton } from '../elements/states.ts';
import { styled } from '../elements/styled.ts';
import { visibleText } from '../elements/visible-text.ts';
import {
  type EvaluationSet,
  evaluationSets,
  intervalsOverlap,
  labelOf,
  referenceOf,
} from './evaluation-sets.ts';
import { type Flips, flipsView } from './flips-view.ts';
import type { RunModel } from './model.ts';
import { isTelling, percent, points, pValue, testWords } from './paired-words.ts';

const when = (at: number): string =>
  new Date(at).toLocaleString(undefined, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
const exactly = (at: number): string => new Date(at).toLocaleString();

const evaluate = (model: RunModel) => () =>
  void model.perform(() => model.host.call('evaluation-start', { step: null }));

/** The accuracy as a bar with its interval as a whisker, on the axis from 0 to 100 %. */
const bar = (one: EvaluationView): TemplateResult => html`<div
  class="track"
  role="img"
  aria-label="${percent(one.accuracy)} %, 95 % interval ${percent(one.low)} to ${percent(one.high)}"
>
  <span class="fill" ${styled({ width: `${one.accuracy * 100}%` })}></span>
  <span class="whisker" ${styled({ left: `${one.low * 100}%`, width: `${(one.high - one.low) * 100}%` })}></span>
</div>`;

/** How the evaluation of a row differs from the one that all are compared with. */
interface Compared {
  readonly reference: EvaluationView;
  readonly label: string;
  readonly pairing: PairingView | undefined;
  open(): void;
}

/** Difference with its interval, the test, and the way to the rows that differ; without a pair what the intervals say. */
function comparison(one: EvaluationView, { reference, label, pairing, open }: Compared): TemplateResult {
  if (one === reference)
    return html`<td class="numeric"><span class="cs-muted">–</span></td><td class="test"></td><td class="numeric flips"></td>`;
  const difference = points(one.accuracy - reference.accuracy);
  if (pairing?.kind !== 'paired') {
    const apart = !intervalsOverlap(one, reference);
    const why = pairing ? `No paired test. ${pairing.why}` : 'Being compared row by row';
    return html`<td class="numeric">${difference}</td>
      <td class="test" title=${why}>${
        pairing === undefined
          ? html`<span class="cs-muted" aria-label=${why}>…</span>`
          : apart
            ? html`${icon('check')} intervals apart`
            : html`<span class="cs-muted">${icon('dash')} intervals overlap</span>`
      }</td>
      <td class="numeric flips"></td>`;
  }
  const flips = pairing.onlyA + pairing.onlyB;
  return html`<td class="numeric">${difference} <span class="cs-muted range">${points(pairing.low)} to ${points(pairing.high)}</span></td>
    <td class="test cs-number" title=${testWords(pairing)}>${
      isTelling(pairing.p)
        ? html`${icon('check')} ${pValue(pairing.p)}`
        : html`<span class="cs-muted">${icon('dash')} ${pValue(pairing.p)}</span>`
    }</td>
    <td class="numeric flips">${button(formatCount(flips), open, {
      look: 'link',
      title: `Rows that only one of ${one.name} and ${label} solves: ${formatCount(pairing.onlyA)} and ${formatCount(pairing.onlyB)}`,
    })}</td>`;
}

function row(one: EvaluationView, run: RunView, compared: Compared | null): TemplateResult {
  const isOwn = one.run !== null && one.run === run.id;
  const correct = Number.isInteger(one.correct) ? formatCount(one.correct) : formatMetric(one.correct);
  return html`<tr class=${isOwn ? 'own' : ''} aria-current=${isOwn ? 'true' : nothing}>
    <th scope="row" title=${one.model}>${visibleText(one.name)}${
      one.step === null
        ? nothing
        : html` <span class="cs-muted cs-number">step ${formatCount(one.step)}</span>`
    }</th>
    <td class="bar">${bar(one)}</td>
    <td class="numeric accuracy" title=${`${one.accuracy * 100} %: ${correct} of ${formatCount(one.n)} correct`}>${percent(one.accuracy)}</td>
    <td class="numeric interval">${percent(one.low)} to ${percent(one.high)}</td>
    <td class="numeric correct">${correct} of ${formatCount(one.n)}</td>
    ${compared === null ? nothing : comparison(one, compared)}
    <td class="numeric further">${formatCount(one.unparsed)}</td>
    <td class="numeric further">${formatCount(one.truncated)}</td>
    <td class="further cs-muted" title=${exactly(one.at)}>${when(one.at)}</td>
  </tr>`;
}

function section(set: EvaluationSet, model: RunModel, run: RunView): TemplateResult {
  const { evaluations } = set;
  const reference = referenceOf(evaluations, model.saved.read().against);
  const label = reference ? labelOf(reference, evaluations) : '';
  const [first] = evaluations;
  const samples = first && first.samples > 1 ? ` · ${many(first.samples, 'completion')} each` : '';
  return html`<section class="set">
    <header>
      <h3 title=${set.dataset}>${visibleText(set.name)}</h3>
      <span class="cs-muted cs-number">${first ? many(first.n, 'row') : ''}${set.selection === '' ? nothing : html` · ${visibleText(set.selection)}`}${samples}</span>
      <span class="gap"></span>
      ${
        reference === null
          ? nothing
          : html`<label>Difference to
              <select
                @change=${(event: Event) => {
                  model.compareWith((event.target as HTMLSelectElement).value);
                }}
              >${evaluations.map((one) => {
                const name = labelOf(one, evaluations);
                return html`<option value=${name} ?selected=${one === reference}>${name}</option>`;
              })}</select>
            </label>`
      }
    </header>
    <table class="data arms">
      <thead><tr>
        <th>Model</th>
        <th class="bar"><span class="axis cs-number"><span>0</span><span>50</span><span>100 %</span></span></th>
        <th class="numeric">Accuracy %</th>
        <th class="numeric interval">95 % interval</th>
        <th class="numeric correct">Correct</th>
        ${
          reference === null
            ? nothing
            : html`<th class="numeric" title="Points of accuracy, with the 95 % interval of the difference on the same rows (Newcombe)">To ${visibleText(label)}</th>
              <th class="test" title="McNemar's exact test on the same rows, two-sided, not corrected for several comparisons. It is stricter than the interval: at the edge p may pass 0.05 where the interval leaves 0 out.">Paired test</th>
              <th class="numeric flips" title="Rows that one of the two solves and the other does not">Flips</th>`
        }
        <th class="numeric further">Unparsed</th>
        <th class="numeric further">Truncated</th>
        <th class="further">When</th>
      </tr></thead>
      <tbody>${evaluations.map((one) =>
        row(
          one,
          run,
          reference && {
            reference,
            label,
            pairing: model.flips.pairing({ a: one.id, b: reference.id }),
            open: () => void model.perform(() => model.flips.open({ a: one.id, b: reference.id })),
          },
        ),
      )}</tbody>
    </table>
  </section>`;
}

/** Every evaluation of the workspace, set by set, with this run's in front of the eye, or two of them row by row. */
export function evaluationTab(
  model: RunModel,
  run: RunView,
  view: Omit<Flips, 'model' | 'pair'>,
): TemplateResult {
  const { evaluations, flips } = model;
  if (evaluations === null) return skeleton(6);
  if (flips.pair) return flipsView({ ...view, model, pair: flips.pair });
  const canEvaluate =
    run.checkpoints.length > 0 && run.status.kind !== 'elsewhere' && run.status.kind !== 'missing';
  if (evaluations.length === 0) {
    return canEvaluate
      ? emptyState('Nothing was evaluated yet.', { label: 'Evaluate model of run…', act: evaluate(model) })
      : emptyState('Nothing was evaluated yet: a run can be evaluated when it has a checkpoint.');
  }
  const sets = evaluationSets(evaluations, run.id);
  return html`<div class="scroll evaluations" tabindex="0" aria-label="Evaluation">
    ${
      canEvaluate || model.ownEvaluations.length === 0
        ? html`<div class="actions">
            ${canEvaluate ? button('Evaluate…', evaluate(model), { look: 'secondary', icon: 'beaker', title: 'Evaluate the newest checkpoint of this run' }) : nothing}
            ${model.ownEvaluations.length === 0 ? html`<span class="cs-muted">This run was not evaluated yet.</span>` : nothing}
          </div>`
        : nothing
    }
    ${sets.map((set) => section(set, model, run))}
  </div>`;
}

/** What the overview says of the evaluations of its run; nothing without any. */
export function ownEvaluations(model: RunModel): TemplateResult | typeof nothing {
  const own = model.ownEvaluations;
  if (own.length === 0) return nothing;
  return html`<section class="own-evaluations">
    <h3>Evaluation</h3>
    <dl>${own.slice(0, 6).map(
      (
        one,
      ) => html`<dt title=${[one.dataset, one.selection].filter(Boolean).join('\n')}>${visibleText(evaluationSets([one], null)[0]?.name ?? '')}${
        one.selection === '' ? nothing : html` <span class="cs-muted">${visibleText(one.selection)}</span>`
      }</dt>
        <dd class="cs-number" title=${`${formatMetric(one.correct)} of ${formatCount(one.n)} correct, ${exactly(one.at)}`}>
          <b>${percent(one.accuracy)} %</b> <span class="cs-muted">${percent(one.low)} to ${percent(one.high)}${
            one.step === null ? nothing : ` · step ${formatCount(one.step)}`
          } · ${when(one.at)}</span>
        </dd>`,
    )}</dl>
    ${(model.evaluations?.length ?? 0) > own.length ? button('Compare with other runs', () => model.openTab('evaluation'), { look: 'link' }) : nothing}
  </section>`;
}

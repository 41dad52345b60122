import { html, nothing, type TemplateResult } from 'lit';
import { many } from '../../src/core/text/plural.ts';
import type { RunView } from '../../src/protocol/run-dashboard.ts';
import { icon } from '../elements/controls.ts';
import { visibleText } from '../elements/visible-text.ts';
import { differingSettings, stepDifferences } from './differing-settings.ts';
import { lineSwatch } from './line-swatch.ts';
import type { RunModel } from './model.ts';
import { shownRuns } from './shown-runs.ts';
import { statusLook, stepWords } from './status-look.ts';
import { axes } from './view-state.ts';
import './comparison-view.css';

const axisWords = { step: 'by step', time: 'by wall time' } as const;
const axisTitles = {
  step: "The trainer's own steps",
  time: 'Time in which the trainer lived, breaks between restarts left out',
} as const;

/** Who the lines are; a compared run leaves by a click on its entry. And what they are laid over each other by. */
export function comparisonLegend(model: RunModel, own: RunView): TemplateResult {
  const { comparison } = model;
  return html`<span class="compare-legend" role="group" aria-label="Compared runs">
      ${shownRuns(model, own).map(({ run, look, name }) => {
        const about = `${run.stage}, ${statusLook(run.status).word}, ${stepWords(run)}`;
        return run.id === own.id
          ? html`<span class="entry" title=${about}>${lineSwatch(look)}<span>${visibleText(name)}</span></span>`
          : html`<button
              type="button"
              class="entry"
              title=${`${about}. Click to remove`}
              aria-label=${`Remove ${name} from the comparison`}
              @click=${() => void model.perform(() => model.removeCompared(run.id))}
            >${lineSwatch(look)}<span>${visibleText(name)}</span>${icon('close')}</button>`;
      })}
    </span>
    <span class="orders" role="group" aria-label="Axis">
      ${axes.map(
        (axis) => html`<button
          type="button"
          aria-pressed=${comparison.axis === axis}
          title=${axisTitles[axis]}
          @click=${() => model.setAxis(axis)}
        >${axisWords[axis]}</button>`,
      )}
    </span>`;
}

/** `stages`, `stages and batch sizes`. */
const listed = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' and ');

/** Everything up to the workspace is the same for all and says nothing. */
function shortPath(value: string, folder: string): string {
  const [, workspace] = /^(.*[\\/])\.coldstart[\\/]runs[\\/]/.exec(folder) ?? [];
  return workspace && value.startsWith(workspace) ? value.slice(workspace.length) : value;
}

/** The settings in which the runs differ, side by side, before their curves; and that a step is other work, where steps are compared. */
export function comparedSettings(model: RunModel, own: RunView): TemplateResult | typeof nothing {
  const runs = shownRuns(model, own);
  if (runs.length < 2) return nothing;
  const differing = differingSettings(runs.map(({ run }) => run));
  const unlike = stepDifferences(runs.map(({ run }) => run));
  const folded = model.saved.read().settingsFolded;
  const warning =
    unlike.length === 0 || model.comparison.axis === 'time'
      ? nothing
      : html`<p class="unlike">${icon('info')}<span>A step is not the same work: ${listed(unlike)} differ.</span></p>`;
  if (differing.length === 0)
    return html`<section class="compare-settings"><p class="cs-muted">Same in all settings</p>${warning}</section>`;
  return html`<section class="compare-settings">
    <div class="line">
      <button
        type="button"
        class="more"
        aria-expanded=${!folded}
        @click=${() => model.foldSettings(!folded)}
      >${icon(folded ? 'chevron-right' : 'chevron-down')}Same in all but ${many(differing.length, 'setting')}</button>
      ${warning}
    </div>
    ${
      folded
        ? nothing
        : html`<div class="scroll-x" tabindex="0" aria-label="Differing settings"><table class="settings">
            <thead><tr><th scope="col"><span class="cs-visually-hidden">Setting</span></th>${runs.map(
              ({ look, name }) => html`<th scope="col">${lineSwatch(look)} ${visibleText(name)}</th>`,
            )}</tr></thead>
            <tbody>${differing.map(
              ({ name, values }) => html`<tr>
                <th scope="row">${visibleText(name)}</th>
                ${values.map((value) =>
                  value === null
                    ? html`<td class="cs-muted">–</td>`
                    : html`<td title=${value}>${visibleText(shortPath(value, own.folder))}</td>`,
                )}
              </tr>`,
            )}</tbody>
          </table></div>`
    }
  </section>`;
}

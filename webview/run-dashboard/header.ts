import { html, nothing, type TemplateResult } from 'lit';
import type { RunView } from '../../src/protocol/run-dashboard.ts';
import { button, icon, iconButton } from '../elements/controls.ts';
import { formatCount } from '../elements/format.ts';
import { thinProgress } from '../elements/states.ts';
import { visibleText } from '../elements/visible-text.ts';
import type { RunModel } from './model.ts';
import { statusLook, stepWords, timeWords } from './status-look.ts';
import type { Tab } from './view-state.ts';
import '../elements/menu.ts';

/**
 * The first thin row: what runs, how it is, how far it is, what can be done. What begins a run anew stands where *Stop*
 * has not been: a second click on that must not take it back.
 */
export function headerRow(model: RunModel, run: RunView): TemplateResult {
  const look = statusLook(run.status);
  const time = timeWords(run);
  const call = (method: 'run-resume' | 'run-again' | 'folder-open') => () =>
    void model.perform(() => model.host.call(method, {}));
  const stop = (save: boolean) => () => void model.perform(() => model.host.call('run-stop', { save }));
  return html`<header class="run-bar">
    <h1 title=${run.id}><span class="cs-muted">${run.stage} ·</span> ${visibleText(run.name)}</h1>
    <span class="status ${look.tone}">${icon(look.icon)}<b>${look.word}</b>${
      look.detail ? html`<span class="detail cs-number">${look.detail}</span>` : nothing
    }</span>
    <span class="step cs-number">${stepWords(run)}</span>
    ${time ? html`<span class="time cs-number cs-muted" title=${time.endsWith('left') ? 'Estimated from the steps so far' : 'Time taken'}>${time}</span>` : nothing}
    <span class="gap"></span>
    ${
      look.next === 'stop'
        ? html`<span class="split">
            ${button('Stop', stop(true), { look: 'secondary', icon: 'debug-stop', title: 'Stop and save a checkpoint' })}
            <cs-menu
              icon="chevron-down"
              label="Ways to stop"
              .items=${[
                { label: 'Stop and save', hint: 'checkpoint', act: stop(true) },
                { label: 'Stop and discard', hint: 'no checkpoint', act: stop(false) },
              ]}
            ></cs-menu>
          </span>`
        : nothing
    }
    ${run.status.kind === 'starting' ? button('Cancel', stop(false), { look: 'secondary', icon: 'close', title: 'Do not start this run' }) : nothing}
    ${iconButton('folder-opened', 'Open run folder', call('folder-open'), { disabled: run.folder === '' || run.status.kind === 'missing' })}
    ${
      run.status.kind === 'starting'
        ? nothing
        : button('Compare…', () => void model.perform(() => model.chooseCompared()), {
            look: 'secondary',
            title: 'Draw other runs over this one',
          })
    }
    ${look.next === 'resume' ? button('Resume', call('run-resume'), { look: 'secondary', icon: 'debug-continue', title: 'Go on from the last checkpoint' }) : nothing}
    ${look.next === 'start-again' ? button('Start again', call('run-again'), { look: 'secondary', icon: 'debug-restart', title: 'Start the run spec as it is now, as a new run' }) : nothing}
    ${run.status.kind === 'starting' && run.status.share !== null ? thinProgress(run.status.share, 'Preparation') : nothing}
    ${look.next === 'stop' && run.maxSteps ? thinProgress(Math.min(1, run.step / run.maxSteps), 'Steps done') : nothing}
  </header>`;
}

const tabLabels: Readonly<Record<Tab, string>> = {
  overview: 'Overview',
  rollouts: 'Rollouts',
  checkpoints: 'Checkpoints',
  evaluation: 'Evaluation',
  log: 'Log',
  config: 'Config',
};

/** The second thin row: one tab stop, arrow keys move between tabs. */
export function tabRow(model: RunModel, run: RunView): TemplateResult {
  const { tabs, tab: current } = model;
  const counts: Partial<Record<Tab, number>> = {
    checkpoints: run.checkpoints.length,
    evaluation: model.ownEvaluations.length,
  };
  const onKey = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = tabs[(tabs.indexOf(current) + by + tabs.length) % tabs.length];
    if (by === 0 || next === undefined) return;
    event.preventDefault();
    model.openTab(next);
    const row = event.currentTarget as HTMLElement;
    setTimeout(() => row.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  };
  return html`<div class="tab-row" role="tablist" aria-label="Views of the run" @keydown=${onKey}>
    ${tabs.map(
      (tab) => html`<button
        type="button"
        role="tab"
        id="tab-${tab}"
        aria-selected=${tab === current}
        aria-controls="panel"
        tabindex=${tab === current ? 0 : -1}
        @click=${() => model.openTab(tab)}
      >${tabLabels[tab]}${counts[tab] ? html`<span class="badge cs-number">${formatCount(counts[tab])}</span>` : nothing}</button>`,
    )}
  </div>`;
}

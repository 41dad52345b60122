import { html, nothing, type TemplateResult } from 'lit';
import type { RunView } from '../../src/protocol/run-dashboard.ts';
import { button, icon, iconButton } from '../elements/controls.ts';
import { formatBytes, formatCount } from '../elements/format.ts';
import { emptyState, skeleton } from '../elements/states.ts';
import { visibleText } from '../elements/visible-text.ts';
import type { RunModel } from './model.ts';
import { specSections } from './spec-rows.ts';
import { statusLook } from './status-look.ts';

/** A path as seen from the run folder, or as it is when it lies elsewhere. */
const inFolder = (path: string, folder: string): string =>
  path.startsWith(folder) && path.length > folder.length ? path.slice(folder.length + 1) : path;

const kinds = { periodic: 'periodic', best: 'best', final: 'final', interrupt: 'at stop' } as const;
const yes = (value: boolean, no: string): TemplateResult =>
  value
    ? html`${icon('check')}<span class="cs-visually-hidden">yes</span>`
    : html`<span class="cs-muted">${no}</span>`;

/** Saved weights, newest first. */
export function checkpointsTab(run: RunView, model: RunModel, copy: (path: string) => void): TemplateResult {
  if (run.checkpoints.length === 0) {
    return emptyState(
      statusLook(run.status).next === 'stop' ? 'No checkpoints yet.' : 'This run saved no checkpoint.',
    );
  }
  const rows = [...run.checkpoints].sort((a, b) => b.step - a.step);
  const here = run.status.kind !== 'elsewhere' && run.status.kind !== 'missing';
  // A run goes on from its newest checkpoint that can be taken up; older ones can only begin something new.
  const newest =
    statusLook(run.status).next === 'resume' ? rows.find(({ resumable }) => resumable) : undefined;
  const call = (method: 'grpo-start' | 'evaluation-start', step: number) => () =>
    void model.perform(() => model.host.call(method, { step }));
  return html`<div class="scroll" tabindex="0" aria-label="Checkpoints"><table class="data">
    <thead><tr><th class="numeric">Step</th><th>Kind</th><th class="numeric">Size</th><th>Resumable</th><th>Weights</th><th class="wide">Path</th><th></th></tr></thead>
    <tbody>${rows.map(
      (row) => html`<tr>
        <td class="numeric">${formatCount(row.step)}</td>
        <td>${kinds[row.kind]}</td>
        <td class="numeric" title="${formatCount(row.bytes)} bytes">${formatBytes(row.bytes)}</td>
        <td>${yes(row.resumable, 'no')}</td>
        <td>${row.adapterOnly ? 'adapter' : 'full'}</td>
        <td class="wide path" title=${row.path}>${visibleText(inFolder(row.path, run.folder))}</td>
        <td class="actions">
          ${
            row === newest
              ? iconButton(
                  'debug-continue',
                  `Resume from step ${row.step}`,
                  () => void model.perform(() => model.host.call('run-resume', {})),
                )
              : nothing
          }
          ${here ? iconButton('beaker', `Evaluate step ${row.step}`, call('evaluation-start', row.step)) : nothing}
          ${here ? iconButton('play', `Start GRPO from step ${row.step}`, call('grpo-start', row.step)) : nothing}
          ${iconButton('copy', `Copy the path of step ${row.step}`, () => copy(row.path))}</td>
      </tr>`,
    )}</tbody>
  </table></div>`;
}

/** The end of what the trainer printed. */
export function logTab(
  model: RunModel,
  choose: (stream: 'stdout' | 'stderr') => void,
  scrolled: (event: Event) => void,
): TemplateResult {
  const { log, stream } = model;
  return html`<div class="log-bar" role="toolbar" aria-label="Log">
      <div class="orders" role="group" aria-label="Stream">
        ${(['stdout', 'stderr'] as const).map(
          (name) =>
            html`<button type="button" aria-pressed=${stream === name} @click=${() => choose(name)}>${name}</button>`,
        )}
      </div>
      ${log?.truncated ? html`<span class="cs-muted">the last 256 KiB</span>` : nothing}
      <span class="gap"></span>
      ${iconButton(
        'arrow-down',
        model.followLog ? 'Following the end' : 'Go to the end and follow',
        () => {
          model.followLog = true;
          void model.perform(() => model.readLog());
        },
        { pressed: model.followLog },
      )}
    </div>
    ${
      !log || log.stream !== stream
        ? skeleton(10)
        : log.text === ''
          ? emptyState(`Nothing was written to ${stream}.`)
          : html`<pre class="log" tabindex="0" aria-label=${`Log of ${stream}`} @scroll=${scrolled}>${visibleText(log.text)}</pre>`
    }`;
}

/** What the run was started with, resolved. */
export function configTab(run: RunView, model: RunModel): TemplateResult {
  const act = (method: 'spec-open' | 'folder-open') => () =>
    void model.perform(() => model.host.call(method, {}));
  const own: readonly (readonly [string, string])[] = [
    ['Run', run.id],
    ['Folder', run.folder],
    ['Model', run.model],
    ['Dataset', run.dataset.path],
    ['Trainer', run.trainer],
    ['Device', run.device],
  ];
  const row = (name: string, value: string, shown?: string) =>
    html`<tr><th scope="row">${visibleText(name)}</th><td class=${shown === undefined ? '' : 'cs-muted'}>${visibleText(shown ?? value)}</td></tr>`;
  return html`<div class="scroll config" tabindex="0" aria-label="Config">
    <div class="actions">
      ${button('Open run spec', act('spec-open'), { look: 'secondary' })}
      ${button('Open folder', act('folder-open'), { look: 'secondary' })}
    </div>
    <table class="pairs">
      <tbody>${own.map(([name, value]) => (value ? row(name, value) : nothing))}</tbody>
      ${specSections(run.spec).map(
        ({ title, rows }) => html`<tbody>
          ${title ? html`<tr class="title"><th colspan="2" scope="rowgroup">${visibleText(title)}</th></tr>` : nothing}
          ${rows.map(({ name, value }) => (value === null ? row(name, '', 'not set') : row(name, value)))}
        </tbody>`,
      )}
    </table>
  </div>`;
}

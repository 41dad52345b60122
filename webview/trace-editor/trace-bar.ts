import { html, nothing, type TemplateResult } from 'lit';
import {
  button,
  type DecisionState,
  decisionChoices,
  decisionIcons,
  iconButton,
  verdictBadge,
} from '../elements/controls.ts';
import { formatCount } from '../elements/format.ts';
import type { CommandName } from './actions.ts';
import type { TraceEditorModel } from './model.ts';

export interface TraceBar {
  readonly model: TraceEditorModel;
  readonly withList: boolean;
  readonly withDetails: boolean;
  run(command: CommandName): void;
  decide(decision: DecisionState | null): void;
  chooseShape(): void;
}

/** Verdict and decision, for when the details pane is away. */
function brief(bar: TraceBar): TemplateResult | typeof nothing {
  const { trace } = bar.model.place;
  if (trace?.status !== 'ok') return nothing;
  return html`${trace.verdict ? verdictBadge(trace.verdict.state, trace.verdict.state) : nothing}
  <span role="group" aria-label="Decision">
    ${decisionChoices.map(({ decision, label, key }) => {
      const pressed = trace.decision === decision;
      return iconButton(decisionIcons[decision], label, () => bar.decide(pressed ? null : decision), {
        pressed,
        key,
      });
    })}
  </span>`;
}

/** The second thin row: where we are, and what to show of it. */
export function traceBar(bar: TraceBar): TemplateResult {
  const { model, withList, withDetails } = bar;
  const { matched, document, place } = model;
  const { position, trace } = place;
  const shape = document?.shape;
  return html`<div class="trace-bar" role="toolbar" aria-label="Trace">
    ${iconButton(
      withList ? 'layout-sidebar-left' : 'layout-sidebar-left-off',
      withList ? 'Hide list' : 'Show list',
      () => bar.run('toggle-list'),
    )}
    ${iconButton('chevron-left', 'Previous trace', () => bar.run('previous'), { key: 'K', disabled: position <= 0 })}
    ${iconButton('chevron-right', 'Next trace', () => bar.run('next'), { key: 'J', disabled: position + 1 >= matched })}
    <span class="cs-number where">${position >= 0 ? formatCount(position + 1) : '–'} of ${formatCount(matched)}</span>
    ${trace?.edited ? html`<span class="cs-muted">edited</span>` : nothing}
    <span class="gap"></span>
    ${withDetails ? nothing : brief(bar)}
    ${
      shape
        ? button(shape.title, () => bar.chooseShape(), {
            look: 'link',
            title: [
              `Dataset shape: ${shape.title}`,
              shape.note.replaceAll('`', ''),
              'Click to choose another.',
            ]
              .filter(Boolean)
              .join('\n'),
          })
        : nothing
    }
    ${iconButton('code', 'Source', () => bar.run('toggle-source'), { pressed: model.saved.read().source, key: 'P' })}
    ${iconButton(
      withDetails ? 'layout-sidebar-right' : 'layout-sidebar-right-off',
      withDetails ? 'Hide details' : 'Show details',
      () => bar.run('toggle-details'),
    )}
  </div>`;
}

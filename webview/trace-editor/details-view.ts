import { html, type TemplateResult } from 'lit';
import type { DecisionState } from '../elements/controls.ts';
import { decide, type Surface } from './actions.ts';
import type { RolloutLink } from './details-pane.ts';
import type { FurtherFacts } from './further-facts.ts';
import './details-pane.ts';

/** The details pane, and what its events do. */
export function detailsView(surface: Surface, facts: FurtherFacts): TemplateResult {
  const { model } = surface;
  return html`<cs-details
    .trace=${model.place.trace}
    .rollouts=${facts.rollouts}
    .second=${facts.second}
    .trusted=${model.document?.trusted ?? false}
    @cs-decide=${(event: CustomEvent<{ decision: DecisionState | null }>) =>
      void decide(surface, event.detail.decision, event.detail.decision !== null)}
    @cs-second-grade=${() => void facts.gradeAgain(model)}
    @cs-rollout=${(event: CustomEvent<{ link: RolloutLink }>) => {
      const { run, step, group, index } = event.detail.link;
      void model.perform(() => model.host.call('rollout-open', { run, step, group, index }));
    }}
    @cs-raw=${() => void model.perform(() => model.host.call('raw-open', { index: model.place.index ?? 0 }))}
  ></cs-details>`;
}

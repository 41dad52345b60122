import { html, type TemplateResult } from 'lit';
import type { CommandName, Surface } from './actions.ts';
import '../elements/sash.ts';

/** A pane beside the trace; it lies over it in a narrow window. */
export type Pane = 'facets' | 'list' | 'details';

/** The pane that a command shows or hides. */
export const drawerOf: Partial<Record<CommandName, Pane>> = {
  'toggle-facets': 'facets',
  'toggle-list': 'list',
  'toggle-details': 'details',
};

const labels: Readonly<Record<Pane, string>> = {
  facets: 'Width of the facets',
  list: 'Width of the list',
  details: 'Width of the details',
};

/** The line that a pane is drawn wider by; `side` is 1 when the pane lies before it, -1 when after it. */
export const paneSash = (
  surface: Surface,
  pane: Pane,
  width: number,
  side: 1 | -1,
): TemplateResult => html`<cs-sash
  aria-label=${labels[pane]}
  .width=${width}
  .side=${side}
  @cs-resize=${(event: CustomEvent<{ width: number }>) =>
    surface.write({ [pane]: { open: true, width: event.detail.width } })}
></cs-sash>`;

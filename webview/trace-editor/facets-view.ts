import { html, type TemplateResult } from 'lit';
import { toggleTerm, withoutSubject } from '../../src/core/dataset/filter-terms.ts';
import type { Surface } from './actions.ts';
import type { ShownFacets } from './shown-facets.ts';
import './facets-pane.ts';

type Event<T> = CustomEvent<T>;

/** The facets pane, and what its events do to the filter. */
export function facetsView(surface: Surface, facets: ShownFacets): TemplateResult {
  const { model } = surface;
  const filter = model.document?.filter.text ?? '';
  const setFilter = (text: string): void => {
    surface.announce(text === '' ? 'No filter' : `Filter: ${text}`);
    void model.setFilter(text);
  };
  return html`<cs-facets
    role="region"
    aria-label="Facets"
    .shown=${facets.shown}
    .filter=${filter}
    @cs-term=${({ detail }: Event<{ term: string; replaces: boolean }>) =>
      setFilter(toggleTerm(filter, detail.term, detail.replaces))}
    @cs-clear=${({ detail }: Event<{ terms: readonly string[] }>) =>
      setFilter(detail.terms.reduce(withoutSubject, filter))}
    @cs-retry=${() => facets.retry()}
    @keydown=${(event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      surface.leave();
    }}
    @cs-close=${() => surface.run('toggle-facets')}
  ></cs-facets>`;
}

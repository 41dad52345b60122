import { html, nothing, type TemplateResult } from 'lit';
import { errorState, skeleton } from '../elements/states.ts';
import type { AfterCommit } from '../elements/text-editor.ts';
import { commitEdit, type Surface } from './actions.ts';
import { type EditTarget, targetName } from './edit-target.ts';
import { foldNames } from './trace-pane.ts';

type Event<T> = CustomEvent<T>;

function toggleFold(surface: Surface, at: number): void {
  const { place, saved } = surface.model;
  const { trace } = place;
  const name = trace ? foldNames(trace)[at] : undefined;
  if (name === undefined) return;
  const { folds } = saved.read();
  surface.write({
    folds: folds.includes(name) ? folds.filter((fold) => fold !== name) : [...folds, name].slice(-50),
  });
}

/** What is typed survives the page until it is committed. */
function keepDraft(surface: Surface, text: string): void {
  const { place, saved } = surface.model;
  const { trace } = place;
  if (!trace || !surface.editing) return;
  const { index } = trace;
  const revision = surface.editedRevision ?? trace.revision;
  saved.write({ draft: { index, revision, target: targetName(surface.editing), text } });
}

function draftOf(surface: Surface): string | null {
  const { draft } = surface.model.saved.read();
  if (!draft || !surface.editing || draft.index !== surface.model.place.index) return null;
  return draft.target === targetName(surface.editing) ? draft.text : null;
}

function shownPart(surface: Surface): TemplateResult | typeof nothing {
  const { model } = surface;
  const { shown } = model.place;
  switch (shown.kind) {
    case 'item': {
      const { source, folds } = model.saved.read();
      return html`<cs-trace
        .trace=${shown.item}
        .store=${model.images}
        .source=${source}
        .segment=${surface.segment}
        .editing=${surface.editing}
        .draft=${draftOf(surface)}
        .folds=${folds}
      ></cs-trace>`;
    }
    case 'loading':
      return skeleton(8);
    case 'failed': {
      const act = () => void model.perform(() => model.place.goToPosition(model.place.position));
      return errorState(shown.problem, { label: 'Try again', act });
    }
    case 'nothing':
      return nothing;
  }
}

/** The trace in its scroller, and what its events do. */
export function traceView(surface: Surface): TemplateResult {
  const { model } = surface;
  const edit = (target: EditTarget) => {
    surface.editing = target;
  };
  return html`<div
    class="trace-scroll"
    tabindex="0"
    role="region"
    aria-label="Trace"
    @cs-target=${(event: Event<{ target: EditTarget }>) => edit(event.detail.target)}
    @cs-edit=${(event: Event<{ index: number }>) => {
      surface.segment = event.detail.index;
      edit({ kind: 'segment', segment: event.detail.index });
    }}
    @cs-fold=${(event: Event<{ index: number }>) => toggleFold(surface, event.detail.index)}
    @cs-zoom=${(event: Event<{ index: number }>) => {
      surface.zoom = event.detail.index;
    }}
    @cs-raw=${() => void model.perform(() => model.host.call('raw-open', { index: model.place.index ?? 0 }))}
    @cs-link=${(event: Event<{ url: string }>) =>
      void model.perform(() => model.host.call('link-open', { url: event.detail.url }))}
    @cs-draft=${(event: Event<{ text: string }>) => keepDraft(surface, event.detail.text)}
    @cs-cancel=${() => {
      model.saved.write({ draft: null });
      surface.editing = null;
      void model.perform(() => model.place.release());
      surface.focusContent();
    }}
    @cs-commit=${(event: Event<{ text: string; then: AfterCommit }>) => {
      const { text, then } = event.detail;
      void commitEdit(surface, text, then === 'advance').then((done) => {
        if (done && then === 'save') void model.perform(() => model.host.call('document-save', {}));
      });
      if (then !== 'blur') surface.focusContent();
    }}
  >${shownPart(surface)}</div>`;
}

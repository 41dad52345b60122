import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { toggleTerm } from '../../src/core/dataset/filter-terms.ts';
import type { FilterError } from '../elements/filter-box.ts';
import { emptyState, errorState, noticeBanner, skeleton } from '../elements/states.ts';
import { styled } from '../elements/styled.ts';
import { SurfaceElement } from '../elements/surface-element.ts';
import type { VirtualList } from '../elements/virtual-list.ts';
import type { Transport } from '../host/transport.ts';
import { type CommandName, decide, editSegment, runCommand, type Surface, setView } from './actions.ts';
import { detailsView } from './details-view.ts';
import { type EditTarget, parseTarget, textsOf } from './edit-target.ts';
import { facetsView } from './facets-view.ts';
import { ForeseenMoves } from './foreseen-moves.ts';
import { FurtherFacts } from './further-facts.ts';
import { itemList, table } from './item-list.ts';
import { handleKey, takeCommand } from './keys.ts';
import { orderKey } from './list-order.ts';
import { imageKey } from './look-ahead.ts';
import { TraceEditorModel } from './model.ts';
import { choose, overflowMenu } from './overflow-menu.ts';
import { ShownFacets } from './shown-facets.ts';
import { shownKeys } from './shown-keys.ts';
import { drawerOf, type Pane, paneSash } from './side-pane.ts';
import { setSort } from './sorting.ts';
import { retryFilter, standingBanners } from './standing-banners.ts';
import { topBar } from './top-bar.ts';
import { traceBar } from './trace-bar.ts';
import { traceView } from './trace-view.ts';
import { TypedAhead } from './typed-ahead.ts';
import type { ViewState } from './view-state.ts';
import './trace-editor.css';

/** Why the list is empty: the filter cannot be read, or it can and finds nothing, perhaps for a name that no row has. */
function noMatch(error: FilterError | null): string {
  if (error && !error.applied) return `The filter is not valid: ${error.message}`;
  return ['No trace matches the filter.', error?.message ?? ''].join(' ').trim();
}

/** The Coldstart Trace Editor: one filtered list of traces as focus, grid and table view. */
@customElement('coldstart-trace-editor')
export class TraceEditor extends SurfaceElement implements Surface {
  @state() segment = -1;
  #editing: EditTarget | null = null;
  /** Revision of the trace when its text was opened, null without one: what was typed is about that text. */
  editedRevision: number | null = null;
  editedTexts: string | null = null;
  /** The pane that lies over the trace in a narrow window. */
  @state() private drawer: Pane | null = null;
  editNext = false;
  readonly ahead = new TypedAhead();
  readonly foreseen = new ForeseenMoves();
  model!: TraceEditorModel;
  readonly #facts = new FurtherFacts(this);
  #facets!: ShownFacets;
  #shownIndex: number | null = null;
  /** Row whose trace was drawn last, and the one of these that a frame has shown. */
  #drawn: number | null = null;
  #seen: number | null = null;
  /** Filter and order of the list that was shown. */
  #shownList = '';
  #reported = '';

  get editing(): EditTarget | null {
    return this.#editing;
  }

  set editing(target: EditTarget | null) {
    this.#editing = target;
    const { trace } = this.model.place;
    this.editedRevision = target && trace ? trace.revision : null;
    this.editedTexts = target && trace ? textsOf(trace) : null;
    if (target) this.model.place.hold();
    this.requestUpdate();
  }

  /** Begins to talk to the host; called once. */
  start(transport: Transport): void {
    this.model = new TraceEditorModel(transport, () => this.requestUpdate());
    const { host } = this.model;
    this.#facets = new ShownFacets(
      (signal) => host.call('facets-read', {}, signal),
      () => this.requestUpdate(),
    );
    host.on('command', ({ name }) => takeCommand(this, name));
    this.model.place.onShown(() => this.#onShown());
    this.watch();
    const { signal } = this.scope;
    document.addEventListener('keydown', (event) => handleKey(this, event), { signal });
    this.addEventListener('focusin', (event) => this.#typeAhead(event.target), { signal });
    this.addEventListener('cs-leave', () => this.focusContent(), { signal });
    this.addEventListener(
      'cs-filter',
      (event) => {
        if (event instanceof CustomEvent) void this.model.setFilter(String(event.detail.text));
      },
      { signal },
    );
    this.requestUpdate();
    void this.model.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#facts.stop();
    if (!this.started) return;
    this.#facets.follow(null);
    this.model.dispose();
  }

  focusFilter(): void {
    this.querySelector('cs-filter-box')?.focus();
  }

  focusContent(): void {
    (this.list ?? this.querySelector<HTMLElement>('.trace-scroll'))?.focus({ preventScroll: true });
  }

  /** Esc: whatever lies over the trace goes away and the list has the keys. */
  leave(): void {
    this.drawer = null;
    this.focusContent();
  }

  run(name: CommandName): void {
    const drawer = drawerOf[name];
    if (this.narrow && drawer) this.drawer = this.drawer === drawer ? null : drawer;
    else runCommand(this, name);
  }

  write(change: Partial<ViewState>): void {
    this.model.saved.write(change);
    this.requestUpdate();
  }

  get #view(): ViewState {
    return this.model.saved.read();
  }

  get #withFacets(): boolean {
    return this.narrow ? this.drawer === 'facets' : this.#view.facets.open;
  }

  get list(): VirtualList | null {
    return this.querySelector('cs-virtual-list');
  }

  get seen(): boolean {
    const { index, trace } = this.model.place;
    return index !== null && trace?.index === index && this.#seen === index;
  }

  protected override updated(): void {
    super.updated();
    if (!this.started) return;
    this.#report();
    this.#facets.follow(this.#withFacets ? this.model.document : null);
    const { trace } = this.model.place;
    const drawn = trace?.index ?? null;
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#seen = null;
    requestAnimationFrame(() => {
      if (this.#drawn === drawn) this.#seen = drawn;
    });
  }

  /** An editor has opened: what was typed before is its text. */
  #typeAhead(field: EventTarget | null): void {
    if (!(field instanceof HTMLTextAreaElement)) return;
    const text = this.ahead.end();
    if (text === '') return;
    field.value += text;
    field.dispatchEvent(new Event('input'));
  }

  #onShown(): void {
    const { place, document: view } = this.model;
    const { index, trace, position } = place;
    const list = view ? `${view.filter.text}\n${orderKey(view)}` : '';
    if (list !== this.#shownList) void this.list?.reveal(position, 'center');
    this.#shownList = list;
    const { editNext } = this;
    this.editNext = false;
    if (index === this.#shownIndex) {
      if (editNext) editSegment(this);
      return;
    }
    if (this.#shownIndex === null && document.hasFocus() && document.activeElement === document.body) {
      void this.updateComplete.then(() => this.list?.focus({ preventScroll: true }));
    }
    this.#shownIndex = index;
    this.segment = -1;
    this.editing = null;
    this.zoom = null;
    // Whoever chooses facets goes on choosing.
    if (this.drawer !== 'facets') this.drawer = null;
    const { draft } = this.#view;
    if (draft && trace && draft.index === trace.index && draft.revision === trace.revision) {
      this.editing = parseTarget(draft.target);
    }
    if (editNext) editSegment(this);
    this.querySelector('.trace-scroll')?.scrollTo(0, 0);
    void this.list?.reveal(position);
    void this.#facts.begin(this.model);
  }

  /** Tells the host which trace is shown, when that is news. */
  #report(): void {
    const { index, position } = this.model.place;
    const report = { index, ...(position >= 0 ? { position } : {}) };
    const key = JSON.stringify(report);
    if (key === this.#reported) return;
    this.#reported = key;
    this.model.host.call('view-report', report).catch(() => undefined);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.started) return nothing;
    const { model } = this;
    if (model.failure) {
      return errorState(model.failure, { label: 'Try again', act: () => void model.start() });
    }
    const { document } = model;
    if (!document) return skeleton(10);
    const images = model.place.trace?.images ?? [];
    return html`${topBar({
      document,
      view: this.#view.view,
      complete: (text, caret, signal) => model.host.call('filter-complete', { text, caret }, signal),
      menu: overflowMenu(this),
      toggleTerm: (term) => void model.setFilter(toggleTerm(document.filter.text, term)),
      withFacets: this.#withFacets,
      toggleFacets: () => this.run('toggle-facets'),
      setView: (view) => setView(this, view),
      setSort: (sort) => void setSort(this, sort),
    })}
    ${this.#banners()}
    <div class="panes ${this.narrow ? 'narrow' : ''}">${this.#withFacets ? this.#facetsSide() : nothing}${this.#body()}</div>
    ${this.overlays(images, (at) => imageKey(model.images, model.place.trace?.index ?? 0, at), model.images, shownKeys)}`;
  }

  #banners(): TemplateResult {
    const { document, notice } = this.model;
    return html`${document ? standingBanners(document, this.model) : nothing}
    ${noticeBanner(notice, () => this.model.dismissNotice())}`;
  }

  #body(): TemplateResult {
    const { document, matched } = this.model;
    if (document?.state.kind === 'failed') return errorState(document.state);
    if (document && document.rows === 0) {
      return document.state.kind === 'indexing' ? skeleton(10) : emptyState('This file has no rows.');
    }
    if (matched === 0 && document && document.filter.progress.kind !== 'filtering') {
      const { progress, text } = document.filter;
      if (progress.kind === 'failed')
        return errorState({ ...progress, hint: '' }, retryFilter(this.model, text));
      const act = () => void this.model.setFilter('');
      return emptyState(noMatch(document.filter.error), { label: 'Clear filter', act });
    }
    switch (this.#view.view) {
      case 'focus':
        return this.#focus();
      case 'grid':
        return itemList(this);
      case 'table':
        return table(this);
    }
  }

  #focus(): TemplateResult {
    const { model, narrow, drawer } = this;
    const { list, details } = this.#view;
    const withList = narrow ? drawer === 'list' : list.open;
    const withDetails = narrow ? drawer === 'details' : details.open;
    const bar = traceBar({
      model,
      withList,
      withDetails,
      run: (command) => this.run(command),
      decide: (decision) => void decide(this, decision, decision !== null),
      chooseShape: () => choose(this, 'shape-choose'),
    });
    return html`${
      withList
        ? html`<div class="side list" ${styled({ width: `${list.width}px` })}>
            ${itemList(this)}
          </div>
          ${narrow ? nothing : paneSash(this, 'list', list.width, 1)}`
        : nothing
    }
    <main>${bar}${traceView(this)}</main>
    ${
      withDetails
        ? html`${narrow ? nothing : paneSash(this, 'details', details.width, -1)}
          <div class="side details" ${styled({ width: `${details.width}px` })}>${detailsView(this, this.#facts)}</div>`
        : nothing
    }`;
  }

  #facetsSide(): TemplateResult {
    const { width } = this.#view.facets;
    return html`<div class="side facets" ${styled({ width: `${width}px` })}>${facetsView(this, this.#facets)}</div>
      ${this.narrow ? nothing : paneSash(this, 'facets', width, 1)}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'coldstart-trace-editor': TraceEditor;
  }
}

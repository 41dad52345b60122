import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { button, type DecisionState, iconButton } from '../elements/controls.ts';
import { formatCount } from '../elements/format.ts';
import { LightElement } from '../elements/light-element.ts';
import type { MenuItem } from '../elements/menu.ts';
import { banner, emptyState, errorState, skeleton } from '../elements/states.ts';
import { styled } from '../elements/styled.ts';
import type { VirtualList } from '../elements/virtual-list.ts';
import { describeError, isAbort } from '../host/host-error.ts';
import type { Transport } from '../host/transport.ts';
import { actions, commitEdit, decide, editSegment, runCommand, type Surface } from './actions.ts';
import type { Asked, RolloutLink, SecondGrade } from './details-pane.ts';
import { type EditTarget, parseTarget, targetName } from './edit-target.ts';
import { toggleTerm } from './filter-terms.ts';
import { helpDialog } from './help-dialog.ts';
import { gridCell, listRow, tableColumns, tableRow } from './list-row.ts';
import { imageKey, TraceEditorModel } from './model.ts';
import { topBar } from './top-bar.ts';
import { foldNames } from './trace-pane.ts';
import type { ViewState } from './view-state.ts';
import '../elements/image-zoom.ts';
import '../elements/sash.ts';
import '../elements/virtual-list.ts';
import './details-pane.ts';
import './trace-editor.css';
import './trace-pane.ts';

const narrowWidth = 700;
const idle = { kind: 'idle' } as const;

/** The Coldstart Trace Editor: one filtered list of traces as focus, grid and table view. */
@customElement('coldstart-trace-editor')
export class TraceEditor extends LightElement implements Surface {
  @state() segment = -1;
  @state() editing: EditTarget | null = null;
  @state() zoom: number | null = null;
  @state() private helping = false;
  @state() private narrow = false;
  /** The pane that lies over the trace in a narrow window. */
  @state() private drawer: 'list' | 'details' | null = null;
  @state() private spoken = '';
  @state() private rollouts: Asked<readonly RolloutLink[]> = idle;
  @state() private second: Asked<SecondGrade> = idle;
  model!: TraceEditorModel;
  #shownIndex: number | null = null;
  #asking = new AbortController();
  #reported = '';
  #sized: ResizeObserver | null = null;
  #started = false;

  /** Begins to talk to the host; called once. */
  start(transport: Transport): void {
    this.model = new TraceEditorModel(transport, () => this.requestUpdate());
    this.model.host.on('command', ({ name }) => this.#command(name));
    this.model.onShown(() => this.#onShown());
    this.#started = true;
    this.#sized = new ResizeObserver(() => {
      this.narrow = this.clientWidth < narrowWidth;
    });
    this.#sized.observe(this);
    this.addEventListener('focusin', this.#report);
    this.addEventListener('focusout', () => queueMicrotask(this.#report));
    document.addEventListener('keydown', this.#onKey);
    this.addEventListener('click', this.#returnFocus);
    this.addEventListener('cs-leave', () => this.focusList());
    this.addEventListener('cs-filter', (event) => {
      if (event instanceof CustomEvent) void this.model.setFilter(String(event.detail.text));
    });
    this.requestUpdate();
    void this.model.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.#onKey);
    this.#sized?.disconnect();
    this.#asking.abort();
    if (this.#started) this.model.dispose();
  }

  get #view(): ViewState {
    return this.model.saved.read();
  }

  get #list(): VirtualList | null {
    return this.querySelector('cs-virtual-list');
  }

  announce(text: string): void {
    // The same words twice are spoken twice only when the text differs.
    this.spoken = this.spoken === text ? `${text}\u00a0` : text;
  }

  focusFilter(): void {
    this.querySelector('cs-filter-box')?.focus();
  }

  focusList(): void {
    (this.#list ?? this.querySelector<HTMLElement>('.trace-scroll'))?.focus({ preventScroll: true });
  }

  showHelp(): void {
    this.helping = true;
  }

  #command(name: Parameters<typeof runCommand>[1]): void {
    if (this.narrow && (name === 'toggle-list' || name === 'toggle-details')) {
      this.#toggleDrawer(name === 'toggle-list' ? 'list' : 'details');
      return;
    }
    runCommand(this, name);
  }

  #toggleDrawer(drawer: 'list' | 'details'): void {
    this.drawer = this.drawer === drawer ? null : drawer;
  }

  #write(change: Partial<ViewState>): void {
    this.model.saved.write(change);
    this.requestUpdate();
  }

  #onShown(): void {
    const { index, trace } = this.model;
    if (index === this.#shownIndex) return;
    this.#shownIndex = index;
    this.segment = -1;
    this.editing = null;
    this.zoom = null;
    this.drawer = null;
    this.second = idle;
    this.rollouts = idle;
    const { draft } = this.#view;
    if (draft && trace && draft.index === trace.index && draft.revision === trace.revision) {
      this.editing = parseTarget(draft.target);
    }
    this.querySelector('.trace-scroll')?.scrollTo(0, 0);
    void this.#list?.reveal(this.model.position, 'nearest');
    void this.#readRollouts();
  }

  async #readRollouts(): Promise<void> {
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const { index } = this.model;
    if (index === null) return;
    try {
      // Someone who leafs through does not need them for every trace.
      await new Promise((resolve) => setTimeout(resolve, 120));
      if (signal.aborted) return;
      const value = await this.model.host.call('rollouts-read', { index }, signal);
      this.rollouts = { kind: 'done', value };
    } catch (error) {
      if (!isAbort(error)) this.rollouts = { kind: 'failed', ...describeError(error) };
    }
  }

  async #secondGrade(): Promise<void> {
    const { index } = this.model;
    if (index === null) return;
    this.second = { kind: 'waiting' };
    try {
      const value = await this.model.host.call('second-grade', { index }, this.#asking.signal);
      if (this.model.index === index) this.second = { kind: 'done', value };
    } catch (error) {
      if (!isAbort(error) && this.model.index === index)
        this.second = { kind: 'failed', ...describeError(error) };
    }
  }

  /** A text field or a control reached by Tab has the keys, so single letters must not act. */
  get #typing(): boolean {
    const active = document.activeElement;
    if (!active || active === document.body) return false;
    if (active.matches('input, textarea, select') || active.closest('dialog, [role="menu"]')) return true;
    return active.matches('button, summary, [role="separator"]') && active.matches(':focus-visible');
  }

  readonly #report = (): void => {
    if (!this.#started) return;
    const { index, position } = this.model;
    const params = { index, typing: this.#typing, ...(position >= 0 ? { position } : {}) };
    const key = JSON.stringify(params);
    if (key === this.#reported) return;
    this.#reported = key;
    this.model.host.call('view-report', params).catch(() => undefined);
  };

  /** Letters are VS Code key bindings and come back as commands; here are only the keys that no binding may take. */
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || this.#typing) return;
    const free = document.activeElement === document.body || document.activeElement?.matches('.trace-scroll');
    if (event.key === '?') this.showHelp();
    else if (event.key === 'Escape') {
      this.drawer = null;
      this.focusList();
    } else if (event.key === 'Enter' && free) editSegment(this);
    else if (document.activeElement === document.body && event.key === 'ArrowDown') actions.next(this);
    else if (document.activeElement === document.body && event.key === 'ArrowUp') actions.previous(this);
    else return;
    event.preventDefault();
  };

  /** After a click with the mouse the keys go back to the list, so that Space does not press the button again. */
  readonly #returnFocus = (event: MouseEvent): void => {
    if (event.detail === 0 || !(event.target instanceof Element)) return;
    const clicked = event.target.closest('button, summary');
    if (!clicked || clicked.closest('cs-menu, dialog, cs-filter-box, cs-text-editor')) return;
    if (document.activeElement === clicked) this.focusList();
  };

  protected override updated(): void {
    const dialog = this.querySelector<HTMLDialogElement>('dialog.help');
    if (dialog && !dialog.open) dialog.showModal();
    this.querySelector('cs-segment[current]')?.scrollIntoView({ block: 'nearest' });
    this.#report();
  }

  #act(method: 'shape-choose' | 'extraction-choose'): void {
    void this.model.attempt(async () => {
      this.model.document = await this.model.host.call(method, {});
      await this.model.refresh();
    });
  }

  #decideAll(decision: DecisionState | null): void {
    void this.model.attempt(async () => {
      const { changed } = await this.model.host.call('decisions-set', { decision });
      await this.model.refresh();
      this.announce(`${formatCount(changed)} traces changed`);
    });
  }

  #menu(): (MenuItem | 'separator')[] {
    const { model } = this;
    const document = model.document;
    const count = formatCount(model.matched);
    const call = (act: () => Promise<unknown>) => () => void model.attempt(act);
    return [
      { label: 'Dataset shape…', hint: document?.shape.title ?? '', act: () => this.#act('shape-choose') },
      { label: 'Answer rule…', hint: document?.extraction ?? '', act: () => this.#act('extraction-choose') },
      'separator',
      { label: `Keep ${count} traces…`, disabled: model.matched === 0, act: () => this.#decideAll('keep') },
      { label: `Drop ${count} traces…`, disabled: model.matched === 0, act: () => this.#decideAll('drop') },
      {
        label: `Clear decisions of ${count}…`,
        disabled: model.matched === 0,
        act: () => this.#decideAll(null),
      },
      'separator',
      { label: 'Export…', act: call(() => model.host.call('export-start', {})) },
      { label: 'Start SFT run…', act: call(() => model.host.call('run-start', { stage: 'sft' })) },
      { label: 'Start GRPO run…', act: call(() => model.host.call('run-start', { stage: 'grpo' })) },
      'separator',
      { label: 'Keyboard shortcuts', hint: '?', act: () => this.showHelp() },
    ];
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.#started) return nothing;
    const { model } = this;
    if (model.failure) {
      return errorState(model.failure, { label: 'Try again', act: () => void model.start() });
    }
    const document = model.document;
    if (!document) return skeleton(10);
    return html`${topBar({
      document,
      view: this.#view.view,
      complete: (text, caret, signal) => model.host.call('filter-complete', { text, caret }, signal),
      menu: this.#menu(),
      toggleTerm: (term) => void model.setFilter(toggleTerm(document.filter.text, term)),
      setView: (view) => this.#write({ view }),
    })}
    ${this.#banners()}
    <div class="body ${this.narrow ? 'narrow' : ''}">${this.#body()}</div>
    <cs-image-zoom
      .images=${this.zoom === null ? [] : (model.trace?.images ?? [])}
      .keys=${(model.trace?.images ?? []).map((_, at) => imageKey(model.trace?.index ?? 0, at))}
      .store=${model.images}
      .index=${this.zoom ?? 0}
      @cs-close=${() => {
        this.zoom = null;
      }}
    ></cs-image-zoom>
    ${
      this.helping
        ? helpDialog(() => {
            this.helping = false;
          })
        : nothing
    }
    <div class="cs-visually-hidden" role="status" aria-live="polite">${this.spoken}</div>`;
  }

  #banners(): TemplateResult {
    const { document, notice } = this.model;
    return html`${document?.readOnly ? banner('lock', document.readOnly) : nothing}
    ${
      document?.changedOnDisk
        ? banner('warning', 'The file has changed on disk. Saving asks which version to keep.')
        : nothing
    }
    ${
      notice
        ? banner('error', [notice.message, notice.hint].filter(Boolean).join(' '), {
            label: 'Dismiss',
            act: () => this.model.dismissNotice(),
          })
        : nothing
    }`;
  }

  #body(): TemplateResult {
    const { model } = this;
    const document = model.document;
    if (document?.state.kind === 'failed') return errorState(document.state);
    if (document && document.rows === 0) {
      return document.state.kind === 'indexing' ? skeleton(10) : emptyState('This file has no rows.');
    }
    if (model.matched === 0 && document?.filter.scanned === document?.rows) {
      return emptyState('No trace matches the filter.', {
        label: 'Clear filter',
        act: () => void model.setFilter(''),
      });
    }
    switch (this.#view.view) {
      case 'focus':
        return this.#focus();
      case 'grid':
        return this.#items({ lineHeight: 196, itemWidth: 180, label: 'Traces as a grid' });
      case 'table':
        return html`<div class="table">
          <div class="line-of-table head" role="presentation">
            ${tableColumns.map(({ title, numeric }) => html`<span class=${numeric ? 'numeric' : ''}>${title}</span>`)}
          </div>
          ${this.#items({ lineHeight: 24, itemWidth: 0, label: 'Traces as a table' })}
        </div>`;
    }
  }

  #items(look: { lineHeight: number; itemWidth: number; label: string }): TemplateResult {
    const { model } = this;
    const { view } = this.#view;
    const draw = (position: number) => {
      const row = model.rows.at(position);
      if (view === 'grid') return gridCell(row, model.images);
      return view === 'table' ? tableRow(row) : listRow(row);
    };
    return html`<cs-virtual-list
      id="traces"
      class=${view}
      aria-label=${look.label}
      .count=${model.matched}
      .lineHeight=${look.lineHeight}
      .itemWidth=${look.itemWidth}
      .active=${model.position}
      .renderItem=${draw}
      @cs-range=${(event: CustomEvent<{ first: number; last: number }>) =>
        model.rows.want(event.detail.first, event.detail.last)}
      @cs-pick=${(event: CustomEvent<{ index: number }>) => this.#pick(event.detail.index)}
      @cs-move=${(event: CustomEvent<{ index: number }>) => this.#pick(event.detail.index)}
      @cs-open=${(event: CustomEvent<{ index: number }>) => this.#open(event.detail.index)}
    ></cs-virtual-list>`;
  }

  #pick(position: number): void {
    void this.model.attempt(() => this.model.goToPosition(position));
    void this.#list?.reveal(position);
  }

  #open(position: number): void {
    if (this.#view.view === 'focus') {
      if (position === this.model.position) editSegment(this);
      return;
    }
    this.#pick(position);
    this.#write({ view: 'focus' });
    void this.updateComplete.then(() => this.focusList());
  }

  #focus(): TemplateResult {
    const { list, details } = this.#view;
    const { narrow, drawer } = this;
    const withList = narrow ? drawer === 'list' : list.open;
    const withDetails = narrow ? drawer === 'details' : details.open;
    return html`${
      withList
        ? html`<div class="side list" ${styled({ width: `${list.width}px` })}>
            ${this.#items({ lineHeight: 26, itemWidth: 0, label: 'Traces' })}
          </div>
          ${narrow ? nothing : this.#sash('list', list.width, 1)}`
        : nothing
    }
    <main>${this.#traceBar(withList, withDetails)}${this.#trace()}</main>
    ${
      withDetails
        ? html`${narrow ? nothing : this.#sash('details', details.width, -1)}
          <div class="side details" ${styled({ width: `${details.width}px` })}>${this.#details()}</div>`
        : nothing
    }`;
  }

  #sash(pane: 'list' | 'details', width: number, side: 1 | -1): TemplateResult {
    return html`<cs-sash
      aria-label=${pane === 'list' ? 'Width of the list' : 'Width of the details'}
      .width=${width}
      .side=${side}
      @cs-resize=${(event: CustomEvent<{ width: number }>) =>
        this.#write({ [pane]: { open: true, width: event.detail.width } })}
    ></cs-sash>`;
  }

  /** The second thin row: where we are, and what to show of it. */
  #traceBar(withList: boolean, withDetails: boolean): TemplateResult {
    const { model } = this;
    const { position, matched, document, trace } = model;
    return html`<div class="trace-bar" role="toolbar" aria-label="Trace">
      ${iconButton('layout-sidebar-left', 'List', () => this.#command('toggle-list'), { pressed: withList })}
      ${iconButton('chevron-left', 'Previous trace', () => this.#command('previous'), { key: 'K', disabled: position <= 0 })}
      ${iconButton('chevron-right', 'Next trace', () => this.#command('next'), { key: 'J', disabled: position + 1 >= matched })}
      <span class="cs-number where">${position >= 0 ? formatCount(position + 1) : '–'} of ${formatCount(matched)}</span>
      ${trace?.edited ? html`<span class="cs-muted">edited</span>` : nothing}
      <span class="gap"></span>
      ${
        document
          ? button(document.shape.title, () => this.#act('shape-choose'), {
              look: 'link',
              title: [
                `Dataset shape: ${document.shape.title}`,
                document.shape.note,
                'Click to choose another.',
              ]
                .filter(Boolean)
                .join('\n'),
            })
          : nothing
      }
      ${iconButton('code', 'Source', () => this.#command('toggle-source'), { pressed: this.#view.source, key: 'P' })}
      ${iconButton('layout-sidebar-right', 'Details', () => this.#command('toggle-details'), { pressed: withDetails })}
    </div>`;
  }

  #trace(): TemplateResult {
    const { model } = this;
    const { shown } = model;
    const { source, folds, draft } = this.#view;
    const held =
      draft && this.editing && draft.index === model.index && draft.target === targetName(this.editing)
        ? draft.text
        : null;
    return html`<div
      class="trace-scroll"
      tabindex="0"
      aria-label="Trace"
      @cs-target=${(event: CustomEvent<{ target: EditTarget }>) => {
        this.editing = event.detail.target;
      }}
      @cs-edit=${(event: CustomEvent<{ index: number }>) => {
        this.segment = event.detail.index;
        this.editing = { kind: 'segment', segment: event.detail.index };
      }}
      @cs-fold=${(event: CustomEvent<{ index: number }>) => this.#fold(event.detail.index)}
      @cs-zoom=${(event: CustomEvent<{ index: number }>) => {
        this.zoom = event.detail.index;
      }}
      @cs-raw=${() => this.#raw()}
      @cs-link=${(event: CustomEvent<{ url: string }>) =>
        void model.attempt(() => model.host.call('link-open', { url: event.detail.url }))}
      @cs-draft=${(event: CustomEvent<{ text: string }>) => this.#keepDraft(event.detail.text)}
      @cs-cancel=${() => {
        this.editing = null;
        model.saved.write({ draft: null });
        this.focusList();
      }}
      @cs-commit=${(event: CustomEvent<{ text: string; advance: boolean }>) => {
        void commitEdit(this, event.detail.text, event.detail.advance);
        if (event.detail.advance) this.focusList();
      }}
    >${
      shown.kind === 'trace'
        ? html`<cs-trace
            .trace=${shown.trace}
            .store=${model.images}
            .source=${source}
            .readOnly=${model.document?.readOnly !== null}
            .segment=${this.segment}
            .editing=${this.editing}
            .draft=${held}
            .folds=${folds}
          ></cs-trace>`
        : shown.kind === 'loading'
          ? skeleton(8)
          : shown.kind === 'failed'
            ? errorState(shown.problem, {
                label: 'Try again',
                act: () => void model.attempt(() => model.goToPosition(model.position)),
              })
            : nothing
    }</div>`;
  }

  #details(): TemplateResult {
    const { model } = this;
    return html`<cs-details
      .trace=${model.trace}
      .rollouts=${this.rollouts}
      .second=${this.second}
      .trusted=${model.document?.trusted ?? false}
      @cs-decide=${(event: CustomEvent<{ decision: DecisionState | null }>) =>
        void decide(this, event.detail.decision, event.detail.decision !== null)}
      @cs-second-grade=${() => void this.#secondGrade()}
      @cs-rollout=${(event: CustomEvent<{ link: RolloutLink }>) => {
        const { run, step, group, index } = event.detail.link;
        void model.attempt(() => model.host.call('rollout-open', { run, step, group, index }));
      }}
      @cs-raw=${() => this.#raw()}
    ></cs-details>`;
  }

  #raw(): void {
    const { index } = this.model;
    if (index !== null) void this.model.attempt(() => this.model.host.call('raw-open', { index }));
  }

  #fold(at: number): void {
    const { trace } = this.model;
    const name = trace ? foldNames(trace)[at] : undefined;
    if (name === undefined) return;
    const { folds } = this.#view;
    this.#write({
      folds: folds.includes(name) ? folds.filter((fold) => fold !== name) : [...folds, name].slice(-50),
    });
  }

  #keepDraft(text: string): void {
    const { trace } = this.model;
    if (!trace || !this.editing) return;
    this.model.saved.write({
      draft: { index: trace.index, revision: trace.revision, target: targetName(this.editing), text },
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'coldstart-trace-editor': TraceEditor;
  }
}

import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { RunView } from '../../src/protocol/run-dashboard.ts';
import { isTyping } from '../elements/focus.ts';
import { errorState, noticeBanner, skeleton } from '../elements/states.ts';
import { SurfaceElement } from '../elements/surface-element.ts';
import type { VirtualList } from '../elements/virtual-list.ts';
import type { Transport } from '../host/transport.ts';
import { runCommand, type Surface } from './actions.ts';
import { chartFileName } from './chart-file-name.ts';
import { bytesToBase64 } from './chart-picture.ts';
import { type ChartTheme, onThemeChange, readChartTheme } from './chart-theme.ts';
import { evaluationTab } from './evaluation-tab.ts';
import { headerRow, tabRow } from './header.ts';
import { metricsCsv } from './metrics-csv.ts';
import { RunModel } from './model.ts';
import { overviewTab } from './overview-tab.ts';
import { checkpointsTab, configTab, logTab } from './plain-tabs.ts';
import { rolloutsTab } from './rollouts-tab.ts';
import { shownImages } from './shown-images.ts';
import { shownKeys } from './shown-keys.ts';
import { statusLook } from './status-look.ts';
import type { ViewState } from './view-state.ts';
import './run-dashboard.css';
import './overview-tab.css';
import './plain-tabs.css';
import './evaluation-tab.css';
import './step-bar.css';
import './rollouts-tab.css';
import './group-row.css';

/** The run dashboard: status, charts, rollouts, checkpoints, log and config of one run, live or ended. */
@customElement('coldstart-run-dashboard')
export class RunDashboard extends SurfaceElement implements Surface {
  @state() private theme: ChartTheme = readChartTheme();
  model!: RunModel;
  #shown = { group: '', moves: 0 };
  #status = '';

  /** Begins to talk to the host; called once. */
  start(transport: Transport): void {
    this.model = new RunModel(transport, () => this.requestUpdate());
    this.model.host.on('command', ({ name }) => runCommand(this, name));
    this.model.host.on('reveal', ({ step, group, index }) => void this.#reveal(step, group, index));
    this.watch();
    const { signal } = this.scope;
    const stopTheme = onThemeChange(() => {
      this.theme = readChartTheme();
    });
    signal.addEventListener('abort', stopTheme);
    this.theme = readChartTheme();
    document.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    this.addEventListener('cs-link', (event) => {
      if (!(event instanceof CustomEvent)) return;
      void this.model.perform(() => this.model.host.call('link-open', { url: String(event.detail.url) }));
    });
    this.requestUpdate();
    void this.model.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.started) this.model.dispose();
  }

  get zoomed(): boolean {
    return this.zoom !== null;
  }

  focusSearch(): void {
    if (!this.model.tabs.includes('rollouts')) return;
    if (this.model.tab !== 'rollouts') this.model.openTab('rollouts');
    void this.updateComplete.then(() => this.querySelector<HTMLInputElement>('.search input')?.select());
  }

  get #list(): VirtualList | null {
    return this.querySelector('cs-virtual-list');
  }

  focusContent(): void {
    const content =
      this.#list ?? this.querySelector<HTMLElement>('#panel [tabindex="0"]:not([role="separator"])');
    content?.focus({ preventScroll: true });
  }

  async #reveal(step: number, group: number, index: number | null): Promise<void> {
    this.model.saved.write({ tab: 'rollouts' });
    if (!this.model.run) await this.model.refresh();
    await this.model.perform(() => this.model.rollouts.reveal(step, group, index));
  }

  /**
   * Letters are VS Code key bindings and come back as commands; here are only the keys that no binding takes, and `/`,
   * whose command would come after the first letters of the search.
   */
  #onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(document.activeElement)) return;
    const free = document.activeElement === document.body;
    if (event.key === '/') {
      runCommand(this, 'search');
      event.stopPropagation();
    } else if (event.key === 'Escape') this.focusContent();
    else if (free && event.key === 'ArrowDown') runCommand(this, 'next-group');
    else if (free && event.key === 'ArrowUp') runCommand(this, 'previous-group');
    else return;
    event.preventDefault();
  }

  protected override updated(): void {
    super.updated();
    if (!this.started) return;
    this.#announceStatus();
    const { key, position, moves } = this.#read();
    if (key !== this.#shown.group) {
      this.querySelector('.group-scroll')?.scrollTo(0, 0);
      this.zoom = null;
    }
    const list = this.#list;
    if (list && position >= 0 && moves !== this.#shown.moves) void list.reveal(position);
    this.#shown = { group: key, moves: list ? moves : this.#shown.moves };
    const log = this.querySelector('pre.log');
    if (log && this.model.followLog) log.scrollTop = log.scrollHeight;
  }

  /** What is read on this tab, and where it stands in the list beside it. */
  #read(): { key: string; position: number; moves: number } {
    const { tab, rollouts, flips } = this.model;
    if (tab === 'evaluation')
      return {
        key: flips.flip ? `flip ${flips.flip.index}` : '',
        position: flips.position,
        moves: flips.moves,
      };
    const { group, position, moves } = rollouts;
    return { key: group ? `${group.step}/${group.group}` : '', position, moves };
  }

  /** Says a change of status once; its phases and counts change too often to be read out. */
  #announceStatus(): void {
    const status = this.model.run ? statusLook(this.model.run.status).word : '';
    if (this.#status !== '' && status !== this.#status) this.announce(`Run ${status}`);
    this.#status = status;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.started) return nothing;
    const { model } = this;
    if (model.failure)
      return errorState(model.failure, { label: 'Try again', act: () => void model.start() });
    const { run } = model;
    if (!run) return skeleton(10);
    const images = shownImages(model);
    return html`${headerRow(model, run)} ${tabRow(model, run)}
      ${noticeBanner(model.notice, () => model.dismissNotice())}
      <div id="panel" class="panel ${model.tab}" role="tabpanel" aria-labelledby="tab-${model.tab}">${this.#tab(run)}</div>
      ${this.overlays(images.images, images.keyOf, model.images, shownKeys)}`;
  }

  #tab(run: RunView): TemplateResult {
    const { model } = this;
    switch (model.tab) {
      case 'overview':
        return overviewTab({
          model,
          run,
          theme: this.theme,
          toggleMetrics: () => {
            model.saved.write({ allMetrics: !model.saved.read().allMetrics });
            void model.perform(() => model.readMetrics(true));
          },
          showStep: (step) => this.#showStep(step),
          openLog: () => model.openTab('log'),
          exportCsv: (names, to) => void this.#exportCsv(names, to),
          exportPicture: (name, picture, to) => void this.#exportPicture(name, picture, to),
        });
      case 'rollouts':
        return rolloutsTab({
          model,
          run,
          narrow: this.narrow,
          command: (name) => runCommand(this, name),
          zoom: (index) => {
            this.zoom = index;
          },
          returnFocus: () => this.focusContent(),
          write: (change) => this.#write(change),
        });
      case 'checkpoints':
        return checkpointsTab(run, model, (path) => void this.#copy(path, 'Path copied'));
      case 'evaluation':
        return evaluationTab(model, run, {
          narrow: this.narrow,
          command: (name) => runCommand(this, name),
          zoom: (index) => {
            this.zoom = index;
          },
          resize: (listWidth) => this.#write({ listWidth }),
        });
      case 'log':
        return logTab(
          model,
          (stream) => {
            model.saved.write({ logStream: stream });
            model.followLog = true;
            void model.perform(() => model.readLog());
          },
          (event) => this.#logScrolled(event.currentTarget as HTMLElement),
        );
      case 'config':
        return configTab(run, model);
    }
  }

  #write(change: Partial<ViewState>): void {
    this.model.saved.write(change);
    this.requestUpdate();
  }

  #logScrolled(log: HTMLElement): void {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
    if (atEnd === this.model.followLog) return;
    this.model.followLog = atEnd;
    this.requestUpdate();
    if (atEnd) void this.model.perform(() => this.model.readLog());
  }

  #showStep(step: number): void {
    const { model } = this;
    if (!model.run?.rolloutSteps.length) return;
    model.saved.write({ tab: 'rollouts' });
    void model.perform(async () => {
      if (model.run) await model.rollouts.advance(model.run);
      await model.rollouts.goToStep(step);
    });
  }

  async #copy(text: string, done: string): Promise<void> {
    await this.model.perform(() => navigator.clipboard.writeText(text));
    if (!this.model.notice) this.announce(done);
  }

  async #exportCsv(names: readonly string[], to: 'clipboard' | 'file'): Promise<void> {
    const { model } = this;
    const text = await model.perform(() => metricsCsv(model, names));
    if (text === undefined) return;
    if (to === 'clipboard') return this.#copy(text, 'CSV copied');
    const name = chartFileName(model.run?.name ?? 'run', names[0] ?? '');
    await model.perform(() => model.host.call('export-chart', { name, format: 'csv', text }));
  }

  async #exportPicture(metric: string, picture: Promise<Blob>, to: 'clipboard' | 'file'): Promise<void> {
    const { model } = this;
    if (to === 'clipboard') {
      await model.perform(() => navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]));
      if (!model.notice) this.announce('PNG copied');
      return;
    }
    const name = chartFileName(model.run?.name ?? 'run', metric);
    await model.perform(async () => {
      const text = bytesToBase64(new Uint8Array(await (await picture).arrayBuffer()));
      await model.host.call('export-chart', { name, format: 'png', text });
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'coldstart-run-dashboard': RunDashboard;
  }
}

import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { RunView } from '../../src/protocol/run-dashboard.ts';
import { LightElement } from '../elements/light-element.ts';
import { banner, errorState, skeleton } from '../elements/states.ts';
import type { VirtualList } from '../elements/virtual-list.ts';
import type { Transport } from '../host/transport.ts';
import { runCommand, type Surface } from './actions.ts';
import { type ChartTheme, onThemeChange, readChartTheme } from './chart-theme.ts';
import { headerRow, tabRow } from './header.ts';
import { helpDialog } from './help-dialog.ts';
import { RunModel } from './model.ts';
import { overviewTab } from './overview-tab.ts';
import { checkpointsTab, configTab, logTab } from './plain-tabs.ts';
import { imageKey } from './rollout-browser.ts';
import { rolloutsTab } from './rollouts-tab.ts';
import { statusLook } from './status-look.ts';
import '../elements/image-zoom.ts';
import './run-dashboard.css';
import './rollouts.css';

const narrowWidth = 700;

/** The run dashboard: status, charts, rollouts, checkpoints, log and config of one run, live or ended. */
@customElement('coldstart-run-dashboard')
export class RunDashboard extends LightElement implements Surface {
  @state() private zoom: number | null = null;
  @state() private helping = false;
  @state() private narrow = false;
  @state() private spoken = '';
  @state() private theme: ChartTheme = readChartTheme();
  model!: RunModel;
  #started = false;
  #reported = '';
  #sized: ResizeObserver | null = null;
  #stopTheme: () => void = () => undefined;
  #shown = { group: '', moves: 0 };
  #status = '';

  /** Begins to talk to the host; called once. */
  start(transport: Transport): void {
    this.model = new RunModel(transport, () => this.requestUpdate());
    this.model.host.on('command', ({ name }) => runCommand(this, name));
    this.model.host.on('reveal', ({ step, group, index }) => void this.#reveal(step, group, index));
    this.#started = true;
    this.#sized = new ResizeObserver(() => {
      this.narrow = this.clientWidth < narrowWidth;
    });
    this.#sized.observe(this);
    this.#stopTheme = onThemeChange(() => {
      this.theme = readChartTheme();
    });
    this.theme = readChartTheme();
    this.addEventListener('focusin', this.#report);
    this.addEventListener('focusout', () => queueMicrotask(this.#report));
    this.addEventListener('click', this.#afterClick);
    document.addEventListener('keydown', this.#onKey);
    this.addEventListener('cs-link', (event) => {
      if (!(event instanceof CustomEvent)) return;
      void this.model.attempt(() => this.model.host.call('link-open', { url: String(event.detail.url) }));
    });
    this.requestUpdate();
    void this.model.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.#onKey);
    this.#sized?.disconnect();
    this.#stopTheme();
    if (this.#started) this.model.dispose();
  }

  get zoomed(): boolean {
    return this.zoom !== null;
  }

  announce(text: string): void {
    // The same words twice are spoken twice only when the text differs.
    this.spoken = this.spoken === text ? `${text}\u00a0` : text;
  }

  focusSearch(): void {
    if (!this.model.tabs.includes('rollouts')) return;
    if (this.model.tab !== 'rollouts') this.model.openTab('rollouts');
    void this.updateComplete.then(() => this.querySelector<HTMLInputElement>('.search input')?.select());
  }

  showHelp(): void {
    this.helping = true;
  }

  get #list(): VirtualList | null {
    return this.querySelector('cs-virtual-list');
  }

  /** Gives the keys back to what is read. */
  readonly #focusContent = (): void => {
    const content = this.#list ?? this.querySelector<HTMLElement>('#panel [tabindex="0"]');
    content?.focus({ preventScroll: true });
  };

  async #reveal(step: number, group: number, index: number | null): Promise<void> {
    this.model.saved.write({ tab: 'rollouts' });
    if (!this.model.run) await this.model.refresh();
    await this.model.attempt(() => this.model.rollouts.reveal(step, group, index));
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
    const key = String(this.#typing);
    if (key === this.#reported) return;
    this.#reported = key;
    this.model.host.call('view-report', { typing: this.#typing }).catch(() => undefined);
  };

  /** Letters are VS Code key bindings and come back as commands; here are only the keys that no binding takes. */
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || this.#typing) return;
    const free = document.activeElement === document.body;
    if (event.key === 'Escape') this.#focusContent();
    else if (free && event.key === 'ArrowDown') runCommand(this, 'next-group');
    else if (free && event.key === 'ArrowUp') runCommand(this, 'previous-group');
    else return;
    event.preventDefault();
  };

  /** After a click with the mouse the keys go back to the content, so that Space does not press the button again. */
  readonly #afterClick = (event: MouseEvent): void => {
    if (event.detail === 0 || !(event.target instanceof Element)) return;
    const clicked = event.target.closest('button, summary');
    if (!clicked || clicked.closest('cs-menu, dialog')) return;
    if (document.activeElement === clicked) this.#focusContent();
  };

  protected override updated(): void {
    const dialog = this.querySelector<HTMLDialogElement>('dialog.help');
    if (dialog && !dialog.open) dialog.showModal();
    this.#report();
    if (!this.#started) return;
    this.#announceStatus();
    const { group, position, moves } = this.model.rollouts;
    const key = group ? `${group.step}/${group.group}` : '';
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

  /** Says a change of status once; its phases and counts change too often to be read out. */
  #announceStatus(): void {
    const status = this.model.run ? statusLook(this.model.run.status).word : '';
    if (this.#status !== '' && status !== this.#status) this.announce(`Run ${status}`);
    this.#status = status;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.#started) return nothing;
    const { model } = this;
    if (model.failure)
      return errorState(model.failure, { label: 'Try again', act: () => void model.start() });
    const { run } = model;
    if (!run) return skeleton(10);
    const images = model.rollouts.group?.images ?? [];
    const { step = 0, group = 0 } = model.rollouts.group ?? {};
    return html`${headerRow(model, run)} ${tabRow(model, run)}
      ${
        model.notice
          ? banner('error', [model.notice.message, model.notice.hint].filter(Boolean).join(' '), {
              label: 'Dismiss',
              act: () => model.dismissNotice(),
            })
          : nothing
      }
      <div id="panel" class="panel ${model.tab}" role="tabpanel" aria-labelledby="tab-${model.tab}">${this.#tab(run)}</div>
      <cs-image-zoom
        .images=${this.zoom === null ? [] : images}
        .keys=${images.map((_, at) => imageKey(step, group, at))}
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
            void model.attempt(() => model.readMetrics(true));
          },
          showStep: (step) => this.#showStep(step),
          openLog: () => model.openTab('log'),
          exportCsv: (names, to) => void this.#exportCsv(names, to),
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
          returnFocus: this.#focusContent,
          write: (change) => {
            model.saved.write(change);
            this.requestUpdate();
          },
        });
      case 'checkpoints':
        return checkpointsTab(run, (path) => void this.#copy(path, 'Path copied'));
      case 'log':
        return logTab(
          model,
          (stream) => {
            model.saved.write({ stream });
            model.followLog = true;
            void model.attempt(() => model.readLog());
          },
          (event) => this.#logScrolled(event.currentTarget as HTMLElement),
        );
      case 'config':
        return configTab(run, model);
    }
  }

  #logScrolled(log: HTMLElement): void {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
    if (atEnd === this.model.followLog) return;
    this.model.followLog = atEnd;
    this.requestUpdate();
    if (atEnd) void this.model.attempt(() => this.model.readLog());
  }

  #showStep(step: number): void {
    const { model } = this;
    if (!model.run?.rolloutSteps.length) return;
    model.saved.write({ tab: 'rollouts' });
    void model.attempt(async () => {
      if (model.run) await model.rollouts.advance(model.run);
      await model.rollouts.goToStep(step);
    });
  }

  async #copy(text: string, done: string): Promise<void> {
    await this.model.attempt(() => navigator.clipboard.writeText(text));
    if (!this.model.notice) this.announce(done);
  }

  async #exportCsv(names: readonly string[], to: 'clipboard' | 'file'): Promise<void> {
    const { model } = this;
    const text = await model.attempt(() => model.csvOf(names));
    if (text === undefined) return;
    if (to === 'clipboard') return this.#copy(text, 'CSV copied');
    const name = `${model.run?.name ?? 'run'} ${names[0] ?? ''}`.replaceAll(/[^\w.-]+/g, '-');
    await model.attempt(() => model.host.call('export-chart', { name, format: 'csv', text }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'coldstart-run-dashboard': RunDashboard;
  }
}

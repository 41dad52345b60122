import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { many } from '../../src/core/text/plural.ts';
import type { GroupView, RolloutView, RunView } from '../../src/protocol/run-dashboard.ts';
import { button, chip, icon, iconButton } from '../elements/controls.ts';
import { formatCount } from '../elements/format.ts';
import { LightElement } from '../elements/light-element.ts';
import { isBlankSegment } from '../elements/segment-view.ts';
import { WideWatch } from '../elements/wide-watch.ts';
import type { ImageStore } from '../host/image-store.ts';
import type { CommandName } from './actions.ts';
import { diffView } from './diff-view.ts';
import { problemView, verdictFact } from './problem-view.ts';
import { formatAdvantage } from './reward-parts.ts';
import { imageKey } from './rollout-browser.ts';
import { finishLooks, rewardEquation, rolloutStrip } from './rollout-strip.ts';
import type { ViewState } from './view-state.ts';
import '../elements/rich-text.ts';
import './rollout-strip.css';
import './group-pane.css';

const wideWidth = 1000;

/**
 * One group: the prompt with its images once, its rollouts as a strip, one of them or two side by side. Sends
 * `cs-command {name}` for its buttons, `cs-rollout {at, compare}` for the strip, `cs-promoted {index}` to open what a
 * rollout became, and what its images and texts send.
 */
@customElement('cs-group')
export class GroupPane extends LightElement {
  @property({ attribute: false }) group: GroupView | null = null;
  @property({ attribute: false }) rewards: RunView['rewards'] = [];
  @property({ type: Number }) rollout = 0;
  /** Rollouts that the search finds, by the trainer's numbers. */
  @property({ attribute: false }) found: ReadonlySet<number> = new Set();
  @property({ type: Number }) compared = 0;
  @property({ type: Boolean }) diff = false;
  @property({ type: Boolean }) source = false;
  @property({ attribute: false }) store: ImageStore | null = null;
  @property({ attribute: false }) promoted: ViewState['promoted'] = [];
  @state() private folds: ReadonlySet<string> = new Set();
  /** The problem stands beside its rollouts instead of above them. */
  readonly #width = new WideWatch(this, wideWidth);

  protected override updated(): void {
    const strip = this.querySelector<HTMLElement>('.strip');
    const column = strip?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (!strip || !column) return;
    const left = column.offsetLeft - strip.offsetLeft;
    if (left < strip.scrollLeft) strip.scrollLeft = left;
    else if (left + column.offsetWidth > strip.scrollLeft + strip.clientWidth)
      strip.scrollLeft = left + column.offsetWidth - strip.clientWidth;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { group } = this;
    if (!group) return nothing;
    const rollout = group.rollouts[this.rollout];
    return html`<article class="${this.#width.isWide ? 'wide' : 'stacked'} ${this.diff ? 'comparing' : ''}" aria-label=${`Group ${group.group + 1} of step ${group.step}`}>
      <div class="problem">${this.#problem(group)}</div>
      <div class="answers">
        <div class="pinned">
          ${this.#bar(group)}
          ${rolloutStrip({
            group,
            rewards: this.rewards,
            selected: this.rollout,
            compared: this.diff ? this.compared : null,
            found: this.found,
            promoted: (one) => this.#promotion(one) !== undefined,
            pick: (at, compare) => this.send('cs-rollout', { at, compare }),
          })}
        </div>
        ${rollout ? this.#rollout(group, rollout) : html`<p class="cs-muted">This group has no rollouts.</p>`}
      </div>
    </article>`;
  }

  #problem(group: GroupView): TemplateResult {
    return problemView({
      problem: group,
      source: this.source,
      store: this.store,
      imageKey: (at) => imageKey(group.step, group.group, at),
      maxHeight: this.#width.isWide && group.images.length === 1 ? 320 : 170,
    });
  }

  #act(name: CommandName): () => void {
    return () => this.send('cs-command', { name });
  }

  #bar(group: GroupView): TemplateResult {
    const count = group.rollouts.length;
    return html`<div class="bar" role="toolbar" aria-label="Rollout">
      ${iconButton('chevron-left', 'Previous rollout', this.#act('previous-rollout'), { key: '←', disabled: this.rollout <= 0 })}
      ${iconButton('chevron-right', 'Next rollout', this.#act('next-rollout'), { key: '→', disabled: this.rollout + 1 >= count })}
      <span class="cs-number where">rollout ${count === 0 ? 0 : this.rollout + 1} of ${formatCount(count)}${this.found.size > 0 ? html` · ${formatCount(this.found.size)} found` : nothing}</span>
      ${group.split === 'eval' ? chip('evaluation') : nothing}
      <span class="gap"></span>
      ${iconButton('code', 'Source', () => this.send('cs-source', {}), { pressed: this.source })}
      ${iconButton('diff', 'Compare two rollouts', this.#act('diff'), { pressed: this.diff, key: 'D', disabled: count < 2 })}
      ${iconButton('go-to-file', 'Open the source trace', this.#act('open-source'), { key: 'O' })}
      ${button('Promote', this.#act('promote'), { look: 'secondary', icon: 'star-empty', title: 'Copy this rollout into a dataset (P)', disabled: count === 0 })}
    </div>`;
  }

  #promotion(rollout: RolloutView): ViewState['promoted'][number] | undefined {
    const { step, group } = this.group ?? {};
    return this.promoted.findLast(
      (one) => one.step === step && one.group === group && one.index === rollout.index,
    );
  }

  #rollout(group: GroupView, rollout: RolloutView): TemplateResult {
    const other = group.rollouts[this.compared];
    if (this.diff && other && other !== rollout) {
      const [left, right] = [this.rollout, this.compared].sort((a, b) => a - b) as [number, number];
      const [a, b] = this.rollout < this.compared ? [rollout, other] : [other, rollout];
      const name = (one: RolloutView, at: number) =>
        html`rollout ${at + 1} · ${rewardEquation(one, this.rewards)}`;
      return html`<div class="side-names">
          <span><b>A</b> ${name(a, left)}</span><span><b>B</b> ${name(b, right)}</span>
        </div>
        ${diffView(a, b, { left: `rollout ${left + 1}`, right: `rollout ${right + 1}` })}`;
    }
    return html`${this.#facts(rollout)}${this.#completion(rollout)}`;
  }

  #facts(rollout: RolloutView): TemplateResult {
    const { verdict } = rollout;
    const finish = finishLooks[rollout.finish];
    const to = this.#promotion(rollout)?.dataset;
    return html`<div class="rollout-facts">
      ${verdictFact(verdict)}
      <span class="fact">${rewardEquation(rollout, this.rewards)}</span>
      <span class="fact cs-number">advantage <b class=${typeof rollout.advantage === 'number' ? (rollout.advantage > 0 ? 'positive' : rollout.advantage < 0 ? 'negative' : '') : ''}>${formatAdvantage(rollout.advantage)}</b></span>
      <span class="fact finish cs-number ${rollout.finish}">${rollout.finish === 'stop' ? nothing : icon(finish.icon)}${[
        rollout.tokens === null ? '' : many(rollout.tokens, 'token'),
        finish.word,
      ]
        .filter(Boolean)
        .join(', ')}</span>
      ${to === undefined ? nothing : html`<span class="fact promoted">${icon('star-full')}promoted to ${button(to.split(/[\\/]/).at(-1) ?? to, () => this.send('cs-promoted', { index: rollout.index }), { look: 'link', title: `Open the trace in ${to}` })}</span>`}
    </div>`;
  }

  #completion(rollout: RolloutView): TemplateResult {
    const { text, segments, truncated } = rollout.completion;
    if (text.trim() === '') return html`<p class="cs-muted">Empty completion.</p>`;
    const seen = new Map<string, number>();
    return html`<div
      class="segments"
      @cs-fold=${(event: CustomEvent<{ index: number }>) => this.#fold(rollout, event.detail.index)}
    >
      ${segments.map((segment, at) => {
        const count = seen.get(segment.kind) ?? 0;
        seen.set(segment.kind, count + 1);
        return isBlankSegment(text, segment) && !this.source
          ? nothing
          : html`<cs-segment
              .text=${text}
              .segment=${segment}
              .index=${at}
              .source=${this.source}
              .folded=${this.folds.has(`${segment.kind}#${count}`)}
            ></cs-segment>`;
      })}
      ${truncated ? html`<p class="cs-muted">Cut at 256 KiB; the run folder has the rest.</p>` : nothing}
    </div>`;
  }

  /** A fold holds for that segment of every rollout, so that one can leaf through the others' reasoning alone. */
  #fold(rollout: RolloutView, index: number): void {
    const kind = rollout.completion.segments[index]?.kind;
    if (kind === undefined) return;
    const before = rollout.completion.segments
      .slice(0, index)
      .filter((segment) => segment.kind === kind).length;
    const name = `${kind}#${before}`;
    const folds = new Set(this.folds);
    if (!folds.delete(name)) folds.add(name);
    this.folds = folds;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-group': GroupPane;
  }
}

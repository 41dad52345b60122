import { html, nothing, type TemplateResult } from 'lit';
import { many } from '../../src/core/text/plural.ts';
import type { GroupView, RolloutView, RunView } from '../../src/protocol/run-dashboard.ts';
import { icon, verdictBadge } from '../elements/controls.ts';
import { formatCount, formatMetric } from '../elements/format.ts';
import { styled } from '../elements/styled.ts';
import { formatAdvantage, formatReward, rewardParts, rewardScale } from './reward-parts.ts';

export interface Strip {
  readonly group: GroupView;
  readonly rewards: RunView['rewards'];
  readonly selected: number;
  /** The other side of a comparison, null without one. */
  readonly compared: number | null;
  /** Rollouts that the search finds, by the trainer's numbers. */
  readonly found: ReadonlySet<number>;
  /** True for rollouts that were promoted. */
  promoted(rollout: RolloutView): boolean;
  pick(at: number, compare: boolean): void;
}

export const finishLooks = {
  stop: { icon: 'check', word: 'stopped' },
  length: { icon: 'fold-down', word: 'truncated' },
  error: { icon: 'error', word: 'ended with an error' },
  unknown: { icon: 'question', word: 'unknown end' },
} as const;

const barHeight = 44;
const advantageHeight = 24;

function rewardBar(
  rollout: RolloutView,
  rewards: RunView['rewards'],
  scale: { low: number; high: number },
): TemplateResult {
  const px = (value: number) => (Math.abs(value) / (scale.high - scale.low)) * barHeight;
  const zero = px(scale.low);
  const parts = rewardParts(rollout, rewards);
  let up = zero;
  let down = zero;
  return html`<span class="reward-bar" ${styled({ height: `${barHeight}px` })}>
    ${parts.map(({ share, color }) => {
      if (share === null || share === 0) return nothing;
      const height = px(share);
      const bottom = share > 0 ? up : down - height;
      if (share > 0) up += height;
      else down -= height;
      return html`<span class="part color-${color % 6}" ${styled({ bottom: `${bottom}px`, height: `${Math.max(1, height)}px` })}></span>`;
    })}
    <span class="zero" ${styled({ bottom: `${zero}px` })}></span>
    ${typeof rollout.reward === 'string' ? html`<span class="odd">${icon('warning')}</span>` : nothing}
  </span>`;
}

function advantageBar(rollout: RolloutView, largest: number): TemplateResult {
  const value = typeof rollout.advantage === 'number' ? rollout.advantage : 0;
  const height = (Math.abs(value) / largest) * (advantageHeight / 2);
  return html`<span class="advantage" ${styled({ height: `${advantageHeight}px` })}>
    <span class="zero" ${styled({ bottom: '50%' })}></span>
    ${
      value === 0
        ? nothing
        : html`<span
            class="part ${value > 0 ? 'positive' : 'negative'}"
            ${styled({ height: `${Math.max(1, height)}px`, bottom: value > 0 ? '50%' : `${advantageHeight / 2 - height}px` })}
          ></span>`
    }
  </span>`;
}

/** What a column says in words. */
function rolloutWords(rollout: RolloutView, isFound: boolean): string {
  return [
    `reward ${formatMetric(rollout.reward)}`,
    `advantage ${formatAdvantage(rollout.advantage)}`,
    rollout.verdict?.state ?? '',
    rollout.tokens === null ? '' : many(rollout.tokens, 'token'),
    finishLooks[rollout.finish].word,
    isFound ? 'found by the search' : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** The rollouts of a group side by side, best first: verdict, stacked reward, diverging advantage, how it ended. */
export function rolloutStrip(strip: Strip): TemplateResult {
  const { group, rewards, selected, compared, found } = strip;
  const scale = rewardScale(group.rollouts, rewards);
  const largest = group.rollouts.reduce(
    (most, { advantage }) => (typeof advantage === 'number' ? Math.max(most, Math.abs(advantage)) : most),
    0,
  );
  return html`<div class="strip-rows">
    <div class="row-heads" aria-hidden="true">
      <span ${styled({ height: `${barHeight}px` })}>reward</span>
      ${largest > 0 ? html`<span ${styled({ height: `${advantageHeight}px` })}>advantage</span>` : nothing}
    </div>
    <div class="strip" role="listbox" aria-label="Rollouts, best first" aria-orientation="horizontal">
    ${group.rollouts.map((rollout, at) => {
      const mark =
        compared === null
          ? ''
          : at === Math.min(selected, compared)
            ? 'A'
            : at === Math.max(selected, compared)
              ? 'B'
              : '';
      return html`<div
        class="column ${found.has(rollout.index) ? 'found' : ''}"
        role="option"
        aria-selected=${at === selected}
        aria-label="Rollout ${at + 1}: ${rolloutWords(rollout, found.has(rollout.index))}"
        title=${`${rolloutWords(rollout, found.has(rollout.index))}\nAlt+click compares with this one`}
        @click=${(event: MouseEvent) => strip.pick(at, event.altKey)}
      >
        <span class="top">${verdictBadge(rollout.verdict?.state ?? 'none')}${mark ? html`<b class="mark">${mark}</b>` : nothing}${
          strip.promoted(rollout) ? html`<span class="promoted">${icon('star-full')}</span>` : nothing
        }</span>
        ${rewardBar(rollout, rewards, scale)}
        <span class="number cs-number">${formatReward(rollout.reward)}</span>
        ${largest > 0 ? advantageBar(rollout, largest) : nothing}
        <span class="number tokens cs-number cs-muted">${rollout.tokens === null ? nothing : html`${formatCount(rollout.tokens)}<span class="unit">${rollout.tokens === 1 ? 'token' : 'tokens'}</span>`}${
          rollout.finish === 'stop' || rollout.finish === 'unknown'
            ? nothing
            : html`<span class="finish ${rollout.finish}">${icon(finishLooks[rollout.finish].icon)}</span>`
        }</span>
      </div>`;
    })}
    </div>
  </div>`;
}

/** `reward 1.20 = answer 1.00 + 0.2·format 1.00`, each part with its colour. */
export function rewardEquation(rollout: RolloutView, rewards: RunView['rewards']): TemplateResult {
  const parts = rewardParts(rollout, rewards);
  return html`<span class="equation cs-number">reward <b title=${formatMetric(rollout.reward)}>${formatReward(rollout.reward)}</b>${
    parts.length === 0
      ? nothing
      : html` = ${parts.map(
          ({ name, weight, value, color }, at) =>
            html`${at > 0 ? ' + ' : nothing}<span class="term"><span class="swatch color-${color % 6}"></span>${
              weight === 1 ? nothing : `${formatMetric(weight)}·`
            }${name} ${formatReward(value)}</span>`,
        )}`
  }</span>`;
}

import { html, nothing, svg, type TemplateResult } from 'lit';
import type { GroupSummary } from '../../src/protocol/run-dashboard.ts';
import { formatMetric } from '../elements/format.ts';
import { visibleText } from '../elements/visible-text.ts';
import type { ImageStore } from '../host/image-store.ts';
import type { MetricValue } from './chart-data.ts';
import { withoutPlaceholders } from './placeholders.ts';
import { formatReward } from './reward-parts.ts';
import { imageKey } from './rollout-browser.ts';
import { rowThumbnail } from './row-thumbnail.ts';

export const groupRowHeight = 52;

const bars = { width: 64, height: 16 } as const;

/** One bar a rollout, on an axis that all groups of the list share; what is no number is a cross. */
function miniBars(rewards: readonly MetricValue[], scale: { low: number; high: number }): TemplateResult {
  const pitch = Math.min(8, bars.width / Math.max(1, rewards.length));
  const width = Math.max(0.6, pitch - (pitch > 3 ? 1.5 : 0.4));
  const y = (value: number) => bars.height - ((value - scale.low) / (scale.high - scale.low)) * bars.height;
  const zero = y(0);
  return html`<svg class="mini-bars" viewBox="0 0 ${bars.width} ${bars.height}" width=${bars.width} height=${bars.height} aria-hidden="true">
    ${rewards.map((reward, at) => {
      const x = at * pitch;
      if (typeof reward !== 'number') {
        return svg`<path class="odd" d="M${x} ${bars.height - 5}l4 4m0 -4l-4 4" />`;
      }
      const top = Math.min(zero, y(reward));
      const height = Math.max(1, Math.abs(y(reward) - zero));
      return svg`<rect class=${reward < 0 ? 'negative' : 'positive'} x=${x} y=${Math.min(top, bars.height - 1)} width=${width} height=${height} />`;
    })}
  </svg>`;
}

/** One group of the list: picture, prompt, ground truth, rewards. */
export function groupRow(
  group: GroupSummary | undefined,
  store: ImageStore,
  scale: { low: number; high: number },
  withImages: boolean,
): TemplateResult {
  if (!group) return html`<div class="group-row"><span class="waiting"></span></div>`;
  const rewards = group.rewards.map((reward) => formatMetric(reward)).join(', ');
  return html`<div class="group-row">
    ${rowThumbnail(group.images, imageKey(group.step, group.group, 0), store, withImages)}
    <div class="lines">
      <div class="preview">${visibleText(withoutPlaceholders(group.prompt, group.images))}</div>
      <div class="second">
        ${group.groundTruth === null ? nothing : html`<span class="truth" title="Ground truth"><span class="cs-muted">truth</span> ${visibleText(group.groundTruth)}</span>`}
        <span class="gap"></span>
        <span title="Rewards: ${rewards}">${miniBars(group.rewards, scale)}</span>
        <span class="mean cs-number" title="Mean reward ${formatMetric(group.mean)}">${formatReward(group.mean)}</span>
      </div>
    </div>
  </div>`;
}

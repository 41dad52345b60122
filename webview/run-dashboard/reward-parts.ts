import type { RolloutView, RunView } from '../../src/protocol/run-dashboard.ts';
import { formatMetric } from '../elements/format.ts';
import type { MetricValue } from './chart-data.ts';

/** One named reward of a rollout: `share` is weight times value, null where that is no number. */
export interface RewardPart {
  readonly name: string;
  readonly weight: number;
  readonly value: MetricValue;
  readonly share: number | null;
  /** Place in the colours of the parts. */
  readonly color: number;
}

/** A reward with two decimals, so that a column of them can be compared at a glance. */
export const formatReward = (value: MetricValue): string =>
  typeof value === 'number' && Math.abs(value) < 100
    ? value.toFixed(2).replace('-', '−')
    : formatMetric(value);

/** An advantage with its sign and two decimals. */
export const formatAdvantage = (value: MetricValue): string =>
  typeof value === 'number' && value > 0 ? `+${formatReward(value)}` : formatReward(value);

/** The parts of a rollout's reward in the run's order; parts the run does not name come last with weight 1. */
export function rewardParts(
  rollout: Pick<RolloutView, 'rewards'>,
  rewards: RunView['rewards'],
): RewardPart[] {
  const known = new Set(rewards.map(({ name }) => name));
  const others = Object.keys(rollout.rewards)
    .filter((name) => !known.has(name))
    .map((name) => ({ name, weight: 1 }));
  return [...rewards, ...others]
    .filter(({ name }) => name in rollout.rewards)
    .map(({ name, weight }, color) => {
      const value = rollout.rewards[name] ?? null;
      return { name, weight, value, share: typeof value === 'number' ? value * weight : null, color };
    });
}

/** Ends of the reward axis, so that groups of one run compare: what the weights allow, or more when it was seen. */
export function rewardScale(
  rollouts: readonly Pick<RolloutView, 'rewards' | 'reward'>[],
  rewards: RunView['rewards'],
): { low: number; high: number } {
  let high = rewards.reduce((sum, { weight }) => sum + Math.max(0, weight), 0);
  let low = 0;
  for (const rollout of rollouts) {
    const shares = rewardParts(rollout, rewards).map(({ share }) => share ?? 0);
    high = Math.max(
      high,
      shares.reduce((sum, share) => sum + Math.max(0, share), 0),
    );
    low = Math.min(
      low,
      shares.reduce((sum, share) => sum + Math.min(0, share), 0),
    );
    if (typeof rollout.reward === 'number') {
      high = Math.max(high, rollout.reward);
      low = Math.min(low, rollout.reward);
    }
  }
  return { low, high: high - low > 1e-9 ? high : low + 1 };
}

import type { DiskNumber } from './events.ts';

/** What the rewards of one group say; numbers are null when no finite reward is there. */
export interface GroupStatistics {
  readonly mean: number | null;
  /** Sample standard deviation (n - 1), as TRL scales advantages; 0 for a single reward. */
  readonly std: number | null;
  /** Highest minus lowest. */
  readonly spread: number | null;
  readonly best: number | null;
  readonly worst: number | null;
  /** All rewards are equal: the group teaches nothing. */
  readonly uniform: boolean;
  /** Rewards that are missing or not finite. */
  readonly withoutReward: number;
}

/** Statistics of the total rewards of one group; missing and non-finite ones are left out and counted. */
export function groupStatistics(rewards: readonly DiskNumber[]): GroupStatistics {
  const finite = rewards.filter((value): value is number => typeof value === 'number');
  const withoutReward = rewards.length - finite.length;
  if (finite.length === 0)
    return { mean: null, std: null, spread: null, best: null, worst: null, uniform: false, withoutReward };
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const best = finite.reduce((a, b) => Math.max(a, b));
  const worst = finite.reduce((a, b) => Math.min(a, b));
  return {
    mean,
    std: finite.length > 1 ? Math.sqrt(squares / (finite.length - 1)) : 0,
    spread: best - worst,
    best,
    worst,
    uniform: best - worst < 1e-9,
    withoutReward,
  };
}

export type GroupOrdering = 'file' | 'worst' | 'best' | 'widest' | 'uniform';

interface Ranked {
  readonly mean: number | null;
  readonly spread: number | null;
}

/**
 * Sorts summaries of groups, stable in file order: worst and best by mean reward, widest by spread; uniform keeps
 * only the groups whose rewards are all equal.
 */
export function orderGroups<Group extends Ranked>(groups: readonly Group[], order: GroupOrdering): Group[] {
  const by = (key: (group: Group) => number | null, sign: 1 | -1) =>
    [...groups].sort((a, b) => {
      const [left, right] = [key(a), key(b)];
      if (left === null || right === null) return Number(left === null) - Number(right === null);
      return sign * (left - right);
    });
  switch (order) {
    case 'file':
      return [...groups];
    case 'worst':
      return by((group) => group.mean, 1);
    case 'best':
      return by((group) => group.mean, -1);
    case 'widest':
      return by((group) => group.spread, -1);
    case 'uniform':
      return groups.filter((group) => group.spread !== null && group.spread < 1e-9);
  }
}

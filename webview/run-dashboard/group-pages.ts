import type { GroupSummary } from '../../src/protocol/run-dashboard.ts';
import { Pages } from './pages.ts';
import type { Order } from './view-state.ts';

export interface GroupSelection {
  readonly step: number;
  readonly order: Order;
  readonly search: string;
}

/** The groups of one step in one order, by page. */
export class GroupPages extends Pages<GroupSelection, GroupSummary> {
  /** Where a group stands among those that were read, -1 when it is none of them. */
  positionOf(group: number): number {
    return this.placeOf((summary) => summary.group === group);
  }

  /** Highest and lowest reward among the groups that were read. */
  rewardRange(): { low: number; high: number } {
    let low = 0;
    let high = 0;
    for (const { rewards } of this.read()) {
      for (const reward of rewards) {
        if (typeof reward !== 'number') continue;
        low = Math.min(low, reward);
        high = Math.max(high, reward);
      }
    }
    return { low, high: high - low > 1e-9 ? high : low + 1 };
  }

  /** True when a group that was read has an image. */
  get withImages(): boolean {
    for (const { images } of this.read()) if (images > 0) return true;
    return false;
  }
}

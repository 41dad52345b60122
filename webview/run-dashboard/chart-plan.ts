import { compareMetrics, type MetricInfo, metricInfo } from '../../src/core/run/metric-names.ts';
import type { RunView } from '../../src/protocol/run-dashboard.ts';

/** One chart: its main metric, and at most one more of another scale. */
export interface ChartPlan {
  readonly name: string;
  readonly label: string;
  readonly unit: MetricInfo['unit'];
  /** A share from 0 to 1 that is read on an axis of its own. */
  readonly share: MetricInfo | null;
  /** Only runs of this stage are drawn; null for all. */
  readonly stage: Stage | null;
}

type Stage = RunView['stage'];

const main = new Set([
  'reward',
  'loss',
  'token_acc',
  'kl',
  'entropy',
  'len/mean',
  'trunc_frac',
  'adv_zero_frac',
  'lr',
  'grad_norm',
  'step_s',
]);

/** Metrics that are not the same quantity in both stages: cross-entropy here, the policy's objective there. */
const ofStage = new Set(['loss']);

/**
 * The charts for the metrics that exist, in the dashboard's order: those to watch, and the rest. Charts of several runs,
 * whose stages are `compared`, have shares apart: a second line a run would be too many.
 */
export function planCharts(
  metrics: readonly string[],
  rewards: readonly { readonly name: string; readonly weight: number }[] = [],
  compared: readonly Stage[] = [],
): { main: ChartPlan[]; rest: ChartPlan[] } {
  const all = [...new Set(metrics)].sort(compareMetrics);
  // The only reward, with weight 1, is the total reward once more.
  const [only, ...others] = rewards;
  const twin = others.length === 0 && only?.weight === 1 ? `reward/${only.name}` : null;
  const names = all.filter((name) => name !== twin || !all.includes('reward'));
  const paired = compared.length === 0 && names.includes('len/mean') && names.includes('trunc_frac');
  const plans = names
    .filter((name) => !(paired && name === 'trunc_frac'))
    .flatMap((name): ChartPlan[] => {
      const { label, unit } = metricInfo(name);
      const share = paired && name === 'len/mean' ? metricInfo('trunc_frac') : null;
      const plan = { name, label, unit, share, stage: null };
      const stages = [...new Set(compared)];
      if (!ofStage.has(name) || stages.length < 2) return [plan];
      return stages.map((stage) => ({ ...plan, label: `${label}, ${stage.toUpperCase()}`, stage }));
    });
  const isMain = ({ name }: ChartPlan) => main.has(name) || name.startsWith('reward/');
  return { main: plans.filter(isMain), rest: plans.filter((plan) => !isMain(plan)) };
}

/** Every metric that these charts draw. */
export const metricsOf = (plans: readonly ChartPlan[]): string[] =>
  plans.flatMap(({ name, share }) => (share ? [name, share.name] : [name]));

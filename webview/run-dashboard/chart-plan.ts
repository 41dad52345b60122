import { compareMetrics, type MetricInfo, metricInfo } from '../../src/core/run/metric-names.ts';

/** One chart: its main metric, and at most one more of another scale. */
export interface ChartPlan {
  readonly name: string;
  readonly label: string;
  readonly unit: MetricInfo['unit'];
  /** A share from 0 to 1 that is read on an axis of its own. */
  readonly share: MetricInfo | null;
}

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

/**
 * The charts for the metrics that exist, in the dashboard's order: those to watch, and the rest. Charts of several runs
 * have `shares` apart: a second line a run would be too many.
 */
export function planCharts(
  metrics: readonly string[],
  rewards: readonly { readonly name: string; readonly weight: number }[] = [],
  shares: 'beside' | 'apart' = 'beside',
): { main: ChartPlan[]; rest: ChartPlan[] } {
  const all = [...new Set(metrics)].sort(compareMetrics);
  // The only reward, with weight 1, is the total reward once more.
  const [only, ...others] = rewards;
  const twin = others.length === 0 && only?.weight === 1 ? `reward/${only.name}` : null;
  const names = all.filter((name) => name !== twin || !all.includes('reward'));
  const paired = shares === 'beside' && names.includes('len/mean') && names.includes('trunc_frac');
  const plans = names
    .filter((name) => !(paired && name === 'trunc_frac'))
    .map((name): ChartPlan => {
      const { label, unit } = metricInfo(name);
      return { name, label, unit, share: paired && name === 'len/mean' ? metricInfo('trunc_frac') : null };
    });
  const isMain = ({ name }: ChartPlan) => main.has(name) || name.startsWith('reward/');
  return { main: plans.filter(isMain), rest: plans.filter((plan) => !isMain(plan)) };
}

/** Every metric that these charts draw. */
export const metricsOf = (plans: readonly ChartPlan[]): string[] =>
  plans.flatMap(({ name, share }) => (share ? [name, share.name] : [name]));

/** How a metric is shown: charts follow `order`, then the name. */
export interface MetricInfo {
  readonly name: string;
  readonly label: string;
  readonly unit: '' | 's' | 'tokens' | 'tokens/s' | 'GB' | 'share';
  readonly order: number;
}

type Row = readonly [name: string, label: string, unit: MetricInfo['unit'], ...native: string[]];

/** Canonical names of run events v1 (trainers.md §9), in the order of the dashboard, each with TRL's own keys. */
const rows: readonly Row[] = [
  ['reward', 'reward', '', 'reward'],
  ['reward_std', 'reward spread', '', 'reward_std'],
  ['loss', 'loss', '', 'loss', 'eval_loss'],
  ['token_acc', 'token accuracy', 'share', 'mean_token_accuracy', 'eval_mean_token_accuracy'],
  ['kl', 'KL to the reference', '', 'kl'],
  ['entropy', 'entropy', '', 'entropy', 'eval_entropy'],
  ['len/mean', 'completion length, mean', 'tokens', 'completions/mean_length'],
  ['len/max', 'completion length, longest', 'tokens', 'completions/max_length'],
  ['trunc_frac', 'truncated completions', 'share', 'completions/clipped_ratio'],
  ['adv_zero_frac', 'uniform groups', 'share', 'frac_reward_zero_std'],
  ['clip_frac', 'clipped tokens', 'share', 'clip_ratio/region_mean'],
  ['lr', 'learning rate', '', 'learning_rate'],
  ['grad_norm', 'gradient norm', '', 'grad_norm'],
  ['step_s', 'time per step', 's', 'step_time'],
  ['gen_s', 'time generating', 's'],
  ['tok_s', 'speed', 'tokens/s'],
  ['mem_gb', 'memory', 'GB'],
];

const known = new Map<string, MetricInfo>(
  rows.map(([name, label, unit], order) => [name, { name, label, unit, order }]),
);
const canonicalOfNative = new Map(rows.flatMap(([name, , , ...native]) => native.map((key) => [key, name])));

/** What is known of a metric; reward parts follow the reward, unknown names come last under their own name. */
export function metricInfo(name: string): MetricInfo {
  const info = known.get(name);
  if (info) return info;
  if (name.startsWith('reward/')) return { name, label: `reward: ${name.slice(7)}`, unit: '', order: 0.5 };
  return { name, label: name, unit: '', order: rows.length };
}

/** The canonical name behind a key of TRL's own log, or null when there is none. */
export function canonicalMetric(native: string): string | null {
  const part = /^(?:eval_)?rewards\/(.+)\/mean$/.exec(native);
  if (part) return `reward/${part[1]}`;
  return canonicalOfNative.get(native) ?? canonicalOfNative.get(native.replace(/^eval_/, '')) ?? null;
}

/** Sorts metric names as the dashboard shows them. */
export function compareMetrics(a: string, b: string): number {
  const difference = metricInfo(a).order - metricInfo(b).order;
  return difference || (a < b ? -1 : a > b ? 1 : 0);
}

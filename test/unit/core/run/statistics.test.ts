import { expect, test } from 'vitest';
import { groupStatistics, orderGroups } from '../../../../src/core/run/group-statistics.ts';
import { canonicalMetric, compareMetrics, metricInfo } from '../../../../src/core/run/metric-names.ts';
import { thin } from '../../../../src/core/run/series.ts';
import { wilsonInterval } from '../../../../src/core/run/wilson.ts';

test('Wilson intervals are those of the published tables', () => {
  const cases: readonly (readonly [number, number, number, number])[] = [
    [0, 10, 0, 0.2775],
    [5, 10, 0.2366, 0.7634],
    [10, 10, 0.7225, 1],
    [81, 263, 0.2553, 0.3662],
    [1, 1, 0.2065, 1],
    [0, 0, 0, 1],
  ];
  for (const [correct, n, low, high] of cases) {
    const interval = wilsonInterval(correct, n);
    expect(interval.low, `${correct} of ${n}`).toBeCloseTo(low, 4);
    expect(interval.high, `${correct} of ${n}`).toBeCloseTo(high, 4);
  }
});

test('statistics of a group leave out what got no reward, and say how much that is', () => {
  expect(groupStatistics([1, 0, 1, 0])).toMatchObject({
    mean: 0.5,
    spread: 1,
    uniform: false,
    withoutReward: 0,
  });
  expect(groupStatistics([1, 0, 1, 0]).std).toBeCloseTo(0.57735, 5);
  expect(groupStatistics([1, 1, 'NaN', null])).toMatchObject({
    mean: 1,
    std: 0,
    uniform: true,
    withoutReward: 2,
  });
  expect(groupStatistics([null])).toMatchObject({ mean: null, uniform: false, withoutReward: 1 });
});

test('groups are ordered, those without a reward last', () => {
  const groups = [
    { name: 'a', mean: 0.5, spread: 1 },
    { name: 'b', mean: null, spread: null },
    { name: 'c', mean: 0.1, spread: 0 },
    { name: 'd', mean: 0.9, spread: 0.2 },
  ];
  const names = (order: Parameters<typeof orderGroups>[1]) =>
    orderGroups(groups, order)
      .map(({ name }) => name)
      .join('');
  expect(['file', 'worst', 'best', 'widest', 'uniform'].map((order) => names(order as 'file'))).toEqual([
    'abcd',
    'cadb',
    'dacb',
    'adcb',
    'c',
  ]);
});

test('native keys of TRL have canonical names', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['learning_rate', 'lr'],
    ['rewards/answer/mean', 'reward/answer'],
    ['eval_rewards/answer/mean', 'reward/answer'],
    ['completions/mean_length', 'len/mean'],
    ['eval_loss', 'loss'],
    ['completions/min_length', null],
  ];
  for (const [native, canonical] of cases) expect(canonicalMetric(native), native).toBe(canonical);
  expect(['x', 'loss', 'reward/format', 'reward'].sort(compareMetrics)).toEqual([
    'reward',
    'reward/format',
    'loss',
    'x',
  ]);
  expect(metricInfo('reward/format').label).toBe('reward: format');
});

test('a thinned series keeps its extremes, its ends and what is not finite', () => {
  const steps = Array.from({ length: 10_000 }, (_, index) => index);
  const values = steps.map((step) =>
    step === 5000 ? 99 : step === 7000 ? ('NaN' as const) : Math.sin(step / 50),
  );
  const places = thin(values, 400, 0, steps.length);
  expect(places.length).toBeLessThanOrEqual(400);
  expect(places.at(-1)).toBe(9999);
  expect(places).toContain(5000);
  expect(places).toContain(7000);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(thin(values, 400, 20, 23)).toEqual([20, 21, 22]);
  expect(thin(values, 400, 20, 20)).toEqual([]);
});

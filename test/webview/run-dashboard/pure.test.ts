import { describe, expect, it } from 'vitest';
import { parseSegments } from '../../../src/core/trace/segments.ts';
import { runDashboardContract } from '../../../src/protocol/run-dashboard.ts';
import {
  alignSeries,
  nearestPoint,
  nearestStep,
  seriesToCsv,
  smoothLine,
  tickLabels,
} from '../../../webview/run-dashboard/chart-data.ts';
import { chartFileName } from '../../../webview/run-dashboard/chart-file-name.ts';
import { planCharts } from '../../../webview/run-dashboard/chart-plan.ts';
import { withoutPlaceholders } from '../../../webview/run-dashboard/placeholders.ts';
import { rewardParts, rewardScale } from '../../../webview/run-dashboard/reward-parts.ts';
import { specSections } from '../../../webview/run-dashboard/spec-rows.ts';
import { diffWords, pairSegments } from '../../../webview/run-dashboard/text-diff.ts';

describe('series', () => {
  it('come to one axis: absent is no gap, null and non-finite are', () => {
    const aligned = alignSeries([
      { steps: [1, 2, 3], values: [1, 'NaN', null] },
      { steps: [2, 4], values: [5, 6] },
    ]);
    expect(aligned.steps).toEqual([1, 2, 3, 4]);
    expect(aligned.lines).toEqual([
      [1, null, null, undefined],
      [undefined, 5, undefined, 6],
    ]);
    expect(aligned.odd).toEqual([[{ step: 2, value: 'NaN' }], []]);
  });

  it('are smoothed without lag, gaps kept, and not at all when short', () => {
    expect(smoothLine([1, 2, 3])).toBeNull();
    const ramp = Array.from({ length: 100 }, (_, at) => (at === 50 ? null : at));
    const smooth = smoothLine(ramp);
    expect(smooth?.[50]).toBeNull();
    expect(smooth?.[30]).toBeCloseTo(30, 0);
    expect(smooth?.[70]).toBeCloseTo(70, 0);
    const spike = smoothLine([...Array.from({ length: 99 }, () => 0), 1]);
    expect(spike?.[99]).toBeLessThan(0.4);
  });

  it.each([
    [[1, 5, 9], 6, 1],
    [[1, 5, 9], 8, 2],
    [[1, 5, 9], -4, 0],
    [[1, 5, 9], 99, 2],
    [[], 3, -1],
  ])('%j has its point nearest to %d at %d', (steps, step, place) => {
    expect(nearestPoint(steps, steps, step)).toBe(place);
    expect(nearestStep(steps, step)).toBe(steps[place]);
  });

  it('become CSV with quoted names and empty cells', () => {
    expect(
      seriesToCsv([
        { name: 'a,b', split: 'train', steps: [1, 2], values: [0.5, 'Infinity'], seconds: [3, 6] },
        { name: 'a,b', split: 'eval', steps: [2], values: [null], seconds: [6] },
      ]),
    ).toBe('step,"train/a,b","eval/a,b"\n1,0.5,\n2,Infinity,\n');
  });

  it.each([
    ['grpo 1', 'rewards/answer', 'grpo-1-rewards-answer'],
    ['../../.profile', 'loss', 'profile-loss'],
    ['训练', 'loss', 'loss'],
    ['训练', '', 'chart'],
    ['a', 'x'.repeat(500), `a-${'x'.repeat(118)}`],
  ])('of %j, %j go to a file that the host takes', (run, metric, name) => {
    expect(chartFileName(run, metric)).toBe(name);
    const request = { name, format: 'csv', text: '' };
    expect(runDashboardContract.methods['export-chart'].request.safeParse(request).success).toBe(true);
  });

  it.each([
    [[0, 0.5, 1], 0.5, ['0.0', '0.5', '1.0']],
    [[0, 5e-7, 1e-6], 5e-7, ['0', '5e−7', '1e−6']],
    [[9.96e-6, 9.98e-6, 1e-5], 2e-8, ['9.96e−6', '9.98e−6', '1e−5']],
    [[100_100, 100_101, 100_102], 1, ['100.1K', '100.101K', '100.102K']],
    [[0.4, 0.425, 0.45], 0.025, ['0.400', '0.425', '0.450']],
    [[-10, 0, 10], 10, ['−10', '0', '10']],
    [[0, 10_000, 20_000], 10_000, ['0', '10K', '20K']],
  ])('tick labels of %j', (splits, by, labels) => {
    expect(tickLabels(splits, by)).toEqual(labels);
  });
});

it('charts follow the order of the metrics, lengths and truncation share one', () => {
  const { main, rest } = planCharts([
    'lr',
    'mem_gb',
    'trunc_frac',
    'reward/answer',
    'len/mean',
    'reward',
    'mine',
  ]);
  expect(main.map(({ name }) => name)).toEqual(['reward', 'reward/answer', 'len/mean', 'lr']);
  expect(main[2]?.share?.name).toBe('trunc_frac');
  expect(rest.map(({ name }) => name)).toEqual(['mem_gb', 'mine']);
  expect(planCharts(['trunc_frac']).main.map(({ name }) => name)).toEqual(['trunc_frac']);
  const names = (...rewards: { name: string; weight: number }[]) =>
    planCharts(['reward', 'reward/answer'], rewards).main.map(({ name }) => name);
  // The only reward with weight 1 is the total once more.
  expect(names({ name: 'answer', weight: 1 })).toEqual(['reward']);
  expect(names({ name: 'answer', weight: 2 })).toEqual(['reward', 'reward/answer']);
  expect(names({ name: 'answer', weight: 1 }, { name: 'format', weight: 0.2 })).toContain('reward/answer');
});

it('reward parts keep the run’s order and weights, strange ones come last', () => {
  const rewards = [
    { name: 'answer', weight: 1 },
    { name: 'format', weight: 0.2 },
  ];
  const rollout = { rewards: { mine: 2, format: 1, answer: 'NaN' as const }, reward: 'NaN' as const };
  expect(rewardParts(rollout, rewards).map(({ name, share }) => [name, share])).toEqual([
    ['answer', null],
    ['format', 0.2],
    ['mine', 2],
  ]);
  expect(rewardScale([], rewards)).toEqual({ low: 0, high: 1.2 });
  expect(rewardScale([{ rewards: { answer: -2 }, reward: -2 }], rewards)).toEqual({ low: -2, high: 1.2 });
  expect(rewardScale([], [])).toEqual({ low: 0, high: 1 });
});

it.each([
  ['<image>How many?', 1, 'How many?'],
  ['<image>\n<image>\nWhich?', 2, '[image 1]\n[image 2]\nWhich?'],
  ['The <image> tag', 0, 'The <image> tag'],
])('prompt %j with %d images reads %j', (text, images, shown) => {
  expect(withoutPlaceholders(text, images)).toBe(shown);
});

describe('text diff', () => {
  it.each([
    ['', ''],
    ['same', 'same'],
    ['the red ball', 'the blue ball'],
    ['a b c', ''],
    ['', 'x'],
    ['one two three four', 'zero one three five four'],
    ['<b>x</b>\n', '<b>y</b>\n'],
    ['日本語の文', '日本の文字'],
    ['word '.repeat(3000), `${'word '.repeat(1500)}other ${'word '.repeat(1400)}`],
    [
      Array.from({ length: 9000 }, (_, at) => `a${at}`).join(' '),
      Array.from({ length: 9000 }, (_, at) => `b${at}`).join(' '),
    ],
  ])('gives both sides back (%#)', (before, after) => {
    const parts = diffWords(before, after);
    const join = (other: string) =>
      parts
        .filter(({ kind }) => kind !== other)
        .map(({ text }) => text)
        .join('');
    expect(join('added')).toBe(before);
    expect(join('removed')).toBe(after);
  });

  it('marks only the words that differ', () => {
    expect(diffWords('the red ball', 'the blue ball')).toEqual([
      { kind: 'same', text: 'the ' },
      { kind: 'removed', text: 'red' },
      { kind: 'added', text: 'blue' },
      { kind: 'same', text: ' ball' },
    ]);
  });

  it('pairs segments of one kind and leaves the others alone', () => {
    const completion = (text: string) => ({ text, segments: parseSegments(text) });
    const left = completion('<caption>c</caption>\n<think>t</think>\n<answer>1</answer>');
    const right = completion('<think>u</think>\n<reflection>r</reflection>\n<answer>2</answer>');
    expect(pairSegments(left, right)).toEqual([
      { kind: 'caption', left: 'c', right: null },
      { kind: 'think', left: 't', right: 'u' },
      { kind: 'reflection', left: null, right: 'r' },
      { kind: 'answer', left: '1', right: '2' },
    ]);
  });
});

it.each([
  [null, []],
  [
    { a: 1, b: { c: [1, 2], d: {} } },
    [
      { title: 'Spec', rows: [['a', '1']] },
      {
        title: 'b',
        rows: [
          ['c', '1, 2'],
          ['d', 'none'],
        ],
      },
    ],
  ],
  [
    { rewards: [{ name: 'x', weight: 1 }] },
    [
      {
        title: 'rewards',
        rows: [
          ['[0].name', 'x'],
          ['[0].weight', '1'],
        ],
      },
    ],
  ],
])('spec %j as a table', (spec, sections) => {
  expect(
    specSections(spec).map(({ title, rows }) => ({
      title,
      rows: rows.map(({ name, value }) => [name, value]),
    })),
  ).toEqual(sections);
});

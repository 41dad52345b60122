import { describe, expect, it } from 'vitest';
import { mostCompared } from '../../../src/protocol/run-dashboard.ts';
import type { SeriesView } from '../../../webview/run-dashboard/chart-data.ts';
import { chartPicture } from '../../../webview/run-dashboard/chart-picture.ts';
import { readChartTheme } from '../../../webview/run-dashboard/chart-theme.ts';
import { lookDashes, withLooks } from '../../../webview/run-dashboard/compare-looks.ts';
import { differingSettings, stepDifferences } from '../../../webview/run-dashboard/differing-settings.ts';
import { overlayValue, stepAt } from '../../../webview/run-dashboard/overlay-drawing.ts';
import { isTelling, points, pValue } from '../../../webview/run-dashboard/paired-words.ts';
import { placeWords, rangeWords, timeLabels } from '../../../webview/run-dashboard/time-axis.ts';

const run = (spec: object, stage = 'grpo', model = 'org/tiny') => ({ stage, model, spec });

describe('settings that differ', () => {
  it.each<[string, Parameters<typeof differingSettings>[0], [string, ...(string | null)[]][]]>([
    ['nothing', [run({ seed: 1 }), run({ seed: 1 })], []],
    ['a name alone', [run({ name: 'a', version: 1 }), run({ name: 'b', version: 1 })], []],
    ['a value', [run({ seed: 1 }), run({ seed: 2 })], [['seed', '1', '2']]],
    ['what one does not set', [run({ seed: 1 }), run({})], [['seed', '1', null]]],
    [
      'what is inside another',
      [run({ dataset: { path: 'a' } }), run({ dataset: { path: 'b' } })],
      [['dataset.path', 'a', 'b']],
    ],
    [
      'a reward',
      [
        run({ rewards: [{ name: 'answer', weight: 1 }] }),
        run({ rewards: [{ name: 'answer', weight: 0.5 }] }),
      ],
      [['rewards[0].weight', '1', '0.5']],
    ],
    // The spec of SFT has settings of GRPO, too, and uses none.
    ['what only one stage uses', [run({ beta: 0.1 }), run({ beta: 0 }, 'sft')], []],
    [
      'the same among two of a stage',
      [run({ beta: 0.1 }), run({ beta: 0.2 }), run({ beta: 0 }, 'sft')],
      [['beta', '0.1', '0.2', null]],
    ],
    [
      'models by the name they were asked for',
      [run({ model: '/a/checkpoint-5' }, 'grpo', 'run:sft'), run({ model: 'org/tiny' })],
      [['model', 'run:sft', 'org/tiny']],
    ],
    [
      'models by their paths where one name was two models',
      [
        run({ model: '/a/checkpoint-5' }, 'grpo', 'run:sft'),
        run({ model: '/a/checkpoint-9' }, 'grpo', 'run:sft'),
      ],
      [['model', '/a/checkpoint-5', '/a/checkpoint-9']],
    ],
  ])('%s', (_, runs, expected) => {
    expect(differingSettings(runs).map(({ name, values }) => [name, ...values])).toEqual(expected);
  });

  it.each<[string, object, object, string[]]>([
    ['the same work', {}, {}, []],
    ['a stage', {}, { stage: 'sft' }, ['stages']],
    ['a trainer', {}, { trainer: 'verl 0.6' }, ['trainers']],
    ['a batch', {}, { spec: { gradient_accumulation: 4 } }, ['batch sizes']],
    ['a group', { spec: { group_size: 8 } }, { spec: { group_size: 16 } }, ['group sizes']],
    [
      'a group of SFT, which has none',
      { spec: { group_size: 8 } },
      { stage: 'sft', spec: { group_size: 16 } },
      ['stages'],
    ],
  ])('a step is other work by %s', (_, one, another, expected) => {
    const usual = { stage: 'grpo', trainer: 'trl 1.13.0', spec: {} };
    expect(
      stepDifferences([
        { ...usual, ...one },
        { ...usual, ...another },
      ]),
    ).toEqual(expected);
  });
});

describe('looks', () => {
  it('stay with their runs, and who comes gets the first free one', () => {
    const two = withLooks(['a', 'b'], []);
    expect(two.map(({ look }) => look)).toEqual([1, 2]);
    expect(withLooks(['b', 'c', 'd'], two).map(({ look }) => look)).toEqual([2, 1, 3]);
  });

  it('are as many as runs can be compared, each with a dash of its own', () => {
    expect(new Set(lookDashes.map(String)).size).toBe(mostCompared + 1);
  });
});

describe('the picture of a chart', () => {
  const heightWith = async (names: readonly string[]): Promise<number> => {
    const chart = document.createElement('canvas');
    chart.width = 300 * devicePixelRatio;
    chart.height = 100 * devicePixelRatio;
    const lines = names.map((name) => ({ name, stroke: 'red', dash: [] }));
    const picture = await createImageBitmap(
      await chartPicture(chart, 'reward', 'mine', readChartTheme(), lines),
    );
    return picture.height / devicePixelRatio;
  };
  const long = 'a-run-with-a-name-of-some-length';

  it.each([
    [[], 142],
    [['mine', 'wide'], 162],
    [[long, long, long], 202],
  ])('has a legend of %j in as many rows as it needs', async (names, height) => {
    expect(await heightWith(names)).toBe(height);
  });
});

describe('places of an axis', () => {
  const series: SeriesView = {
    name: 'reward',
    split: 'train',
    steps: [1, 2, 3],
    values: [0.1, 0.2, 'NaN'],
    // The clock was set back between.
    seconds: [50, 40, 150],
  };
  const one = { id: 'a', name: 'a', look: 0, series: [series] };

  it.each([
    ['step', null, 'NaN'],
    ['step', 2, 0.2],
    ['step', 0, null],
    ['step', 4, null],
    ['time', 140, 'NaN'],
    ['time', 50, 0.1],
    ['time', 20, null],
    ['time', 200, null],
  ] as const)('by %s at %s the value is %s', (axis, place, expected) => {
    expect(overlayValue(one, axis, place)).toBe(expected);
  });

  it.each([
    ['step', 7, 7],
    ['time', 150, 3],
  ] as const)('by %s at %d a click opens step %d', (axis, place, step) => {
    expect(stepAt(one, axis, place)).toBe(step);
  });

  it('by time without a series is no step', () => {
    expect(stepAt(undefined, 'time', 3)).toBeNull();
  });

  it.each([
    [[0, 10, 20], 10, ['0', '10 s', '20 s']],
    [[0, 300, 600], 300, ['0', '5 m', '10 m']],
    [[0, 1800, 3600], 1800, ['0', '0.5 h', '1 h']],
  ])('%j every %d s are %j', (splits, increment, labels) => {
    expect(timeLabels(splits, increment)).toEqual(labels);
  });

  it('have words', () => {
    expect(placeWords('step', 1200)).toBe('step 1,200');
    expect(rangeWords('step', { from: 5, to: 20 })).toBe('5 to 20');
    expect(placeWords('time', 90)).not.toContain('step');
  });
});

it.each([
  [0.1234, '+12.3', 0.04, 'p 0.04', true],
  [-0.5, '−50.0', 0.00004, 'p < 0.001', true],
  [0, '±0.0', 1, 'p 1', false],
  [0.01, '+1.0', 0.05, 'p 0.05', false],
])('a difference of %d is %s points, p = %d is written %s', (difference, inPoints, p, written, isMarked) => {
  expect(points(difference)).toBe(inPoints);
  expect(pValue(p)).toBe(written);
  expect(isTelling(p)).toBe(isMarked);
});

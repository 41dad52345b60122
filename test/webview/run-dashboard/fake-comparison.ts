import { parseSegments } from '../../../src/core/trace/segments.ts';
import type { FlipSummary, FlipView } from '../../../src/protocol/evaluation-views.ts';
import type { ComparedRunView } from '../../../src/protocol/run-dashboard.ts';
import type { SeriesView } from '../../../webview/run-dashboard/chart-data.ts';

/** Values one a step from step 1, by `split/name`. */
export type FakeMetrics = Readonly<Record<string, SeriesView['values']>>;

export interface FakeFlip {
  readonly index: number;
  readonly correct: 'a' | 'b';
  readonly prompt?: string;
  readonly missing?: string;
  readonly a: string;
  readonly b: string;
}

export interface FakeOther {
  readonly run: Pick<ComparedRunView, 'id' | 'name'> & Partial<ComparedRunView>;
  readonly metrics: FakeMetrics;
  readonly secondsPerStep?: number;
}

/** Series as a host gives them: values one a step from step 1. */
export function seriesOf(
  metrics: FakeMetrics,
  lastStep: number,
  secondsPerStep: number,
  asked: {
    names: string[];
    points: number;
    axis: 'step' | 'time';
    from?: number | undefined;
    to?: number | undefined;
  },
): SeriesView[] {
  const { names, points, axis, from = 0, to = Number.POSITIVE_INFINITY } = asked;
  return names.flatMap((name) =>
    (['train', 'eval'] as const).flatMap((split) => {
      const values = metrics[`${split}/${name}`];
      if (!values) return [];
      const all = values
        .map((value, at) => ({ step: at + 1, value, second: (at + 1) * secondsPerStep }))
        .filter(({ step, second, value }) => {
          const place = axis === 'time' ? second : step;
          return place >= from && place <= to && step <= lastStep && !(split === 'eval' && value === null);
        });
      const every = Math.max(1, Math.ceil(all.length / points));
      const kept = all.filter((_, at) => at % every === 0 || at === all.length - 1);
      return [
        {
          name,
          split,
          steps: kept.map(({ step }) => step),
          values: kept.map(({ value }) => value),
          seconds: kept.map(({ second }) => second),
        },
      ];
    }),
  );
}

export function otherView({ run, metrics }: FakeOther): ComparedRunView {
  return {
    stage: 'grpo',
    trainer: 'trl 1.13.0',
    model: 'org/tiny',
    status: { kind: 'completed' },
    seq: 1,
    step: Math.max(0, ...Object.values(metrics).map((values) => values.length)),
    maxSteps: 120,
    elapsedSeconds: 600,
    metrics: [...new Set(Object.keys(metrics).map((key) => key.slice(key.indexOf('/') + 1)))],
    spec: {},
    ...run,
  };
}

export function flipView(flips: readonly FakeFlip[], index: number): FlipView {
  const one = flips.find((flip) => flip.index === index);
  if (!one) throw { code: 'request-invalid', message: 'Both answer this row alike.', hint: '' };
  const graded = (text: string, isRight: boolean): FlipView['a'] => ({
    completion: { text, truncated: false, segments: parseSegments(text) },
    tokens: 12,
    finish: 'stop',
    verdict: { state: isRight ? 'correct' : 'incorrect', extracted: '7', rule: 'string-equal' },
  });
  return {
    index,
    id: `row-${index}`,
    turns: one.missing ? [] : [{ role: 'user', text: one.prompt ?? '' }],
    images: [],
    missing: one.missing ?? '',
    groundTruth: '7',
    a: graded(one.a, one.correct === 'a'),
    b: graded(one.b, one.correct === 'b'),
  };
}

/** A page of flips as a host gives it. */
export function flipsPage(
  all: readonly FakeFlip[],
  { side, offset, count }: { side: 'either' | 'a' | 'b'; offset: number; count: number },
): { total: number; matched: number; flips: FlipSummary[] } {
  const matching = all.filter(({ correct }) => side === 'either' || side === correct);
  return {
    total: all.length,
    matched: matching.length,
    flips: matching.slice(offset, offset + count).map((one) => ({
      index: one.index,
      id: `row-${one.index}`,
      groundTruth: '7',
      prompt: one.prompt ?? '',
      images: 0,
      correct: one.correct,
      verdictA: {
        state: one.correct === 'a' ? 'correct' : 'incorrect',
        extracted: '7',
      },
      verdictB: {
        state: one.correct === 'b' ? 'correct' : 'unparsed',
        extracted: null,
      },
    })),
  };
}

import type uPlot from 'uplot';
import type { OddValue } from './chart-data.ts';
import type { ChartTheme } from './chart-theme.ts';

export interface ChartMarks {
  /** Steps at which the run was taken up again. */
  readonly restarts: readonly number[];
  readonly checkpoints: readonly number[];
  /** Step whose rollouts are shown, if any. */
  readonly shown: number | null;
  readonly odd: readonly OddValue[];
}

/** Draws what is not a line: restarts as dashes, checkpoints as ticks on the axis, non-finite values at the top. */
export function drawMarks(chart: uPlot, marks: ChartMarks, theme: ChartTheme): void {
  const { ctx, bbox } = chart;
  const { min = 0, max = 0 } = chart.scales.x ?? {};
  const ratio = devicePixelRatio;
  const visible = (step: number) => step >= Number(min) && step <= Number(max);
  const x = (step: number) => Math.round(chart.valToPos(step, 'x', true)) + 0.5;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.lineWidth = ratio;
  const upright = (step: number, color: string, dash: number[]) => {
    ctx.strokeStyle = color;
    ctx.setLineDash(dash.map((length) => length * ratio));
    ctx.beginPath();
    ctx.moveTo(x(step), bbox.top);
    ctx.lineTo(x(step), bottom);
    ctx.stroke();
  };
  ctx.globalAlpha = 0.6;
  for (const step of marks.restarts.filter(visible)) upright(step, theme.text, [2, 3]);
  ctx.globalAlpha = 1;
  if (marks.shown !== null && visible(marks.shown)) upright(marks.shown, theme.mark, []);
  ctx.setLineDash([]);
  ctx.fillStyle = theme.checkpoint;
  for (const step of marks.checkpoints.filter(visible)) {
    ctx.beginPath();
    ctx.moveTo(x(step), bottom - 5 * ratio);
    ctx.lineTo(x(step) + 3.5 * ratio, bottom);
    ctx.lineTo(x(step) - 3.5 * ratio, bottom);
    ctx.fill();
  }
  ctx.strokeStyle = theme.odd;
  ctx.lineWidth = 1.5 * ratio;
  for (const { step } of marks.odd.filter(({ step }) => visible(step))) {
    const [at, top, arm] = [x(step), bbox.top + 5 * ratio, 3 * ratio];
    ctx.beginPath();
    ctx.moveTo(at - arm, top - arm);
    ctx.lineTo(at + arm, top + arm);
    ctx.moveTo(at + arm, top - arm);
    ctx.lineTo(at - arm, top + arm);
    ctx.stroke();
  }
  ctx.restore();
}

import { formatCount, formatDuration } from '../elements/format.ts';
import type { Axis } from './view-state.ts';

/** Distances between ticks of a time axis, s. */
export const timeIncrements = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800,
];

/** `0`, `30 s`, `5 m`, `1.5 h`: the unit of the distance between ticks, so that all of an axis agree. */
export function timeLabels(splits: readonly number[], increment: number): string[] {
  const [unit, seconds] = increment >= 1800 ? ['h', 3600] : increment >= 60 ? ['m', 60] : ['s', 1];
  return splits.map((value) =>
    value === 0 ? '0' : `${Number((value / Number(seconds)).toFixed(2))} ${unit}`,
  );
}

/** What the read-out calls a place of the axis. */
export const placeWords = (axis: Axis, place: number): string =>
  axis === 'time' ? formatDuration(place) : `step ${formatCount(place)}`;

/** `12 to 30`, `5 m to 12 m`. */
export const rangeWords = (
  axis: Axis,
  { from, to }: { readonly from: number; readonly to: number },
): string => {
  const write = axis === 'time' ? formatDuration : formatCount;
  return `${write(from)} to ${write(to)}`;
};

import type { DiskNumber } from './events.ts';

/** Which write of a value wins: the later restart, then the later event. */
export interface Mark {
  readonly restart: number;
  readonly seq: number;
}

export const isLater = (a: Mark, b: Mark): boolean =>
  a.restart > b.restart || (a.restart === b.restart && a.seq > b.seq);

/** The points of one metric as columns, ascending by step, one value a step. */
export class Series {
  readonly steps: number[] = [];
  readonly values: DiskNumber[] = [];
  /** When each point was written, Unix seconds, and by which restart. */
  readonly times: number[] = [];
  readonly restarts: number[] = [];
  private readonly seqs: number[] = [];

  /** Puts a point in its place; of two at one step the later write stays. */
  put(step: number, value: DiskNumber, mark: Mark & { readonly ts: number }): void {
    const at = this.placeOf(step);
    if (this.steps[at] === step) {
      const old = { restart: this.restarts[at] ?? 0, seq: this.seqs[at] ?? 0 };
      if (!isLater(mark, old)) return;
      this.values[at] = value;
      this.times[at] = mark.ts;
      this.restarts[at] = mark.restart;
      this.seqs[at] = mark.seq;
    } else if (at === this.steps.length) {
      this.steps.push(step);
      this.values.push(value);
      this.times.push(mark.ts);
      this.restarts.push(mark.restart);
      this.seqs.push(mark.seq);
    } else {
      this.steps.splice(at, 0, step);
      this.values.splice(at, 0, value);
      this.times.splice(at, 0, mark.ts);
      this.restarts.splice(at, 0, mark.restart);
      this.seqs.splice(at, 0, mark.seq);
    }
  }

  /** Forgets what restarts before `restart` wrote after `step`: the run went back there. */
  supersede(restart: number, step: number): void {
    let kept = this.placeOf(step + 1);
    for (let index = kept; index < this.steps.length; index++) {
      if ((this.restarts[index] ?? 0) < restart) continue;
      this.steps[kept] = this.steps[index] ?? 0;
      this.values[kept] = this.values[index] ?? null;
      this.times[kept] = this.times[index] ?? 0;
      this.restarts[kept] = this.restarts[index] ?? 0;
      this.seqs[kept] = this.seqs[index] ?? 0;
      kept++;
    }
    for (const column of [this.steps, this.values, this.times, this.restarts, this.seqs])
      column.length = kept;
  }

  /** Position of the first point at or after `step`. */
  placeOf(step: number): number {
    const last = this.steps.at(-1);
    if (last === undefined || step > last) return this.steps.length;
    return placeAtLeast(this.steps.length, (at) => this.steps[at] ?? 0, step);
  }
}

/** The first of `length` places whose value is at least `wanted`, `length` when there is none; values ascend. */
export function placeAtLeast(length: number, valueAt: (place: number) => number, wanted: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (valueAt(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Places of at most about `points` values from `first` to `end`, in order: of each bucket of equal length the lowest,
 * highest and last stay in reach of the eye, and one that is not finite.
 */
export function thin(values: readonly DiskNumber[], points: number, first: number, end: number): number[] {
  const total = end - first;
  if (total <= points) return Array.from({ length: Math.max(0, total) }, (_, at) => first + at);
  const places: number[] = [];
  const buckets = Math.max(1, Math.floor(points / 4));
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = first + Math.floor((bucket * total) / buckets);
    const to = first + Math.floor(((bucket + 1) * total) / buckets);
    let low = -1;
    let high = -1;
    let odd = -1;
    for (let index = from; index < to; index++) {
      const value = values[index];
      if (typeof value === 'number') {
        if (low < 0 || value < Number(values[low])) low = index;
        if (high < 0 || value > Number(values[high])) high = index;
      } else if (odd < 0 && typeof value === 'string') odd = index;
    }
    const chosen = new Set([low, high, odd, to - 1].filter((index) => index >= 0));
    places.push(...[...chosen].sort((a, b) => a - b));
  }
  return places;
}

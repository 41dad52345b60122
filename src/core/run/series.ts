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
  private readonly restarts: number[] = [];
  private readonly seqs: number[] = [];

  /** Puts a point in its place; of two at one step the later write stays. */
  put(step: number, value: DiskNumber, mark: Mark): void {
    const at = this.placeOf(step);
    if (this.steps[at] === step) {
      const old = { restart: this.restarts[at] ?? 0, seq: this.seqs[at] ?? 0 };
      if (!isLater(mark, old)) return;
      this.values[at] = value;
      this.restarts[at] = mark.restart;
      this.seqs[at] = mark.seq;
    } else if (at === this.steps.length) {
      this.steps.push(step);
      this.values.push(value);
      this.restarts.push(mark.restart);
      this.seqs.push(mark.seq);
    } else {
      this.steps.splice(at, 0, step);
      this.values.splice(at, 0, value);
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
      this.restarts[kept] = this.restarts[index] ?? 0;
      this.seqs[kept] = this.seqs[index] ?? 0;
      kept++;
    }
    for (const column of [this.steps, this.values, this.restarts, this.seqs]) column.length = kept;
  }

  /** Position of the first point at or after `step`. */
  placeOf(step: number): number {
    const last = this.steps.at(-1);
    if (last === undefined || step > last) return this.steps.length;
    let low = 0;
    let high = this.steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.steps[middle] ?? 0) < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * At most about `points` points of `[from, to]`, in order: of each bucket of equal length the first, lowest, highest,
 * last and every non-finite value stay in reach of the eye (min, max and last; non-finite ones always while they fit).
 */
export function thin(
  series: Pick<Series, 'steps' | 'values'>,
  points: number,
  first: number,
  end: number,
): { steps: number[]; values: DiskNumber[] } {
  const steps: number[] = [];
  const values: DiskNumber[] = [];
  const take = (index: number) => {
    steps.push(series.steps[index] ?? 0);
    values.push(series.values[index] ?? null);
  };
  const total = end - first;
  if (total <= points) {
    for (let index = first; index < end; index++) take(index);
    return { steps, values };
  }
  const buckets = Math.max(1, Math.floor(points / 4));
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = first + Math.floor((bucket * total) / buckets);
    const to = first + Math.floor(((bucket + 1) * total) / buckets);
    let low = -1;
    let high = -1;
    let odd = -1;
    for (let index = from; index < to; index++) {
      const value = series.values[index];
      if (typeof value === 'number') {
        if (low < 0 || value < Number(series.values[low])) low = index;
        if (high < 0 || value > Number(series.values[high])) high = index;
      } else if (odd < 0 && typeof value === 'string') odd = index;
    }
    const chosen = new Set([low, high, odd, to - 1].filter((index) => index >= 0));
    for (const index of [...chosen].sort((a, b) => a - b)) take(index);
  }
  return { steps, values };
}

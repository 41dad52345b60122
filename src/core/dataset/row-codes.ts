/** What is known of a row, one byte each, so that a million rows cost megabytes. 0 is always "not looked at yet". */
export const statusCodes = { ok: 1, broken: 2, blank: 3 } as const;
export const verdictCodes = { none: 1, correct: 2, incorrect: 3, unparsed: 4 } as const;

/** What is known of a row's problems, as bits: a fault of its own, images to look at, an image that cannot be used. */
export const faultBits = { own: 1, images: 2, image: 4 } as const;

/** A verdict, or `none` of a row that cannot be graded. */
export type VerdictName = keyof typeof verdictCodes;

const namesByCode: readonly VerdictName[] = ['none', 'none', 'correct', 'incorrect', 'unparsed'];

/** The verdict of a code in a byte array. */
export function verdictName(code: number | undefined): VerdictName {
  return namesByCode[code ?? 0] ?? 'none';
}

/**
 * Numbers the occurrences of equal 64-bit hashes in order, in 12 bytes a slot: a Map of a million strings would cost
 * a hundred megabytes.
 */
export class OccurrenceCounter {
  #high: Uint32Array;
  #low: Uint32Array;
  #seen: Uint32Array;
  #used = 0;

  constructor(expected: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 2)));
    this.#high = new Uint32Array(slots);
    this.#low = new Uint32Array(slots);
    this.#seen = new Uint32Array(slots);
  }

  /** How often this hash was given before. */
  next(high: number, low: number): number {
    if (this.#used * 2 > this.#seen.length) this.#grow();
    const slot = this.#slot(high, low);
    const before = this.#seen[slot] ?? 0;
    if (before === 0) {
      this.#high[slot] = high;
      this.#low[slot] = low;
      this.#used++;
    }
    this.#seen[slot] = before + 1;
    return before;
  }

  #slot(high: number, low: number): number {
    const mask = this.#seen.length - 1;
    let slot = (high ^ (low * 31)) & mask;
    while (this.#seen[slot] !== 0 && (this.#high[slot] !== high || this.#low[slot] !== low))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [high, low, seen] = [this.#high, this.#low, this.#seen];
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(high.length * 2);
    this.#seen = new Uint32Array(high.length * 2);
    for (let from = 0; from < seen.length; from++) {
      if (seen[from] === 0) continue;
      const slot = this.#slot(high[from] ?? 0, low[from] ?? 0);
      this.#high[slot] = high[from] ?? 0;
      this.#low[slot] = low[from] ?? 0;
      this.#seen[slot] = seen[from] ?? 0;
    }
  }
}

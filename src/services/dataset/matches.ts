/** Rows that a filter let through, ascending, 4 bytes each; grows while the scan runs. */
export class Matches {
  #rows = new Uint32Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  append(hits: Uint32Array): void {
    if (this.#count + hits.length > this.#rows.length) {
      const grown = new Uint32Array(Math.max(this.#count + hits.length, this.#rows.length * 2));
      grown.set(this.#rows);
      this.#rows = grown;
    }
    this.#rows.set(hits, this.#count);
    this.#count += hits.length;
  }

  at(position: number): number | undefined {
    return position < this.#count ? this.#rows[position] : undefined;
  }

  /** Position of the row, or of the first match after it, or of the last one; -1 when there is none. */
  position(index: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle] ?? 0) < index) low = middle + 1;
      else high = middle;
    }
    return Math.min(low, this.#count - 1);
  }

  rows(): Uint32Array {
    return this.#rows.subarray(0, this.#count);
  }
}

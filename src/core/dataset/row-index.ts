/** Where one row's bytes are, without its line end. */
export interface RowSpan {
  readonly start: number;
  readonly length: number;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** Rows found by a scanner, as typed arrays that can be moved between threads. */
export interface RowBlock {
  readonly starts: Float64Array;
  readonly lengths: Uint32Array;
  /** First line of each row, or null when row i is line i + 1. */
  readonly lines: Uint32Array | null;
}

const initialCapacity = 1024;

/** Byte places of all rows of a file in 12 bytes a row (16 for arrays); grows while the file is read. */
export class RowIndex {
  #starts = new Float64Array(initialCapacity);
  #lengths = new Uint32Array(initialCapacity);
  #lines: Uint32Array | null = null;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  append(block: RowBlock): void {
    const added = block.starts.length;
    this.#reserve(this.#count + added);
    this.#starts.set(block.starts, this.#count);
    this.#lengths.set(block.lengths, this.#count);
    if (block.lines) {
      this.#lines ??= new Uint32Array(this.#starts.length);
      this.#lines.set(block.lines, this.#count);
    }
    this.#count += added;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Place of row `index`; throws RangeError outside 0..count. */
  place(index: number): RowSpan {
    const start = this.#starts[index];
    const length = this.#lengths[index];
    if (index >= this.#count || start === undefined || length === undefined)
      throw new RangeError(`no row ${index} of ${this.#count}`);
    return { start, length, line: this.#lines?.[index] ?? index + 1 };
  }

  /** How row `index` ends in a file of `bytes`; a line feed where nothing ends it, and for elements of an array. */
  lineEnd(index: number, bytes: number): '\n' | '\r\n' {
    if (this.#lines) return '\n';
    const { start, length } = this.place(index);
    const next = index + 1 < this.#count ? this.place(index + 1).start : bytes;
    return next - start - length === 2 ? '\r\n' : '\n';
  }

  /** A copy of the arrays, cut to the rows there are. */
  block(): RowBlock {
    return {
      starts: this.#starts.slice(0, this.#count),
      lengths: this.#lengths.slice(0, this.#count),
      lines: this.#lines?.slice(0, this.#count) ?? null,
    };
  }

  /**
   * Moves places as a save does that gives row `index` the new length `length` (bytes) for each entry of `changes`:
   * later rows shift by the sum of the differences before them.
   */
  resize(changes: ReadonlyMap<number, number>): void {
    if (changes.size === 0) return;
    // A spread of so many keys as arguments would end the stack.
    let first = this.#count;
    for (const index of changes.keys()) first = Math.min(first, index);
    let delta = 0;
    for (let index = first; index < this.#count; index++) {
      const length = changes.get(index);
      this.#starts[index] = (this.#starts[index] ?? 0) + delta;
      if (length === undefined) continue;
      delta += length - (this.#lengths[index] ?? 0);
      this.#lengths[index] = length;
    }
  }

  #reserve(count: number): void {
    if (count <= this.#starts.length) return;
    const capacity = Math.max(count, this.#starts.length * 2);
    this.#starts = grown(this.#starts, new Float64Array(capacity));
    this.#lengths = grown(this.#lengths, new Uint32Array(capacity));
    if (this.#lines) this.#lines = grown(this.#lines, new Uint32Array(capacity));
  }
}

function grown<T extends Float64Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

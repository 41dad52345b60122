import type { UnsavedRow } from './journal.ts';

/**
 * A row that was touched: an edit and its undo are about this row, wherever the file has it after it was read anew.
 * `isPlaced` is false while the file has no such row; `index` is then where it stood last.
 */
export interface EditedRow {
  readonly index: number;
  readonly isPlaced: boolean;
  /** Text on disk, and its hash; of a row that an earlier visit edited and the file lacks since, the text is null. */
  readonly base: string | null;
  readonly baseHash: string;
  readonly text: string;
  /** Document revision of the last change of text or place. */
  readonly revision: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const isUnsaved = (row: EditedRow): boolean => row.text !== row.base;

/**
 * Rows that were touched since the file was opened: text on disk and text now. Untouched rows cost nothing. All but
 * strays are about rows that have a place in the file.
 */
export class EditedRows {
  readonly #placed = new Map<number, Mutable<EditedRow>>();
  readonly #unplaced = new Set<Mutable<EditedRow>>();
  /** Document revision of the last reading of the file. */
  #read = 0;
  #changes = 0;

  /** Counts the changes of texts and places so far. */
  get changes(): number {
    return this.#changes;
  }

  at(index: number): EditedRow | null {
    return this.#placed.get(index) ?? null;
  }

  /** The unsaved text of a row, or null when it is as on disk. */
  text(index: number): string | null {
    const row = this.#placed.get(index);
    return row && isUnsaved(row) ? row.text : null;
  }

  base(index: number): { text: string; hash: string } | null {
    const row = this.#placed.get(index);
    return row && row.base !== null ? { text: row.base, hash: row.baseHash } : null;
  }

  /** Document revision since which the row at `index` is the one with this text, 0 for rows as they were opened. */
  revision(index: number): number {
    return this.#placed.get(index)?.revision ?? this.#read;
  }

  /** The row at `index`, from now on followed; `base` is its text on disk unless it is known already. */
  touch(index: number, base: string, baseHash: string): EditedRow {
    const known = this.#placed.get(index);
    if (known) return known;
    const row = { index, isPlaced: true, base, baseHash, text: base, revision: this.#read };
    this.#placed.set(index, row);
    return row;
  }

  /** Takes in the unsaved text of a row that the file does not have. */
  stray(row: UnsavedRow): void {
    this.#unplaced.add({ ...row, isPlaced: false, base: null, revision: this.#read });
  }

  /** Gives a row a new text. */
  set(row: EditedRow, text: string, revision: number): void {
    this.#changes++;
    Object.assign(row, { text, revision });
    if (!row.isPlaced) this.#unplaced.add(row);
  }

  /** The file was read anew, at document revision `revision`: no row has a place until `place`. Gives all of them. */
  displace(revision: number): readonly EditedRow[] {
    this.#changes++;
    this.#read = revision;
    for (const row of this.#placed.values()) {
      row.isPlaced = false;
      this.#unplaced.add(row);
    }
    this.#placed.clear();
    return [...this.#unplaced];
  }

  /** Gives a row without a place the one at `index`; false when an unsaved edit has been made there meanwhile. */
  place(row: EditedRow, index: number, revision: number): boolean {
    const there = this.#placed.get(index);
    if (there && isUnsaved(there)) return false;
    if (there) {
      there.isPlaced = false;
      this.#unplaced.add(there);
    }
    this.#unplaced.delete(row);
    this.#changes++;
    // A row that is as on disk has shown this text since the file was read.
    const since = isUnsaved(row) ? revision : this.#read;
    this.#placed.set(index, Object.assign(row, { index, isPlaced: true, revision: since }));
    return true;
  }

  /** Indexes with unsaved text, ascending. */
  dirty(): number[] {
    return [...this.#placed].flatMap(([index, row]) => (isUnsaved(row) ? [index] : [])).sort((a, b) => a - b);
  }

  /** Indexes of all rows that were touched, also those that are as on disk again. */
  touched(): Iterable<number> {
    return this.#placed.keys();
  }

  /** The text of a touched row as it is now, null for others. */
  current(index: number): string | null {
    return this.#placed.get(index)?.text ?? null;
  }

  get isDirty(): boolean {
    for (const row of this.#placed.values()) if (isUnsaved(row)) return true;
    return false;
  }

  /** The rows with unsaved text, by index. */
  unsaved(): UnsavedRow[] {
    return this.dirty().map((index) => written(this.#placed.get(index) as EditedRow));
  }

  /** Unsaved texts of rows that the file does not have any more. */
  strays(): UnsavedRow[] {
    return [...this.#unplaced].filter(isUnsaved).map(written);
  }

  /** Lets go of the rows without a place. */
  forgetStrays(): void {
    this.#unplaced.clear();
  }

  /** Unsaved texts by index, for scans. */
  texts(): Map<number, string> {
    return new Map(this.dirty().map((index) => [index, this.text(index) ?? '']));
  }

  /** What stands on disk of a row is now `text`. */
  saved(row: EditedRow, text: string, hash: string): void {
    Object.assign(row, { base: text, baseHash: hash });
  }

  /** Takes back all that is unsaved. */
  revert(revision: number): void {
    this.#changes++;
    for (const row of [...this.#placed.values(), ...this.#unplaced])
      if (row.base === null) this.#unplaced.delete(row);
      else if (isUnsaved(row)) Object.assign(row, { text: row.base, revision });
  }
}

const written = ({ index, baseHash, text }: EditedRow): UnsavedRow => ({ index, baseHash, text });

import type { UnsavedRow } from './journal.ts';

interface EditedRow {
  /** Text on disk, and its hash. */
  base: string;
  baseHash: string;
  text: string;
  revision: number;
}

/** Rows that were touched since the file was opened: text on disk and text now. Untouched rows cost nothing. */
export class EditedRows {
  readonly #rows = new Map<number, EditedRow>();

  /** The unsaved text of a row, or null when it is as on disk. */
  text(index: number): string | null {
    const row = this.#rows.get(index);
    return row && row.text !== row.base ? row.text : null;
  }

  base(index: number): { text: string; hash: string } | null {
    const row = this.#rows.get(index);
    return row ? { text: row.base, hash: row.baseHash } : null;
  }

  /** Document revision of the row's last change, 0 for rows as they were opened. */
  revision(index: number): number {
    return this.#rows.get(index)?.revision ?? 0;
  }

  /** Remembers a row as it is on disk; nothing happens when it is known already. */
  touch(index: number, base: string, baseHash: string): void {
    if (!this.#rows.has(index)) this.#rows.set(index, { base, baseHash, text: base, revision: 0 });
  }

  /** Gives a touched row a new text. */
  set(index: number, text: string, revision: number): void {
    const row = this.#rows.get(index);
    if (!row) throw new RangeError(`row ${index} was never touched`);
    row.text = text;
    row.revision = revision;
  }

  /** Indexes with unsaved text, ascending. */
  dirty(): number[] {
    return [...this.#rows]
      .flatMap(([index, row]) => (row.text === row.base ? [] : [index]))
      .sort((a, b) => a - b);
  }

  /** Indexes of all rows that were touched, also those that are as on disk again. */
  touched(): Iterable<number> {
    return this.#rows.keys();
  }

  /** The text of a touched row as it is now, null for others. */
  current(index: number): string | null {
    return this.#rows.get(index)?.text ?? null;
  }

  get isDirty(): boolean {
    for (const row of this.#rows.values()) if (row.text !== row.base) return true;
    return false;
  }

  /** The rows with unsaved text, by index, as they are written down. */
  unsaved(): UnsavedRow[] {
    return this.dirty().map((index) => ({
      index,
      baseHash: this.base(index)?.hash ?? '',
      text: this.text(index) ?? '',
    }));
  }

  /** Unsaved texts by index, for scans. */
  texts(): Map<number, string> {
    return new Map(this.dirty().map((index) => [index, this.text(index) ?? '']));
  }

  /** The row's text is now what stands on disk. */
  saved(index: number, text: string, hash: string): void {
    const row = this.#rows.get(index);
    if (!row) return;
    row.base = text;
    row.baseHash = hash;
  }

  clear(): void {
    this.#rows.clear();
  }
}

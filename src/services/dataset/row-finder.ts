import type { EditedRows } from './edited-rows.ts';
import { rowHash } from './row-reading.ts';
import type { RowSource } from './row-source.ts';
import type { Survey } from './survey.ts';

export interface FinderHost {
  readonly edits: EditedRows;
  readonly survey: Survey;
  source(): RowSource;
  /** Resolves when every row is identified. */
  identified(): Promise<void>;
}

/** Finds rows of a file that was read anew by the hash of their bytes; of equal rows each is given once. */
export class RowFinder {
  readonly #taken = new Set<number>();
  #places: Promise<ReadonlyMap<string, readonly number[]>> | null = null;

  /** `hashes` are all that will be asked for: the file is gone through once for them, when that is needed. */
  constructor(
    private readonly host: FinderHost,
    private readonly hashes: readonly string[],
  ) {}

  /** The row of this hash, at best the one at `near`; null when there is none that has no unsaved edit. */
  async find(hash: string, near: number): Promise<{ index: number; bytes: Buffer } | null> {
    const same = near < this.host.source().index.count ? await this.#read(hash, near) : null;
    if (same) return same;
    this.#places ??= this.host.identified().then(() => this.host.survey.find(new Set(this.hashes)));
    for (const index of (await this.#places).get(hash) ?? []) {
      const found = await this.#read(hash, index);
      if (found) return found;
    }
    return null;
  }

  async #read(hash: string, index: number): Promise<{ index: number; bytes: Buffer } | null> {
    const { edits, source } = this.host;
    if (this.#taken.has(index) || edits.text(index) !== null) return null;
    const [bytes] = await source().read([index]);
    if (!bytes || rowHash(bytes) !== hash) return null;
    this.#taken.add(index);
    return { index, bytes };
  }
}

import { diskFull } from '../files/file-errors.ts';
import type { SaveHandle } from './save-fs.ts';

/** The disk is given what was written whenever it is so much: all at once at the end would take twice as long. */
const flushBytes = 16 << 20;

/** Writes a new file from its start on; the disk takes what is written while more is brought. */
export class FlushedWriter {
  #written = 0;
  #flushed = 0;
  #flushing: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(private readonly out: SaveHandle) {}

  /** Appends all of `bytes`; rejects as well when the disk refused what it was given before. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      if (this.#failure) throw this.#failure.error;
      const rest = bytes.subarray(done);
      const count = await this.out.write(rest, rest.length, this.#written);
      if (count === 0) throw diskFull('the file');
      done += count;
      this.#written += count;
    }
    if (!this.#flushing && this.#written - this.#flushed >= flushBytes) this.#flush();
  }

  /** Resolves when the disk is given nothing any more; rejects when it refused something. The file may be closed then. */
  async settled(): Promise<void> {
    await this.#flushing;
    if (this.#failure) throw this.#failure.error;
  }

  #flush(): void {
    this.#flushed = this.#written;
    this.#flushing = this.out
      .flush()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#flushing = null;
      });
  }
}

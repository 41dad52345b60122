import { oneLine, sharedStart } from '../../core/text/beginnings.ts';
import { listedPrompt } from '../../core/trace/trace.ts';
import type { ViewedRow } from './row-view.ts';

/** So many rows from the first on tell what all begin with. */
const asked = 20;

/** The words that the prompts of one dataset begin with alike, as an instruction before every question. */
export class SharedStart {
  #start = '';
  #of: readonly unknown[] = [];

  /**
   * Found out once for `reading` (what the rows are read from and through) as soon as there are enough rows; `read` gives
   * rows by their indexes.
   */
  async of(
    count: number,
    reading: readonly unknown[],
    read: (indexes: readonly number[]) => Promise<readonly ViewedRow[]>,
  ): Promise<string> {
    const rows = Math.min(count, asked);
    const of = [rows, ...reading];
    if (this.#of.length === of.length && of.every((part, at) => part === this.#of[at])) return this.#start;
    const viewed = await read(Array.from({ length: rows }, (_, index) => index));
    this.#start = sharedStart(
      viewed.flatMap((row) => (row.status === 'ok' ? [oneLine(listedPrompt(row.trace))] : [])),
    );
    this.#of = of;
    return this.#start;
  }
}

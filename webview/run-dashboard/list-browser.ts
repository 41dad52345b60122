import { describeError, isAbort, type Problem } from '../host/host-error.ts';
import { type Shown, showItem } from '../host/shown.ts';
import type { Pages } from './pages.ts';

/** A list of a run that is read by page, and the item of it that is on screen; the newest request wins. */
export abstract class ListBrowser<Selection extends object, Summary, Item> {
  abstract readonly pages: Pages<Selection, Summary>;
  /** Place in the list of the item shown, -1 when there is none. */
  position = -1;
  /** Counts the moves of a person, after which the list shows where one is; news of the run never scroll it. */
  moves = 0;
  shown: Shown<Item> = { kind: 'nothing' };
  /** Why the list could not be read; a faulty search, for example. */
  listProblem: Problem | null = null;
  protected readonly changed: () => void;
  #listing = new AbortController();
  #selecting = new AbortController();

  constructor(changed: () => void) {
    this.changed = changed;
  }

  dispose(): void {
    this.#listing.abort();
    this.#selecting.abort();
    this.pages.clear();
  }

  protected get item(): Item | null {
    return this.shown.kind === 'item' ? this.shown.item : null;
  }

  /** Shows the item at `position` of the list. */
  async pick(position: number): Promise<void> {
    if (position < 0 || position >= this.pages.matched) return;
    this.position = position;
    this.moves += 1;
    this.changed();
    const signal = this.newSelection();
    const summary = await this.pages.find(position, signal);
    if (summary && !signal.aborted) await this.select(summary);
  }

  /** Shows the item that a line of the list stands for. */
  protected abstract select(summary: Summary): Promise<void>;

  /** Ends the reading of another list. */
  protected newListing(): AbortSignal {
    this.#listing.abort();
    this.#listing = new AbortController();
    return this.#listing.signal;
  }

  /** The reading of the list that is the newest. */
  protected get listing(): AbortSignal {
    return this.#listing.signal;
  }

  /** The reading of the item that is the newest. */
  protected get selecting(): AbortSignal {
    return this.#selecting.signal;
  }

  /** Ends the reading of another item. */
  protected newSelection(): AbortSignal {
    this.#selecting.abort();
    this.#selecting = new AbortController();
    return this.#selecting.signal;
  }

  /** Reads another list; why that failed is told in its place. */
  protected async list(read: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const signal = this.newListing();
    this.listProblem = null;
    this.changed();
    try {
      await read(signal);
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.listProblem = describeError(error);
      this.changed();
    }
  }

  /** Shows the item that `read` gives. */
  protected showRead(read: (signal: AbortSignal) => Promise<Item>): Promise<void> {
    const signal = this.newSelection();
    return showItem(
      () => read(signal),
      signal,
      (shown) => this.show(shown),
    );
  }

  protected show(shown: Shown<Item>): void {
    this.shown = shown;
    this.changed();
  }
}

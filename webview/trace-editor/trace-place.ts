import type { DocumentView, traceEditorContract } from '../../src/protocol/trace-editor.ts';
import type { TraceView } from '../../src/protocol/trace-views.ts';
import type { HostClient } from '../host/client.ts';
import type { ImageStore } from '../host/image-store.ts';
import type { SavedState } from '../host/saved-state.ts';
import { type Shown, showItem } from '../host/shown.ts';
import { placeInList } from './list-place.ts';
import { LookAhead } from './look-ahead.ts';
import type { RowPages } from './row-pages.ts';
import { TraceCache } from './trace-cache.ts';
import type { ViewState } from './view-state.ts';
import { progressTo, type Wanted } from './wanted.ts';

/** What a place in the list stands on. */
export interface PlaceOptions {
  readonly host: HostClient<typeof traceEditorContract>;
  readonly saved: SavedState<ViewState>;
  readonly images: ImageStore;
  readonly rows: RowPages;
  /** The document as it was read last, null before. */
  document(): DocumentView | null;
  /** Does away with a filter that hides what is to be shown. */
  clearFilter(): Promise<void>;
  changed(): void;
}

/** Where one is in the filtered list, and the trace that is on screen there; the newest move wins. */
export class TracePlace {
  shown: Shown<TraceView> = { kind: 'nothing' };
  /** Position in the filtered list of the trace shown, -1 when there is none. */
  position = -1;
  /** Row of the trace shown, null when there is none. */
  index: number | null = null;
  readonly #options: PlaceOptions;
  readonly #cache: TraceCache;
  readonly #ahead: LookAhead;
  readonly #arrivals = new Set<() => void>();
  #selecting = new AbortController();
  /** Steps to make as soon as the place of the trace shown is found. */
  #owed = 0;
  #finding: Promise<void> | null = null;
  /** It is not known yet to which row the newest move leads. */
  #isMoving = false;
  /** A text of the trace shown is open or being written: the list does not take it away. */
  #isHeld = false;
  /** The first trace is to be shown as soon as the list is sorted, unless the person moves before. */
  #toFirst = false;
  /** Where to go as soon as that is there, null when the person moved or it is shown. */
  #wanted: Wanted | null = null;

  constructor(options: PlaceOptions) {
    this.#options = options;
    this.#cache = new TraceCache(
      (index, signal) => options.host.call('trace-read', { index }, signal),
      (trace) => this.#ahead.arrived(trace),
    );
    this.#ahead = new LookAhead(options.rows, this.#cache, options.images);
  }

  dispose(): void {
    this.#selecting.abort();
    this.#ahead.stop();
    this.#cache.clear();
  }

  get trace(): TraceView | null {
    return this.shown.kind === 'item' ? this.shown.item : null;
  }

  /** A row is to be shown that nobody moved to since. */
  get isWanted(): boolean {
    return this.#wanted !== null;
  }

  /** Another trace is on its way to the screen. */
  get isMoving(): boolean {
    return this.#isMoving || (this.index !== null && this.trace?.index !== this.index);
  }

  /** A text of the trace shown was opened: what the list wants waits for `release`, only a person's move does not. */
  hold(): void {
    const { index } = this;
    if (index === null || this.trace?.index !== index) return;
    this.#isHeld = true;
    if (!this.#isMoving) return;
    this.#selecting.abort();
    this.#isMoving = false;
    this.position = -1;
    this.#wanted ??= { index, exact: false };
  }

  /** The text is closed and written: goes where the list wanted to. */
  async release(): Promise<void> {
    this.#isHeld = false;
    const document = this.#options.document();
    if (document && (this.#toFirst || this.#wanted !== null)) await this.follow(document, document);
  }

  /** Row `index` is to be shown, as soon as the document is there and knows of it, also when a text is open. */
  want(wanted: Wanted): void {
    this.#isHeld = false;
    this.#wanted = wanted;
    this.#options.saved.write({ index: wanted.index });
  }

  /** Says whether the first trace is to be shown as soon as the list is sorted. */
  wantFirst(isWanted: boolean): void {
    this.#toFirst = isWanted;
  }

  /** The list is another one: the trace stays until its place there is found. */
  leaveList(): void {
    this.position = -1;
  }

  /** Goes where it is wanted after the document was read anew, and shows what became of the trace shown. */
  async follow(before: DocumentView | null, document: DocumentView): Promise<void> {
    const { host } = this.#options;
    const isRevised = before?.revision !== document.revision;
    if (isRevised) this.#cache.clear();
    const isSorted = document.sort?.progress.kind === 'sorted';
    if (this.#toFirst && isSorted && !this.#isHeld) await this.goToPosition(0);
    if (this.#wanted !== null || this.index === null) {
      await this.goBack();
      if (this.index === null) return;
    }
    const { index } = this;
    const found = await host.call('position-read', { index });
    if (this.index !== index) return;
    // Short of it, a filter knows no place but the last that it has.
    if (found.position >= 0 && progressTo(document, index) === 'known') this.position = found.position;
    if (this.trace?.index !== index || !isRevised) return;
    const trace = await host.call('trace-read', { index });
    if (this.index === index) this.#show(trace);
  }

  /** Shows the wanted row, else the last one, or the nearest match after it; later again when it is not there yet. */
  async goBack(): Promise<void> {
    const { saved, changed, clearFilter } = this.#options;
    const document = this.#options.document();
    if (!document) return;
    const last = this.index ?? saved.read().index ?? 0;
    const wanted = this.#wanted ?? { index: last, exact: false };
    this.#wanted = wanted;
    if (this.#isHeld && !wanted.exact) {
      this.position = -1;
      changed();
      return;
    }
    const progress = progressTo(document, wanted.index);
    if (progress !== 'known') {
      // The trace stays until its place in the list is found, or that of the next one.
      this.position = -1;
      if (this.index === null) this.shown = { kind: 'loading' };
      if (this.index !== null || wanted.exact || progress === 'unread') changed();
      else await this.#select(wanted.index, this.#newSelection());
      return;
    }
    const going = this.goToIndex(wanted.index);
    const selection = this.#selecting;
    this.#wanted = wanted;
    await going;
    // A person's move, a text opened, or a refresh that goes to the same row again, is newer.
    if (this.#selecting !== selection || selection.signal.aborted) return;
    if (wanted.exact && this.index !== wanted.index && document.filter.text.trim() !== '') {
      await clearFilter();
      return;
    }
    this.#wanted = null;
    if (this.index !== null) saved.write({ index: this.index });
  }

  /** Shows row `index`, or the nearest match after it; `exact` shows it even when the filter hides it. */
  async goToIndex(index: number, exact = false): Promise<void> {
    const { host, rows } = this.#options;
    await this.#move(async (signal) => {
      const place = await placeInList(index, {
        position: async (index) => (await host.call('position-read', { index }, signal)).position,
        known: async (position) => (await rows.row(position, signal))?.index,
        read: async (position) =>
          (await host.call('rows-read', { position, count: 1 }, signal)).rows[0]?.index,
      });
      if (signal.aborted) return;
      if (place.position < 0 || (this.#matched === 0 && !exact)) {
        this.#showNothing();
        return;
      }
      this.position = place.position;
      if (exact || place.index !== null) await this.#select(exact ? index : (place.index ?? index), signal);
    });
  }

  /** Shows the trace at `position` of the filtered list. */
  async goToPosition(position: number): Promise<void> {
    const { rows, changed } = this.#options;
    if (position < 0 || position >= this.#matched) return;
    await this.#move(async (signal) => {
      this.position = position;
      const known = rows.at(position);
      if (!known) changed();
      const row = known ?? (await rows.row(position, signal));
      if (row && !signal.aborted) await this.#select(row.index, signal);
    });
  }

  /** The trace shown has a place in the list, or one that can be found at once: no scan is on its way to it. */
  get isPlaceable(): boolean {
    const document = this.#options.document();
    return this.position >= 0 || (!!document && progressTo(document, this.index ?? 0) === 'known');
  }

  /** Moves by so many traces from the one shown, whose place is found first; from the start of the list without one. */
  async moveBy(by: number): Promise<void> {
    if (!this.#finding && (this.position >= 0 || this.index === null || !this.isPlaceable)) {
      await this.goToPosition(this.position + by);
      return;
    }
    this.#owed += by;
    this.#finding ??= this.#findPlace(this.index ?? 0).finally(() => {
      this.#finding = null;
    });
    await this.#finding;
    const steps = this.#owed;
    this.#owed = 0;
    if (steps !== 0) await this.goToPosition(this.position + steps);
  }

  /** Finds the place of the trace shown; the nearest match after one that does not match is a step forward. */
  async #findPlace(index: number): Promise<void> {
    const going = this.goToIndex(index);
    const selection = this.#selecting;
    try {
      await going;
    } catch (error) {
      this.#owed = 0;
      throw error;
    }
    if (this.#selecting !== selection || selection.signal.aborted) this.#owed = 0;
    else if (this.#owed > 0 && this.index !== index) this.#owed -= 1;
  }

  /** Makes a move, which takes the place of the one before. */
  async #move(make: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#wanted = null;
    const signal = this.#newSelection();
    this.#isMoving = true;
    try {
      await make(signal);
    } finally {
      if (this.#selecting.signal === signal) this.#isMoving = false;
    }
  }

  /** Length of the list. */
  get #matched(): number {
    return this.#options.document()?.filter.matched ?? 0;
  }

  #newSelection(): AbortSignal {
    this.#toFirst = false;
    this.#isHeld = false;
    this.#isMoving = false;
    this.#selecting.abort();
    this.#selecting = new AbortController();
    return this.#selecting.signal;
  }

  #showNothing(): void {
    this.#isMoving = false;
    this.index = null;
    this.position = -1;
    this.shown = { kind: 'nothing' };
    this.#options.changed();
  }

  async #select(index: number, signal: AbortSignal): Promise<void> {
    this.#isMoving = false;
    this.index = index;
    if (this.#wanted === null) this.#options.saved.write({ index });
    this.#ahead.from(index, this.position);
    const cached = this.#cache.get(index);
    if (cached) {
      this.#show(cached);
      return;
    }
    const read = async () => {
      const ahead = await this.#cache.underway(index)?.catch(() => undefined);
      return ahead ?? (await this.#options.host.call('trace-read', { index }, signal));
    };
    await showItem(read, signal, (shown) => this.#put(shown));
  }

  /** Takes a trace that the host has just given, as after an edit. */
  take(trace: TraceView): void {
    this.#cache.clear();
    if (trace.index === this.index) this.#show(trace);
    this.#options.rows.patch(trace.index, { edited: trace.edited, verdict: trace.verdict?.state ?? 'none' });
    this.#options.changed();
  }

  #show(trace: TraceView): void {
    this.#put({ kind: 'item', item: trace });
  }

  #put(shown: Shown<TraceView>): void {
    this.shown = shown;
    if (shown.kind === 'item') this.#cache.put(shown.item);
    this.#options.changed();
    if (shown.kind === 'item') for (const arrival of this.#arrivals) arrival();
  }

  /** Calls `listener` each time a trace was put on screen. */
  onShown(listener: () => void): void {
    this.#arrivals.add(listener);
  }
}

import type { DocumentView } from '../../src/protocol/trace-editor.ts';
import { traceEditorContract } from '../../src/protocol/trace-editor.ts';
import type { TraceView } from '../../src/protocol/trace-views.ts';
import { connectHost, type HostClient } from '../host/client.ts';
import { describeError, isAbort } from '../host/host-error.ts';
import { ImageStore } from '../host/image-store.ts';
import { joined } from '../host/joined.ts';
import { type SavedState, savedState } from '../host/saved-state.ts';
import { type Shown, showItem } from '../host/shown.ts';
import { SurfaceModel } from '../host/surface-model.ts';
import type { Transport } from '../host/transport.ts';
import { orderKey } from './list-order.ts';
import { placeInList } from './list-place.ts';
import { imagePlace, LookAhead } from './look-ahead.ts';
import { RowPages } from './row-pages.ts';
import { askedColumns } from './table.ts';
import { TraceCache } from './trace-cache.ts';
import { firstViewState, type ViewState, viewStateSchema, viewStateVersion } from './view-state.ts';
import { progressTo, type Wanted } from './wanted.ts';

/**
 * What the trace editor knows: the document, the filtered list, the trace shown. Calls `changed` after every
 * change; the newest request wins.
 */
export class TraceEditorModel extends SurfaceModel {
  readonly host: HostClient<typeof traceEditorContract>;
  readonly saved: SavedState<ViewState>;
  readonly images: ImageStore;
  readonly rows: RowPages;
  document: DocumentView | null = null;
  shown: Shown<TraceView> = { kind: 'nothing' };
  /** Position in the filtered list of the trace shown, -1 when there is none. */
  position = -1;
  index: number | null = null;

  readonly #cache: TraceCache;
  readonly #ahead: LookAhead;
  readonly #arrivals = new Set<() => void>();
  #selecting = new AbortController();
  #filtering = new AbortController();
  #sorting = new AbortController();
  /** The first trace is to be shown as soon as the list is sorted, unless the person moves before. */
  #toFirst = false;
  /** Where to go as soon as that is there, null when the person moved or it is shown. */
  #wanted: Wanted | null = null;

  constructor(transport: Transport, changed: () => void) {
    super(changed);
    this.host = connectHost(traceEditorContract, transport);
    this.saved = savedState(transport, viewStateVersion, viewStateSchema, firstViewState(window.innerWidth));
    this.images = new ImageStore((key, size, signal) => {
      return this.host.call('image-read', { ...imagePlace(key), size }, signal);
    });
    this.rows = new RowPages(
      (position, count, signal) => {
        const { view, columns } = this.saved.read();
        const asked = view === 'table' ? askedColumns(columns) : [];
        return this.host.call('rows-read', { position, count, columns: asked }, signal);
      },
      () => this.changed(),
    );
    this.#cache = new TraceCache(
      (index, signal) => this.host.call('trace-read', { index }, signal),
      (trace) => this.#ahead.arrived(trace),
    );
    this.#ahead = new LookAhead(this.rows, this.#cache, this.images);
    this.host.on('document-changed', () => void this.refresh());
    this.host.on('reveal', ({ index, exact }) => void this.reveal(index, exact));
    this.host.on('moved', (move) => void this.#follow(move));
  }

  dispose(): void {
    this.#selecting.abort();
    this.#ahead.stop();
    this.#cache.clear();
    this.rows.clear();
    this.images.clear();
    this.host.dispose();
  }

  /** First reading: the document, the filter of the last visit, the trace of the last visit. */
  async start(): Promise<void> {
    this.host.ready();
    this.failure = null;
    try {
      this.document = await this.host.call('document-read', {});
      this.images.reading = this.document.reading;
      if (this.#wanted === null && typeof this.document.reveal === 'number') {
        this.#want({ index: this.document.reveal, exact: true });
      }
      const { filter, sort } = this.saved.read();
      if (filter !== '' && filter !== this.document.filter.text) {
        this.document = await this.host.call('filter-set', { text: filter });
        this.rows.restart();
      }
      if (sort !== null) {
        this.document = await this.host.call('sort-set', { sort });
        this.rows.restart();
      }
      this.changed();
      await this.#goBack();
    } catch (error) {
      // A newer selection took over while the first one was on its way: nothing has failed.
      if (!isAbort(error)) this.failure = describeError(error);
    }
    this.changed();
  }

  get trace(): TraceView | null {
    return this.shown.kind === 'item' ? this.shown.item : null;
  }

  get matched(): number {
    return this.document?.filter.matched ?? 0;
  }

  /** Reads the document again after it moved, and what of it is on screen; calls under way are joined. */
  readonly refresh = joined(() => this.#refreshOnce());

  async #refreshOnce(): Promise<void> {
    try {
      const before = this.document;
      const document = await this.host.call('document-read', {});
      this.document = document;
      this.images.reading = document.reading;
      this.failure = null;
      if (before?.revision !== document.revision) this.#cache.clear();
      if (before && orderKey(before) !== orderKey(document)) this.rows.restart();
      else this.rows.refresh();
      this.changed();
      if (this.#toFirst && document.sort?.progress.kind === 'sorted') await this.goToPosition(0);
      if (this.#wanted !== null || this.index === null) {
        await this.#goBack();
        if (this.index === null) return;
      }
      const index = this.index;
      const found = await this.host.call('position-read', { index });
      if (this.index !== index) return;
      // Short of it, a filter knows no place but the last that it has.
      if (found.position >= 0 && progressTo(document, index) === 'known') this.position = found.position;
      const shown = this.trace;
      if (shown?.index === index && before?.revision !== document.revision) {
        const trace = await this.host.call('trace-read', { index });
        if (this.index === index) this.#show(trace);
      }
    } catch (error) {
      if (!isAbort(error) && this.document === null) this.failure = describeError(error);
    }
    this.changed();
  }

  /** Sets the filter and shows the nearest trace that matches; the newest text wins. */
  async setFilter(text: string): Promise<void> {
    this.#filtering.abort();
    this.#filtering = new AbortController();
    const { signal } = this.#filtering;
    this.saved.write({ filter: text });
    await this.perform(async () => {
      const document = await this.host.call('filter-set', { text }, signal);
      this.document = document;
      if (document.filter.error && !document.filter.error.applied) return;
      this.rows.restart();
      this.position = -1;
      await this.#goBack();
    });
  }

  /** Sorts the list and shows its first trace, or goes back to file order and stays at the trace shown. */
  async setSort(sort: ViewState['sort']): Promise<void> {
    this.#sorting.abort();
    this.#sorting = new AbortController();
    this.saved.write({ sort });
    this.document = await this.host.call('sort-set', { sort }, this.#sorting.signal);
    this.rows.restart();
    this.#toFirst = sort !== null;
    await this.refresh();
  }

  /** Shows row `index` because another surface points at it; with `exact` a filter that hides it gives way. */
  async reveal(index: number, exact: boolean): Promise<void> {
    this.#want({ index, exact });
    if (this.document) await this.perform(() => this.#goBack());
  }

  /** The file was read anew and the trace shown stands elsewhere in it: it stays shown, with what was typed on it. */
  async #follow(move: { from: number; index: number; revision: number }): Promise<void> {
    const { from, index, revision } = move;
    const { draft } = this.saved.read();
    if (draft?.index === from) this.saved.write({ draft: { ...draft, index, revision } });
    if (from === index || this.index !== from) return;
    // The document known here is that of before: the one that has the row there leads to it.
    this.#want({ index, exact: false });
    await this.refresh();
  }

  #want(wanted: Wanted): void {
    this.#wanted = wanted;
    this.saved.write({ index: wanted.index });
  }

  /** Shows the wanted row, else the last one, or the nearest match after it; later again when it is not there yet. */
  async #goBack(): Promise<void> {
    if (!this.document) return;
    const { document } = this;
    const last = this.index ?? this.saved.read().index ?? 0;
    const wanted = this.#wanted ?? { index: last, exact: false };
    this.#wanted = wanted;
    const progress = progressTo(document, wanted.index);
    if (progress !== 'known') {
      // The trace stays until its place in the list is found, or that of the next one.
      this.position = -1;
      if (this.index === null) this.shown = { kind: 'loading' };
      if (this.index !== null || wanted.exact || progress === 'unread') this.changed();
      else await this.#select(wanted.index, this.#newSelection());
      return;
    }
    const going = this.goToIndex(wanted.index);
    const selection = this.#selecting;
    this.#wanted = wanted;
    await going;
    // A person's move, or a refresh that goes to the same row again, is newer.
    if (this.#selecting !== selection) return;
    if (wanted.exact && this.index !== wanted.index && document.filter.text.trim() !== '') {
      await this.setFilter('');
      return;
    }
    this.#wanted = null;
    if (this.index !== null) this.saved.write({ index: this.index });
  }

  /** Shows row `index`, or the nearest match after it; `exact` shows it even when the filter hides it. */
  async goToIndex(index: number, exact = false): Promise<void> {
    this.#wanted = null;
    const signal = this.#newSelection();
    const place = await placeInList(index, {
      position: async (index) => (await this.host.call('position-read', { index }, signal)).position,
      known: async (position) => (await this.rows.row(position, signal))?.index,
      read: async (position) =>
        (await this.host.call('rows-read', { position, count: 1 }, signal)).rows[0]?.index,
    });
    if (signal.aborted) return;
    if (place.position < 0 || (this.matched === 0 && !exact)) {
      this.#showNothing();
      return;
    }
    this.position = place.position;
    if (exact || place.index !== null) await this.#select(exact ? index : (place.index ?? index), signal);
  }

  /** Shows the trace at `position` of the filtered list. */
  async goToPosition(position: number): Promise<void> {
    if (position < 0 || position >= this.matched) return;
    this.#wanted = null;
    const signal = this.#newSelection();
    this.position = position;
    const known = this.rows.at(position);
    if (!known) this.changed();
    const row = known ?? (await this.rows.row(position, signal));
    if (row && !signal.aborted) await this.#select(row.index, signal);
  }

  #newSelection(): AbortSignal {
    this.#toFirst = false;
    this.#selecting.abort();
    this.#selecting = new AbortController();
    return this.#selecting.signal;
  }

  #showNothing(): void {
    this.index = null;
    this.position = -1;
    this.shown = { kind: 'nothing' };
    this.changed();
  }

  async #select(index: number, signal: AbortSignal): Promise<void> {
    this.index = index;
    if (this.#wanted === null) this.saved.write({ index });
    this.#ahead.from(index, this.position);
    const cached = this.#cache.get(index);
    if (cached) {
      this.#show(cached);
      return;
    }
    const read = async () => {
      const ahead = await this.#cache.underway(index)?.catch(() => undefined);
      return ahead ?? (await this.host.call('trace-read', { index }, signal));
    };
    await showItem(read, signal, (shown) => this.#put(shown));
  }

  /** Takes a trace that the host has just given, as after an edit. */
  take(trace: TraceView): void {
    this.#cache.clear();
    if (trace.index === this.index) this.#show(trace);
    this.rows.patch(trace.index, { edited: trace.edited, verdict: trace.verdict?.state ?? 'none' });
    this.changed();
  }

  #show(trace: TraceView): void {
    this.#put({ kind: 'item', item: trace });
  }

  #put(shown: Shown<TraceView>): void {
    this.shown = shown;
    if (shown.kind === 'item') this.#cache.put(shown.item);
    this.changed();
    if (shown.kind === 'item') for (const arrival of this.#arrivals) arrival();
  }

  /** Calls `listener` each time a trace was put on screen. */
  onShown(listener: () => void): void {
    this.#arrivals.add(listener);
  }
}

import type { DocumentView } from '../../src/protocol/trace-editor.ts';
import { traceEditorContract } from '../../src/protocol/trace-editor.ts';
import { connectHost, type HostClient } from '../host/client.ts';
import { describeError, isAbort } from '../host/host-error.ts';
import { ImageStore } from '../host/image-store.ts';
import { joined } from '../host/joined.ts';
import { type SavedState, savedState } from '../host/saved-state.ts';
import { SurfaceModel } from '../host/surface-model.ts';
import type { Transport } from '../host/transport.ts';
import { orderKey } from './list-order.ts';
import { imagePlace } from './look-ahead.ts';
import { RowPages } from './row-pages.ts';
import { askedColumns } from './table.ts';
import { TracePlace } from './trace-place.ts';
import { firstViewState, type ViewState, viewStateSchema, viewStateVersion } from './view-state.ts';

/**
 * What the trace editor knows: the document, its filtered list, and the place in it. Calls `changed` after every change;
 * the newest request wins.
 */
export class TraceEditorModel extends SurfaceModel {
  readonly host: HostClient<typeof traceEditorContract>;
  readonly saved: SavedState<ViewState>;
  readonly images: ImageStore;
  readonly rows: RowPages;
  readonly place: TracePlace;
  document: DocumentView | null = null;
  #filtering = new AbortController();
  #sorting = new AbortController();

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
    this.place = new TracePlace({
      host: this.host,
      saved: this.saved,
      images: this.images,
      rows: this.rows,
      document: () => this.document,
      clearFilter: () => this.setFilter(''),
      changed: () => this.changed(),
    });
    this.host.on('document-changed', () => void this.refresh());
    this.host.on('reveal', ({ index, exact }) => void this.reveal(index, exact));
    this.host.on('moved', (move) => void this.#follow(move));
  }

  dispose(): void {
    this.place.dispose();
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
      if (!this.place.isWanted && typeof this.document.reveal === 'number') {
        this.place.want({ index: this.document.reveal, exact: true });
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
      await this.place.goBack();
    } catch (error) {
      // A newer selection took over while the first one was on its way: nothing has failed.
      if (!isAbort(error)) this.failure = describeError(error);
    }
    this.changed();
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
      if (before && orderKey(before) !== orderKey(document)) this.rows.restart();
      else this.rows.refresh();
      this.changed();
      await this.place.follow(before, document);
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
      this.place.leaveList();
      await this.place.goBack();
    });
  }

  /** Sorts the list and shows its first trace, or goes back to file order and stays at the trace shown. */
  async setSort(sort: ViewState['sort']): Promise<void> {
    this.#sorting.abort();
    this.#sorting = new AbortController();
    this.saved.write({ sort });
    this.document = await this.host.call('sort-set', { sort }, this.#sorting.signal);
    this.rows.restart();
    this.place.wantFirst(sort !== null);
    await this.refresh();
  }

  /** Shows row `index` because another surface points at it; with `exact` a filter that hides it gives way. */
  async reveal(index: number, exact: boolean): Promise<void> {
    this.place.want({ index, exact });
    if (this.document) await this.perform(() => this.place.goBack());
  }

  /** The file was read anew and the trace shown stands elsewhere in it: it stays shown, with what was typed on it. */
  async #follow(move: { from: number; index: number; revision: number }): Promise<void> {
    const { from, index, revision } = move;
    const { draft } = this.saved.read();
    if (draft?.index === from) this.saved.write({ draft: { ...draft, index, revision } });
    if (from === index || this.place.index !== from) return;
    // The document known here is that of before: the one that has the row there leads to it.
    this.place.want({ index, exact: false });
    await this.refresh();
  }
}

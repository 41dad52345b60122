import type { FacetsView } from '../../src/protocol/facet-views.ts';
import type { DocumentView } from '../../src/protocol/trace-editor.ts';
import { describeError, type Problem } from '../host/host-error.ts';

/** What the facets pane shows. */
export type FacetsShown =
  | { readonly kind: 'loading' }
  | { readonly kind: 'shown'; readonly view: FacetsView }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** Counts may change with every decision; they are read at most this often, ms. */
const pause = 200;

/**
 * Reads what the list consists of while somebody looks at it: on and on while it is counted, and again whenever the
 * document moved. Nobody looks, nothing is read, and the host stops counting. Calls `changed` after every change.
 */
export class ShownFacets {
  shown: FacetsShown = { kind: 'loading' };
  #document: DocumentView | null = null;
  #reading: AbortController | null = null;
  #moved = false;

  constructor(
    private readonly read: (signal: AbortSignal) => Promise<FacetsView>,
    private readonly changed: () => void,
  ) {}

  /** The document as it is now; null while the pane is closed. */
  follow(document: DocumentView | null): void {
    const before = this.#document;
    if (document === before) return;
    this.#document = document;
    if (document === null) {
      this.#reading?.abort();
      this.#reading = null;
      this.shown = { kind: 'loading' };
      return;
    }
    // What could not be counted is tried again with another list, or when a person says so.
    if (this.shown.kind === 'failed' && before?.filter.text === document.filter.text) return;
    this.#begin();
  }

  retry(): void {
    this.shown = { kind: 'loading' };
    this.changed();
    this.#begin();
  }

  #begin(): void {
    this.#moved = true;
    if (this.#reading) return;
    const reading = new AbortController();
    this.#reading = reading;
    void this.#readOn(reading.signal).finally(() => {
      if (this.#reading === reading) this.#reading = null;
    });
  }

  async #readOn(signal: AbortSignal): Promise<void> {
    let isCounting = false;
    do {
      this.#moved = false;
      const shown = await this.#readOnce(signal);
      if (signal.aborted) return;
      this.shown = shown;
      this.changed();
      isCounting = shown.kind === 'shown' && shown.view.progress.kind === 'counting';
      await new Promise((resolve) => setTimeout(resolve, pause));
    } while (!signal.aborted && (isCounting || this.#moved));
  }

  async #readOnce(signal: AbortSignal): Promise<FacetsShown> {
    try {
      const view = await this.read(signal);
      if (view.progress.kind !== 'failed') return { kind: 'shown', view };
      return { kind: 'failed', problem: { message: view.progress.message, hint: '' } };
    } catch (error) {
      return { kind: 'failed', problem: describeError(error) };
    }
  }
}

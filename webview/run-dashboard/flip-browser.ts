import type { FlipSummary, FlipView, PairingView } from '../../src/protocol/evaluation-views.ts';
import type { runDashboardContract } from '../../src/protocol/run-dashboard.ts';
import type { HostClient } from '../host/client.ts';
import type { SavedState } from '../host/saved-state.ts';
import { ListBrowser } from './list-browser.ts';
import { Pages } from './pages.ts';
import type { FlipSide, Pair, ViewState } from './view-state.ts';

export interface FlipSelection extends Pair {
  readonly side: FlipSide;
}

/** How an image of a flip is named in the image store, and read back from there. */
export const flipImageKey = ({ a, b }: Pair, index: number, image: number): string =>
  JSON.stringify({ a, b, index, image });

/** Evaluations against others row by row: the paired tests, and the rows of one pair that only one solves. */
export class FlipBrowser extends ListBrowser<FlipSelection, FlipSummary, FlipView> {
  readonly pages: Pages<FlipSelection, FlipSummary>;
  readonly #host: HostClient<typeof runDashboardContract>;
  readonly #saved: SavedState<ViewState>;
  /** By the evaluation compared with, then by the one compared. */
  readonly #pairings = new Map<string, ReadonlyMap<string, PairingView>>();
  /** What the list was read from. */
  #listed = '';
  #disposed = new AbortController();

  constructor(
    host: HostClient<typeof runDashboardContract>,
    saved: SavedState<ViewState>,
    changed: () => void,
  ) {
    super(changed);
    this.#host = host;
    this.#saved = saved;
    this.pages = new Pages(async (selection, signal) => {
      const { flips, ...page } = await host.call('flips-read', selection, signal);
      return { ...page, items: flips };
    }, changed);
  }

  /** The two evaluations whose flips are shown. */
  get pair(): Pair | null {
    return this.#saved.read().pair;
  }

  get flip(): FlipView | null {
    return this.item;
  }

  /** The test of `a` against `b`; undefined before it was read. */
  pairing({ a, b }: Pair): PairingView | undefined {
    return this.#pairings.get(b)?.get(a);
  }

  override dispose(): void {
    this.#disposed.abort();
    super.dispose();
  }

  /** Reads the tests against these evaluations, and the flips of the pair when these are of an older `stamp`. */
  async read(references: readonly string[], stamp: string): Promise<void> {
    const { signal } = this.#disposed;
    const { pair } = this;
    for (const against of new Set(pair ? [...references, pair.b] : references)) {
      const { pairings } = await this.#host.call('pairings-read', { against }, signal);
      this.#pairings.set(against, new Map(pairings.map((one) => [one.evaluation, one.pairing])));
      this.changed();
    }
    if (pair && stamp !== this.#listed) await this.#list(this.#saved.read().flip);
    this.#listed = stamp;
  }

  /** Shows the flips of a pair, or with null none. */
  async open(pair: Pair | null): Promise<void> {
    this.#saved.write({ pair, flip: null, flipSide: 'either' });
    this.newListing();
    this.newSelection();
    this.pages.clear();
    this.position = -1;
    this.listProblem = null;
    this.show({ kind: 'nothing' });
    if (pair) await this.#list(null);
  }

  async setSide(flipSide: FlipSide): Promise<void> {
    this.#saved.write({ flipSide });
    await this.#list(this.flip?.index ?? null);
  }

  retry(): Promise<void> {
    return this.#list(this.#saved.read().flip);
  }

  /** Reads the list; shows the row `index` when it is listed, else the first one. */
  async #list(index: number | null): Promise<void> {
    const { pair } = this;
    if (!pair) return;
    await this.list(async (signal) => {
      await this.pages.open({ ...pair, side: this.#saved.read().flipSide }, signal);
      if (signal.aborted) return;
      const at = index === null ? 0 : await this.#placeOf(index, signal);
      if (signal.aborted) return;
      const chosen = this.pages.at(at);
      this.position = chosen ? at : -1;
      this.moves += 1;
      if (chosen) await this.select(chosen);
      else this.show({ kind: 'nothing' });
    });
  }

  /** Where the row `index` stands in the list, which is in the order of the rows; 0 when it is not there. */
  async #placeOf(index: number, signal: AbortSignal): Promise<number> {
    let [low, high] = [0, this.pages.matched - 1];
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const flip = await this.pages.find(middle, signal);
      if (!flip) return 0;
      if (flip.index === index) return middle;
      if (flip.index < index) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  }

  protected override async select({ index }: FlipSummary): Promise<void> {
    const { pair } = this;
    if (!pair) return;
    this.#saved.write({ flip: index });
    await this.showRead((signal) => this.#host.call('flip-read', { ...pair, index }, signal));
  }
}

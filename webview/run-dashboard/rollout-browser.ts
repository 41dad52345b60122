import type { GroupView, RunView, runDashboardContract } from '../../src/protocol/run-dashboard.ts';
import type { HostClient } from '../host/client.ts';
import { describeError, isAbort, type Problem } from '../host/host-error.ts';
import type { ImageStore } from '../host/image-store.ts';
import type { SavedState } from '../host/saved-state.ts';
import { nearestStep } from './chart-data.ts';
import { GroupPages } from './group-pages.ts';
import type { Order, ViewState } from './view-state.ts';

export type Shown =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'group'; readonly group: GroupView }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** An old group stays on screen this long before a skeleton takes its place, ms. */
const patience = 150;
const cached = 24;

/** How an image of a group is named in the image store. */
export const imageKey = (step: number, group: number, image: number): string => `${step}/${group}/${image}`;

/** The rollouts of a run: which step, which groups in which order, which group, which rollout. */
export class RolloutBrowser {
  readonly pages: GroupPages;
  /** Step whose groups are shown or on their way; null before any rollouts exist. */
  step: number | null = null;
  position = -1;
  /** Place of the rollout shown among the group's, best first. */
  rollout = 0;
  /** Place of the rollout that it is compared with; null means the one that tells most. */
  base: number | null = null;
  /** Counts the moves of a person, after which the list shows where one is; news of the run never scroll it. */
  moves = 0;
  shown: Shown = { kind: 'nothing' };
  /** Why the list could not be read; a faulty search, for example. */
  listProblem: Problem | null = null;
  readonly #host: HostClient<typeof runDashboardContract>;
  readonly #saved: SavedState<ViewState>;
  readonly #images: ImageStore;
  readonly #changed: () => void;
  readonly #cache = new Map<string, GroupView>();
  #steps: readonly number[] = [];
  #restarts = 0;
  /** The group and the search for which a rollout was chosen last. */
  #chosenFor = '';
  #listing = new AbortController();
  #selecting = new AbortController();

  constructor(
    host: HostClient<typeof runDashboardContract>,
    saved: SavedState<ViewState>,
    images: ImageStore,
    changed: () => void,
  ) {
    this.#host = host;
    this.#saved = saved;
    this.#images = images;
    this.#changed = changed;
    this.pages = new GroupPages(async (selection, signal) => {
      const { groups, ...page } = await host.call('groups-read', selection, signal);
      return { ...page, items: groups };
    }, changed);
  }

  get group(): GroupView | null {
    return this.shown.kind === 'group' ? this.shown.group : null;
  }

  /** Rollouts of the group shown that the search finds, by the trainer's numbers; empty when it finds all of them. */
  get found(): ReadonlySet<number> {
    const { group } = this;
    if (!group || this.#saved.read().search.trim() === '') return new Set();
    const summary = this.pages.at(this.position);
    const found = summary?.group === group.group && summary.step === group.step ? summary.found : [];
    return new Set(found.length < group.rollouts.length ? found : []);
  }

  /** True while the newest step is shown and newer ones will be. */
  get live(): boolean {
    return this.#saved.read().step === null;
  }

  /** Place of the other rollout of a comparison: the chosen one, else the best; for the best, the first that is worse. */
  get compared(): number {
    const count = this.group?.rollouts.length ?? 0;
    if (this.base !== null && this.base < count && this.base !== this.rollout) return this.base;
    if (this.rollout > 0) return 0;
    const best = this.group?.rollouts[0]?.reward;
    const worse = this.group?.rollouts.findIndex(({ reward }) => reward !== best) ?? -1;
    return worse > 0 ? worse : Math.min(1, count - 1);
  }

  dispose(): void {
    this.#listing.abort();
    this.#selecting.abort();
    this.pages.clear();
  }

  /** Takes what the run says now; reads groups again only when the step shown may have more of them. */
  async advance(run: RunView): Promise<void> {
    const before = this.#steps.at(-1);
    const restarted = run.restarts.length !== this.#restarts;
    this.#steps = run.rolloutSteps;
    this.#restarts = run.restarts.length;
    const newest = this.#steps.at(-1);
    if (newest === undefined) return;
    if (restarted) this.#cache.clear();
    const { step, group, search } = this.#saved.read();
    const wanted = step === null ? newest : (nearestStep(this.#steps, step) ?? newest);
    if (this.step === null || (this.live && this.step !== newest)) {
      await this.#open(wanted, this.step === null ? group : null);
    } else if (this.listProblem && search === '') {
      await this.retry();
    } else if (restarted || this.step === newest || this.step === before) {
      await this.#refresh();
    }
  }

  /** Shows the step nearest to `step` and stays there. */
  async goToStep(step: number): Promise<void> {
    const found = nearestStep(this.#steps, step);
    if (found === undefined) return;
    this.#saved.write({ step: found });
    if (found !== this.step) await this.#open(found, null);
    else this.#changed();
  }

  moveStep(by: number): Promise<void> {
    const at = this.#steps.indexOf(this.step ?? -1);
    const target = this.#steps[Math.min(this.#steps.length - 1, Math.max(0, at + by))];
    return target === undefined ? Promise.resolve() : this.goToStep(target);
  }

  /** Follows the newest step again. */
  async follow(): Promise<void> {
    this.#saved.write({ step: null });
    const newest = this.#steps.at(-1);
    if (newest !== undefined && newest !== this.step) await this.#open(newest, null);
    else this.#changed();
  }

  async setOrder(order: Order): Promise<void> {
    this.#saved.write({ order });
    if (this.step !== null) await this.#open(this.step, null);
  }

  async setSearch(search: string): Promise<void> {
    this.#saved.write({ search });
    if (this.step !== null) await this.#open(this.step, this.group?.group ?? null);
  }

  /** Shows the group at `position` of the list, and stays at this step: somebody reads here. */
  async pick(position: number): Promise<void> {
    const { selection } = this.pages;
    if (position < 0 || position >= this.pages.matched || !selection) return;
    // A newer step on its way does not take the place of the list that a person moves in.
    if (this.step !== selection.step) this.#newListing();
    this.step = selection.step;
    this.#saved.write({ step: this.step });
    this.position = position;
    this.moves += 1;
    this.#changed();
    this.#selecting.abort();
    this.#selecting = new AbortController();
    const summary = await this.pages.find(position, this.#selecting.signal);
    if (summary) await this.#select(summary.step, summary.group);
  }

  /** Reads the list again after it could not be read. */
  async retry(): Promise<void> {
    if (this.step !== null) await this.#open(this.step, this.#saved.read().group);
  }

  selectRollout(at: number): void {
    const count = this.group?.rollouts.length ?? 0;
    if (at < 0 || at >= count) return;
    this.rollout = at;
    this.stay();
    this.#changed();
  }

  /** Keeps the group shown on screen: somebody works with it, and a newer step on its way does not take its place. */
  stay(): void {
    const { group } = this;
    if (!group) return;
    this.#saved.write({ step: group.step });
    if (this.step !== group.step) void this.#open(group.step, group.group);
  }

  /** Sets what the rollout shown is compared with. */
  compareWith(at: number): void {
    if (at < 0 || at >= (this.group?.rollouts.length ?? 0)) return;
    this.base = at;
    this.stay();
    this.#changed();
  }

  /** Shows one rollout by the trainer's own numbers, as when another surface points at it. */
  async reveal(step: number, group: number, index: number | null): Promise<void> {
    this.#saved.write({ step, group, order: 'file', search: '' });
    await this.#open(step, group);
    const at =
      index === null ? 0 : (this.group?.rollouts.findIndex((rollout) => rollout.index === index) ?? -1);
    if (this.group?.group === group && at > 0) this.selectRollout(at);
  }

  async #open(step: number, group: number | null): Promise<void> {
    const signal = this.#newListing();
    this.step = step;
    this.listProblem = null;
    this.moves += 1;
    this.#changed();
    const { order, search } = this.#saved.read();
    try {
      await this.pages.open({ step, order, search }, signal);
      if (signal.aborted) return;
      const at = group === null ? 0 : this.pages.positionOf(group);
      this.position = at;
      this.moves += 1;
      const first = this.pages.at(0);
      if (group !== null && (at >= 0 || search === '')) await this.#select(step, group);
      else if (first) {
        this.position = 0;
        await this.#select(first.step, first.group);
      } else this.#show({ kind: 'nothing' });
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.listProblem = describeError(error);
      this.#changed();
    }
  }

  #newListing(): AbortSignal {
    this.#listing.abort();
    this.#listing = new AbortController();
    return this.#listing.signal;
  }

  async #refresh(): Promise<void> {
    const { signal } = this.#listing;
    try {
      await this.pages.refresh(signal);
      if (signal.aborted) return;
      const group = this.group?.group;
      if (group !== undefined) this.position = this.pages.positionOf(group);
      else if (this.pages.at(0)) await this.#select(this.step ?? 0, this.pages.at(0)?.group ?? 0);
    } catch (error) {
      if (!isAbort(error)) this.listProblem = describeError(error);
    }
    this.#changed();
  }

  async #select(step: number, group: number): Promise<void> {
    this.#selecting.abort();
    this.#selecting = new AbortController();
    const { signal } = this.#selecting;
    this.#saved.write({ group });
    const known = this.#cache.get(`${step}/${group}`);
    if (known) {
      this.#show({ kind: 'group', group: known });
      this.#lookAhead();
      return;
    }
    const waiting = setTimeout(() => {
      if (signal.aborted) return;
      this.shown = { kind: 'loading' };
      this.#changed();
    }, patience);
    try {
      const view = await this.#host.call('group-read', { step, group }, signal);
      if (signal.aborted) return;
      this.#keep(view);
      this.#show({ kind: 'group', group: view });
      this.#lookAhead();
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.#show({ kind: 'failed', problem: describeError(error) });
    } finally {
      clearTimeout(waiting);
    }
  }

  #show(shown: Shown): void {
    const before = this.group;
    this.shown = shown;
    const now = this.group;
    if (!before || !now || before.step !== now.step || before.group !== now.group) {
      this.rollout = 0;
      this.base = null;
    }
    this.#chooseFound();
    this.#changed();
  }

  /** Shows the first rollout that a new search finds; who then looks at another one stays there. */
  #chooseFound(): void {
    const { group, found } = this;
    const key = group ? `${group.step}/${group.group}/${this.#saved.read().search}` : '';
    if (key === this.#chosenFor) return;
    this.#chosenFor = key;
    const at = group?.rollouts.findIndex(({ index }) => found.has(index)) ?? -1;
    if (at >= 0) this.rollout = at;
  }

  #keep(view: GroupView): void {
    this.#cache.set(`${view.step}/${view.group}`, view);
    for (const key of this.#cache.keys()) {
      if (this.#cache.size <= cached) break;
      this.#cache.delete(key);
    }
  }

  /** Reads the next group while this one is being read by a person. */
  #lookAhead(): void {
    const next = this.pages.at(this.position + 1);
    if (!next) return;
    const ready = this.#cache.get(`${next.step}/${next.group}`);
    if (ready) return;
    this.#host.call('group-read', { step: next.step, group: next.group }, this.#selecting.signal).then(
      (view) => {
        this.#keep(view);
        view.images.slice(0, 2).forEach((image, at) => {
          if (image.status === 'ready') this.#images.prefetch(imageKey(view.step, view.group, at), 'full');
        });
      },
      () => undefined,
    );
  }
}

import type {
  GroupSummary,
  GroupView,
  RunView,
  runDashboardContract,
} from '../../src/protocol/run-dashboard.ts';
import type { HostClient } from '../host/client.ts';
import { describeError, isAbort } from '../host/host-error.ts';
import type { ImageStore } from '../host/image-store.ts';
import type { SavedState } from '../host/saved-state.ts';
import type { Shown } from '../host/shown.ts';
import { typingPause } from '../host/typing-pause.ts';
import { nearestStep } from './chart-data.ts';
import { GroupPages, type GroupSelection } from './group-pages.ts';
import { ListBrowser } from './list-browser.ts';
import type { Order, ViewState } from './view-state.ts';

const cached = 24;

type GroupPlace = Pick<GroupSummary, 'step' | 'group'>;

/** How an image of a group is named in the image store. */
export const imageKey = (step: number, group: number, image: number): string => `${step}/${group}/${image}`;

/** The rollouts of a run: which step, which groups in which order, which group, which rollout. */
export class RolloutBrowser extends ListBrowser<GroupSelection, GroupSummary, GroupView> {
  readonly pages: GroupPages;
  /** Step whose groups are shown or on their way; null before any rollouts exist. */
  step: number | null = null;
  /** Place of the rollout shown among the group's, best first. */
  rollout = 0;
  /** Place of the rollout that it is compared with; null means the one that tells most. */
  base: number | null = null;
  readonly #host: HostClient<typeof runDashboardContract>;
  readonly #saved: SavedState<ViewState>;
  readonly #images: ImageStore;
  readonly #cache = new Map<string, GroupView>();
  #steps: readonly number[] = [];
  #restarts = 0;
  /** What is in the search box and not searched for yet. */
  #typed: string | null = null;
  #typing: ReturnType<typeof setTimeout> | undefined;
  /** The group and the search for which a rollout was chosen last. */
  #chosenFor = '';

  constructor(
    host: HostClient<typeof runDashboardContract>,
    saved: SavedState<ViewState>,
    images: ImageStore,
    changed: () => void,
  ) {
    super(changed);
    this.#host = host;
    this.#saved = saved;
    this.#images = images;
    this.pages = new GroupPages(async (selection, signal) => {
      const { groups, ...page } = await host.call('groups-read', selection, signal);
      return { ...page, items: groups };
    }, changed);
  }

  get group(): GroupView | null {
    return this.item;
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

  override dispose(): void {
    this.#forgetTyped();
    super.dispose();
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
    else this.changed();
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
    else this.changed();
  }

  async setOrder(order: Order): Promise<void> {
    this.#saved.write({ order });
    if (this.step !== null) await this.#open(this.step, null);
  }

  /** What the search box shows. */
  get searchText(): string {
    return this.#typed ?? this.#saved.read().search;
  }

  /** Takes what is typed, and searches for it after the last key. */
  typeSearch(text: string): void {
    this.#forgetTyped();
    this.#typed = text;
    this.#typing = setTimeout(() => void this.setSearch(text), typingPause);
    this.changed();
  }

  async setSearch(search: string): Promise<void> {
    this.#forgetTyped();
    this.#saved.write({ search });
    if (this.step !== null) await this.#open(this.step, this.group?.group ?? null);
  }

  /** Shows the group at `position` of the list, and stays at its step: somebody reads here. */
  override async pick(position: number): Promise<void> {
    const { selection } = this.pages;
    if (position < 0 || position >= this.pages.matched || !selection) return;
    // A newer step on its way does not take the place of the list that a person moves in.
    if (this.step !== selection.step) this.newListing();
    this.step = selection.step;
    this.#saved.write({ step: this.step });
    await super.pick(position);
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
    this.changed();
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
    this.changed();
  }

  /** Shows one rollout by the trainer's own numbers, as when another surface points at it. */
  async reveal(step: number, group: number, index: number | null): Promise<void> {
    this.#forgetTyped();
    this.#saved.write({ step, group, order: 'file', search: '' });
    await this.#open(step, group);
    const at =
      index === null ? 0 : (this.group?.rollouts.findIndex((rollout) => rollout.index === index) ?? -1);
    if (this.group?.group === group && at > 0) this.selectRollout(at);
  }

  #forgetTyped(): void {
    clearTimeout(this.#typing);
    this.#typed = null;
  }

  async #open(step: number, group: number | null): Promise<void> {
    this.step = step;
    this.moves += 1;
    await this.list(async (signal) => {
      const { order, search } = this.#saved.read();
      await this.pages.open({ step, order, search }, signal);
      if (signal.aborted) return;
      const at = group === null ? 0 : this.pages.positionOf(group);
      this.position = at;
      this.moves += 1;
      const first = this.pages.at(0);
      if (group !== null && (at >= 0 || search === '')) await this.select({ step, group });
      else if (first) {
        this.position = 0;
        await this.select(first);
      } else this.show({ kind: 'nothing' });
    });
  }

  async #refresh(): Promise<void> {
    const signal = this.listing;
    try {
      await this.pages.refresh(signal);
      if (signal.aborted) return;
      const group = this.group?.group;
      const first = this.pages.at(0);
      if (group !== undefined) this.position = this.pages.positionOf(group);
      else if (first) await this.select(first);
    } catch (error) {
      if (!isAbort(error)) this.listProblem = describeError(error);
    }
    this.changed();
  }

  protected override async select({ step, group }: GroupPlace): Promise<void> {
    this.#saved.write({ group });
    const known = this.#cache.get(`${step}/${group}`);
    if (known) {
      this.newSelection();
      this.show({ kind: 'item', item: known });
    } else {
      await this.showRead(async (signal) => {
        const view = await this.#host.call('group-read', { step, group }, signal);
        if (!signal.aborted) this.#keep(view);
        return view;
      });
    }
  }

  protected override show(shown: Shown<GroupView>): void {
    const before = this.group;
    this.shown = shown;
    const now = this.group;
    if (!before || !now || before.step !== now.step || before.group !== now.group) {
      this.rollout = 0;
      this.base = null;
    }
    this.#chooseFound();
    this.changed();
    if (now) this.#lookAhead();
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
    this.#host.call('group-read', { step: next.step, group: next.group }, this.selecting).then(
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

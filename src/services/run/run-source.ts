import { type FSWatcher, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { VerdictName } from '../../core/dataset/row-codes.ts';
import { AppError } from '../../core/errors.ts';
import { parseEventLine } from '../../core/run/events.ts';
import { fold } from '../../core/run/fold.ts';
import type { GroupLine } from '../../core/run/group-line.ts';
import { orderGroups } from '../../core/run/group-statistics.ts';
import { parseRolloutFilter } from '../../core/run/rollout-filter.ts';
import { emptyFold, type RunFold } from '../../core/run/run-fold.ts';
import type { RunStatus } from '../../core/run/state.ts';
import { withoutTerminalCodes } from '../../core/text/terminal-codes.ts';
import { verdictOf } from '../../core/verify/verdict.ts';
import { throwIfAborted } from '../cancelled.ts';
import type { ImageData } from '../dataset/views.ts';
import { TraceImages } from '../images/trace-images.ts';
import type { Assets, Log } from '../ports.ts';
import { completeCheckpoints } from './checkpoints.ts';
import { EventTail } from './event-tail.ts';
import { isActive, readStatus } from './evidence.ts';
import { imageFolders, imageRef, viewGroup } from './group-view.ts';
import { placeNow } from './moved-paths.ts';
import { type GroupEntry, RolloutFiles } from './rollout-files.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';
import { readSeries, rewardsOf, viewRun } from './run-view.ts';
import type {
  GroupData,
  GroupSummaryData,
  GroupsPage,
  GroupsRequest,
  LogText,
  MetricsRequest,
  RunViewData,
  SeriesData,
} from './views.ts';

export interface RunSourceOptions {
  readonly log: Log;
  readonly assets: Assets;
}

const pollMs = 300;
const statusMs = 1000;
const idleStatusMs = 3000;
const logBytes = 256 << 10;

/**
 * One open run, read from its folder only: events are followed while it is open, rollouts are read by byte offset
 * when asked for and never held.
 */
export class RunSource {
  readonly folder: string;
  readonly #record: RunRecord;
  readonly #options: RunSourceOptions;
  readonly #tail: EventTail;
  readonly #rollouts: RolloutFiles;
  readonly #fold: RunFold = emptyFold();
  readonly #listeners = new Set<(seq: number) => void>();
  readonly #stop = new AbortController();
  #status: RunStatus = { kind: 'preparing' };
  #statusText = '';
  #statusAt = 0;
  #onDisk: ReadonlySet<string> = new Set();
  #seq = 0;
  #damaged = 0;
  #timer: NodeJS.Timeout | undefined;
  #watcher: FSWatcher | undefined;
  #polling: Promise<void> = Promise.resolve();
  #images: TraceImages | undefined;

  private constructor(folder: string, record: RunRecord, options: RunSourceOptions) {
    this.folder = folder;
    this.#record = record;
    this.#options = options;
    this.#tail = new EventTail(join(folder, 'events.jsonl'));
    this.#rollouts = new RolloutFiles(folder, placeNow(record.home, folder));
  }

  /** Reads all events there are, then follows; AppError run-not-found when the folder is none. Dispose it after use. */
  static async open(folder: string, options: RunSourceOptions, signal?: AbortSignal): Promise<RunSource> {
    const source = new RunSource(folder, await readRunRecord(folder), options);
    try {
      await source.#poll();
      throwIfAborted(signal);
    } catch (error) {
      await source.dispose();
      throw error;
    }
    source.#follow();
    return source;
  }

  get record(): RunRecord {
    return this.#record;
  }

  get status(): RunStatus {
    return this.#status;
  }

  /** Grows whenever anything that `view` shows may have changed. */
  get seq(): number {
    return this.#seq;
  }

  /** Calls back after changes, at most a few times a second; returns how to end that. */
  onAdvance(listener: (seq: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  view(): RunViewData {
    return viewRun(this.folder, this.#record, this.#fold, this.#status, this.#seq, this.#onDisk);
  }

  metricsRead(request: MetricsRequest): { seq: number; series: SeriesData[] } {
    return { seq: this.#seq, series: readSeries(this.#fold, request) };
  }

  /** Groups of one step, ordered and searched over all rollouts of the step; AppError filter-invalid for the search. */
  async groupsRead(request: GroupsRequest, signal?: AbortSignal): Promise<GroupsPage> {
    const all = await this.#entries(request.step, signal);
    const found =
      request.search.trim() === ''
        ? all.map((entry) => entry.summary)
        : await this.#search(all, request.search, signal);
    const ordered = orderGroups(found, request.order);
    return {
      step: request.step,
      total: all.length,
      matched: ordered.length,
      groups: ordered.slice(request.offset, request.offset + request.count),
    };
  }

  async groupRead(step: number, group: number, signal?: AbortSignal): Promise<GroupData> {
    const line = await this.#group(step, group, signal);
    return viewGroup(line, imageFolders(this.folder, this.#record), this.#record.spec.extraction);
  }

  async imageRead(
    step: number,
    group: number,
    image: number,
    size: 'thumbnail' | 'full',
    signal?: AbortSignal,
  ): Promise<ImageData> {
    const named = (await this.#group(step, group, signal)).images[image];
    if (!named) return { status: 'refused', message: 'The group has no such image.' };
    this.#images ??= new TraceImages(this.#options.assets, this.#options.log);
    return this.#images.read(
      imageRef(named.path),
      null,
      imageFolders(this.folder, this.#record),
      size,
      signal,
    );
  }

  /** The end of a log, at most 256 KiB, without terminal codes; empty before anything was written. */
  async logRead(stream: 'stdout' | 'stderr'): Promise<LogText> {
    const handle = await open(join(this.folder, `${stream}.log`), 'r').catch(() => null);
    if (!handle) return { text: '', truncated: false };
    try {
      const { size } = await handle.stat();
      const start = Math.max(0, size - logBytes);
      const buffer = Buffer.alloc(size - start);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
      const text = buffer.toString('utf8', 0, bytesRead);
      return { text: withoutTerminalCodes(text).replace(/\r\n/g, '\n'), truncated: start > 0 };
    } finally {
      await handle.close();
    }
  }

  /** The trace that prompted a group. */
  async traceOf(step: number, group: number): Promise<{ id: string; index: number | null; source: string }> {
    return (await this.#group(step, group)).trace;
  }

  /** Looks at the folder now instead of at the next tick. */
  async refresh(): Promise<void> {
    this.#statusAt = 0;
    await this.#poll();
  }

  async dispose(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.#listeners.clear();
    this.#images?.dispose();
    await this.#polling;
  }

  #follow(): void {
    const tick = () => {
      this.#timer = setTimeout(() => {
        this.#poll()
          .catch((error: unknown) => this.#options.log.warn(`Run ${this.#record.run}: ${String(error)}`))
          .finally(() => {
            if (!this.#stop.signal.aborted) tick();
          });
      }, pollMs);
    };
    tick();
    try {
      // A hint only: polling alone is enough, and network file systems never call.
      this.#watcher = watch(this.folder, { persistent: false }, (_event, name) => {
        if (name === 'exit.json' || name === 'proc.json') this.#statusAt = 0;
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      this.#watcher = undefined;
    }
  }

  #poll(): Promise<void> {
    const next = this.#polling.then(() => this.#readNew());
    this.#polling = next.catch(() => undefined);
    return next;
  }

  async #readNew(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const before = this.#fold.count;
    await this.#tail.read((line, crc) => this.#take(line, crc), this.#stop.signal);
    const hasNews = this.#fold.count !== before;
    const hasChanged = await this.#refreshStatus(hasNews);
    if (!hasNews && !hasChanged) return;
    this.#seq++;
    for (const listener of this.#listeners) listener(this.#seq);
  }

  #take(line: string, crc: string | undefined): void {
    const parsed = parseEventLine(line, crc);
    if (parsed.ok) {
      if (parsed.event.run === this.#record.run) fold(this.#fold, parsed.event);
      return;
    }
    // Torn lines are the trace of a crash and of full disks; missing numbers count what was lost.
    if (this.#damaged++ === 0)
      this.#options.log.warn(
        `Run ${this.#record.run}: a line of events.jsonl is not used (${parsed.reason}).`,
      );
  }

  async #refreshStatus(hasNews: boolean): Promise<boolean> {
    const wait = hasNews || isActive(this.#status) ? statusMs : idleStatusMs;
    if (Date.now() - this.#statusAt < wait) return false;
    this.#statusAt = Date.now();
    const [status, checkpoints] = await Promise.all([
      readStatus(this.folder),
      completeCheckpoints(this.folder),
    ]);
    const text = JSON.stringify([status, checkpoints]);
    if (text === this.#statusText) return false;
    this.#statusText = text;
    this.#status = status;
    this.#onDisk = new Set(checkpoints.map((checkpoint) => checkpoint.path));
    return true;
  }

  #entries(step: number, signal?: AbortSignal): Promise<GroupEntry[]> {
    return this.#rollouts.entries(this.#fold.batches.get(step) ?? [], signal);
  }

  async #group(step: number, group: number, signal?: AbortSignal): Promise<GroupLine> {
    const entry = (await this.#entries(step, signal)).find((one) => one.summary.group === group);
    if (entry) return this.#rollouts.group(entry);
    throw new AppError('request-invalid', `Step ${step} has no group ${group}.`, 'Choose another group.');
  }

  async #search(
    entries: readonly GroupEntry[],
    text: string,
    signal?: AbortSignal,
  ): Promise<GroupSummaryData[]> {
    const rewards = rewardsOf(this.#record, this.#fold).map(({ name }) => name);
    const test = parseRolloutFilter(text, rewards);
    const found: GroupSummaryData[] = [];
    for (const entry of entries) {
      throwIfAborted(signal);
      const group = await this.#rollouts.group(entry);
      const matching = group.rollouts
        .filter((rollout) => test(group, rollout, () => this.#verdict(rollout.completion, group)))
        .map(({ i }) => i);
      if (matching.length > 0) found.push({ ...entry.summary, found: matching });
    }
    return found;
  }

  #verdict(completion: string, group: GroupLine): VerdictName {
    return verdictOf(completion, group.ground_truth ?? null, this.#record.spec.extraction)?.state ?? 'none';
  }
}

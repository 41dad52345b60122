import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../ports.ts';
import { isActive } from './evidence.ts';
import { readListing, runIds } from './run-folder.ts';
import { type RunRecord, readRunRecord } from './run-record.ts';
import type { RunListing } from './views.ts';

const activeMs = 2000;
const idleMs = 15_000;
/** A run that ended is looked at again when one of these changes: it may have been resumed. */
const evidenceFiles = ['proc.json', 'exit.json', 'events.jsonl'];

/** Keeps the list of runs of a folder: every 2 s while one is going on, on a hint from the disk otherwise. */
export class RunsWatcher {
  readonly runsFolder: string;
  readonly #log: Log;
  readonly #listeners = new Set<() => void>();
  readonly #records = new Map<string, RunRecord>();
  readonly #ended = new Map<string, { readonly stamp: string; readonly listing: RunListing }>();
  #runs: readonly RunListing[] = [];
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #watcher: FSWatcher | undefined;
  #reading: Promise<void> | undefined;
  /** The reading after the one under way, for those who asked since that began. */
  #next: Promise<void> | undefined;
  #disposed = false;

  constructor(runsFolder: string, log: Log) {
    this.runsFolder = runsFolder;
    this.#log = log;
  }

  /** Newest first, as of the last look. */
  get runs(): readonly RunListing[] {
    return this.#runs;
  }

  /** Calls back when the list or a state changed; watching begins with the first listener. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (!this.#timer && !this.#disposed) this.#look();
    return () => this.#listeners.delete(listener);
  }

  /** Reads the folder as it is now or later: a reading that began before is not this one. */
  refresh(): Promise<void> {
    if (!this.#reading && !this.#next) return this.#begin();
    this.#next ??= Promise.allSettled([this.#reading]).then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.#listeners.clear();
  }

  #begin(): Promise<void> {
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  #look(): void {
    this.refresh()
      .catch((error: unknown) => this.#log.warn(`Runs in ${this.runsFolder}: ${String(error)}`))
      .finally(() => {
        if (this.#disposed) return;
        this.#watch();
        this.#schedule(this.#runs.some((run) => isActive(run.status)) ? activeMs : idleMs);
      });
  }

  #schedule(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), wait);
    this.#timer.unref();
  }

  #watch(): void {
    if (this.#watcher) return;
    try {
      this.#watcher = watch(this.runsFolder, { persistent: false }, (_, name) => {
        // No run begins with a dot: locks and half-made folders do.
        if (!name?.startsWith('.')) this.#schedule(300);
      });
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = undefined;
      });
    } catch {
      // The folder comes with the first run; until then the timer looks.
    }
  }

  async #read(): Promise<void> {
    const ids = await runIds(this.runsFolder);
    const listings = await Promise.all(ids.map((id) => this.#listing(id).catch(() => null)));
    this.#runs = listings.filter((listing) => listing !== null);
    for (const id of this.#records.keys()) {
      if (ids.includes(id)) continue;
      this.#records.delete(id);
      this.#ended.delete(id);
    }
    const text = JSON.stringify(this.#runs);
    if (text === this.#text) return;
    this.#text = text;
    for (const listener of this.#listeners) listener();
  }

  async #listing(id: string): Promise<RunListing> {
    const folder = join(this.runsFolder, id);
    const facts = await Promise.all(evidenceFiles.map((name) => stat(join(folder, name)).catch(() => null)));
    const stamp = facts.map((fact) => (fact ? `${fact.ino}:${fact.size}:${fact.mtimeMs}` : '-')).join('|');
    const known = this.#ended.get(id);
    if (known?.stamp === stamp) return known.listing;
    let record = this.#records.get(id);
    if (!record) {
      record = await readRunRecord(folder);
      this.#records.set(id, record);
    }
    const listing = await readListing(folder, record);
    if (isActive(listing.status)) this.#ended.delete(id);
    else this.#ended.set(id, { stamp, listing });
    return listing;
  }
}

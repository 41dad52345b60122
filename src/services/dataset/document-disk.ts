import { resolve } from 'node:path';
import { orAborted, throwIfAborted } from '../cancelled.ts';
import { fingerprintAt, sameFingerprint } from '../files/fingerprint.ts';
import type { Log } from '../ports.ts';
import type { DecisionKeeper } from './decision-keeper.ts';
import type { DocumentRows } from './document-rows.ts';
import type { EditedRow, EditedRows } from './edited-rows.ts';
import type { Journal } from './journal.ts';
import { RowFinder } from './row-finder.ts';
import { rowHash } from './row-reading.ts';
import type { RowSource } from './row-source.ts';
import { type Splice, saveSpliced } from './save.ts';
import type { Survey } from './survey.ts';
import type { DiskState, Recovery, ReloadOutcome } from './views.ts';

export interface DiskHost {
  readonly path: string;
  readonly log: Log;
  readonly edits: EditedRows;
  readonly survey: Survey;
  readonly rows: DocumentRows;
  readonly decisions: DecisionKeeper;
  readonly journal: Journal | null;
  source(): RowSource;
  /** Resolves when every row is identified. */
  identified(): Promise<void>;
  /** Scans all rows from the start. */
  scanAnew(): void;
  revision(): number;
  /** Opens the file again and forgets what was known of its rows; `replaced` is called before anybody reads them. */
  reopen(replaced: () => void, signal?: AbortSignal): Promise<void>;
  changed(reason: 'edit' | 'disk'): void;
}

/** How one open dataset and the disk keep up with each other: save, reload, recovery. One of them runs at a time. */
export class DocumentDisk {
  #state: DiskState = 'same';
  #last: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(private readonly host: DiskHost) {}

  /** What the last look at the disk has found. */
  get state(): DiskState {
    return this.#state;
  }

  save(signal?: AbortSignal): Promise<void> {
    return this.#inTurn(() => this.#save(signal));
  }

  saveAs(path: string, signal?: AbortSignal): Promise<void> {
    const target = resolve(path);
    if (target === this.host.path) return this.save(signal);
    return this.#inTurn(async () => {
      const source = await this.#indexed();
      const splices = this.#splices(this.host.edits.texts());
      await saveSpliced({ source: this.host.path, expected: source.fingerprint, splices, target }, signal);
    });
  }

  revert(signal?: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      await this.#reopen([], signal, true);
    });
  }

  /** `follow` are rows that somebody looks at: the outcome says where they stand now. */
  reload(follow: readonly number[] = [], signal?: AbortSignal): Promise<ReloadOutcome> {
    return this.#inTurn(() => this.#reopen(follow, signal));
  }

  recover(): Promise<Recovery | null> {
    const { journal, rows, edits } = this.host;
    if (!journal) return Promise.resolve(null);
    return this.#inTurn(async () => {
      const { rows: unsaved, damaged } = await journal.read();
      if (unsaved.length === 0 && damaged === 0) return null;
      const finder = new RowFinder(
        this.host,
        unsaved.map(({ baseHash }) => baseHash),
      );
      const kept: { row: EditedRow; before: string; text: string }[] = [];
      for (const one of unsaved) {
        const found = await finder.find(one.baseHash, one.index);
        const hash = rowHash(Buffer.from(one.text, 'utf8'));
        if (found) {
          const row = rows.adopt(found.index, found.bytes, one.text);
          kept.push({ row, before: found.bytes.toString('utf8'), text: one.text });
          // A save that was cut off after its rename has left nothing to do.
        } else if (!(await new RowFinder(this.host, [hash]).find(hash, one.index))) edits.stray(one);
      }
      await journal.compact();
      if (edits.strays().length > 0) this.host.changed('disk');
      const give = (textOf: (one: (typeof kept)[number]) => string) => async (): Promise<number | null> => {
        for (const one of kept) rows.put(one.row, textOf(one));
        await journal.written();
        return placeOf(kept[0]?.row);
      };
      const undo = give(({ before }) => before);
      const edit = { label: 'Recover Unsaved Edits', undo, redo: give(({ text }) => text) };
      return { kept: kept.length, lost: edits.strays(), moved: [], damaged, edit };
    });
  }

  async backup(): Promise<string> {
    await this.host.journal?.confirmed();
    return this.host.journal?.path ?? '';
  }

  check(): Promise<DiskState> {
    return this.#inTurn(async () => {
      const now = await fingerprintAt(this.host.path);
      const isSame = now !== null && sameFingerprint(now, this.host.source().fingerprint);
      const state = now === null ? 'gone' : isSame ? 'same' : 'changed';
      // Of a change nobody hears unless the file cannot be read again.
      if (state === 'changed') this.#state = state;
      else this.#tell(state);
      return state;
    });
  }

  /** Lets go of the unsaved texts of rows that the file does not have any more. */
  async forgetStrays(): Promise<void> {
    this.host.edits.forgetStrays();
    this.host.changed('disk');
    await this.host.journal?.compact();
  }

  #tell(state: DiskState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.host.changed('disk');
  }

  /** Resolves when nothing reads the file anew or writes it any more: what waits for all rows is given up. */
  async dispose(): Promise<void> {
    this.#closing.abort();
    await this.#last;
  }

  /** A save that runs while the disk is checked would look like a change by somebody else. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      throwIfAborted(this.#closing.signal);
      return run();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** The file as it is open now, once all its rows are known. */
  async #indexed(): Promise<RowSource> {
    const source = this.host.source();
    await orAborted(source.indexed, this.#closing.signal);
    return source;
  }

  async #save(signal?: AbortSignal): Promise<void> {
    const { host } = this;
    const texts = host.edits.texts();
    if (texts.size === 0) return;
    const source = await this.#indexed();
    if (host.decisions.file.fold.size > 0) await host.identified();
    const splices = this.#splices(texts);
    const task = { source: host.path, expected: source.fingerprint, splices, target: host.path };
    const { confirmed, fingerprint } = await saveSpliced(task, signal);
    if (!confirmed) host.log.warn(`${host.path} is saved, but the disk did not confirm it.`);
    const lengths = [...texts.keys()].map(
      (index, slot) => [index, splices[slot]?.bytes.length ?? 0] as const,
    );
    await source.follow(new Map(lengths), fingerprint);
    this.#saved(texts);
    await host.journal?.compact();
    this.#state = 'same';
    host.changed('edit');
  }

  #saved(texts: ReadonlyMap<number, string>): void {
    const { edits, survey, decisions } = this.host;
    const before = new Map<number, string>();
    const after = new Map<number, string>();
    for (const [index, text] of texts) {
      const hash = rowHash(Buffer.from(text, 'utf8'));
      const row = edits.at(index);
      before.set(index, row?.baseHash ?? '');
      after.set(index, hash);
      if (row) edits.saved(row, text, hash);
    }
    if (survey.identified < this.host.source().index.count) {
      this.host.scanAnew();
      return;
    }
    for (const [index, hash] of after) survey.setHash(index, hash);
    decisions.carry(before, after);
  }

  #splices(texts: ReadonlyMap<number, string>): Splice[] {
    return [...texts].map(([index, text]) => {
      const { start, length } = this.host.source().index.place(index);
      return { start, length, bytes: Buffer.from(text, 'utf8') };
    });
  }

  /** Reads the file anew, with `takesBack` without its unsaved edits; rows that were touched or are looked at are found again, wherever they stand now. */
  async #reopen(follow: readonly number[], signal?: AbortSignal, takesBack = false): Promise<ReloadOutcome> {
    const { host } = this;
    const { edits, survey } = host;
    const shown = follow.map((from) => {
      const row = edits.at(from);
      const hash = row || from >= survey.identified ? null : survey.identity(from).hash;
      return { from, row, hash };
    });
    let touched: readonly EditedRow[] = [];
    const replaced = (): void => {
      const revision = host.revision() + 1;
      if (takesBack) edits.revert(revision);
      touched = edits.displace(revision);
      host.decisions.displace();
    };
    await host.reopen(replaced, signal).catch((error: unknown) => {
      host.changed('disk');
      throw error;
    });
    this.#state = 'same';
    host.changed('disk');
    await this.#indexed();
    const hashes = [...touched.map(({ baseHash }) => baseHash), ...shown.map(({ hash }) => hash ?? '')];
    const finder = new RowFinder(host, hashes);
    await this.#place(touched, finder);
    const moved: ReloadOutcome['moved'][number][] = [];
    for (const { from, row, hash } of shown) {
      const at = row ? placeOf(row) : hash === null ? null : ((await finder.find(hash, from))?.index ?? null);
      if (at !== null) moved.push({ from, index: at, revision: edits.revision(at) });
    }
    await host.journal?.compact();
    host.changed('edit');
    return { kept: edits.dirty().length, lost: edits.strays(), moved };
  }

  async #place(touched: readonly EditedRow[], finder: RowFinder): Promise<void> {
    const { edits, rows } = this.host;
    for (const row of touched) {
      let found = await finder.find(row.baseHash, row.index);
      if (!found && row.text !== row.base) {
        // Somebody wrote the very text that waits to be saved.
        const hash = rowHash(Buffer.from(row.text, 'utf8'));
        found = await new RowFinder(this.host, [hash]).find(hash, row.index);
        if (found) edits.saved(row, row.text, hash);
      }
      if (!found) continue;
      if (row.base === null) edits.saved(row, found.bytes.toString('utf8'), row.baseHash);
      rows.place(row, found.index);
    }
  }
}

const placeOf = (row: EditedRow | undefined): number | null => (row?.isPlaced ? row.index : null);

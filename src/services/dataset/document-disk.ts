import { resolve } from 'node:path';
import type { Log } from '../ports.ts';
import type { DecisionKeeper } from './decision-keeper.ts';
import type { DocumentRows } from './document-rows.ts';
import type { EditedRows } from './edited-rows.ts';
import { fingerprintAt, sameFingerprint } from './fingerprint.ts';
import type { Journal, UnsavedRow } from './journal.ts';
import { rowHash } from './row-reading.ts';
import type { RowSource } from './row-source.ts';
import { type Splice, saveSpliced } from './save.ts';
import type { Survey } from './survey.ts';
import type { Recovery, ReloadOutcome } from './views.ts';

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
  /** Opens the file again and forgets what was known of its rows. */
  reopen(signal?: AbortSignal): Promise<void>;
  changed(reason: 'edit' | 'disk'): void;
}

/** How one open dataset and the disk keep up with each other: save, reload, recovery. One of them runs at a time. */
export class DocumentDisk {
  #changedOnDisk = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly host: DiskHost) {}

  get changedOnDisk(): boolean {
    return this.#changedOnDisk;
  }

  save(signal?: AbortSignal): Promise<void> {
    return this.#inTurn(() => this.#save(signal));
  }

  saveAs(path: string, signal?: AbortSignal): Promise<void> {
    const target = resolve(path);
    if (target === this.host.path) return this.save(signal);
    return this.#inTurn(async () => {
      const source = this.host.source();
      await source.indexed;
      const splices = this.#splices(this.host.edits.texts());
      await saveSpliced({ source: this.host.path, expected: source.fingerprint, splices, target }, signal);
    });
  }

  revert(signal?: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      await this.#reopen(signal);
      await this.host.journal?.compact();
    });
  }

  reload(signal?: AbortSignal): Promise<ReloadOutcome> {
    return this.#inTurn(async () => {
      const unsaved = this.host.edits.unsaved();
      await this.#reopen(signal);
      const outcome = await this.#adopt(unsaved);
      await this.host.journal?.compact();
      return outcome;
    });
  }

  recover(): Promise<Recovery | null> {
    const { journal, edits, rows } = this.host;
    if (!journal) return Promise.resolve(null);
    return this.#inTurn(async () => {
      const { rows: unsaved, damaged } = await journal.read();
      if (unsaved.length === 0 && damaged === 0) return null;
      const outcome = await this.#adopt(unsaved);
      await journal.compact();
      const after = edits.texts();
      const before = new Map([...after.keys()].map((index) => [index, edits.base(index)?.text ?? '']));
      const give = (texts: ReadonlyMap<number, string>): Promise<void> => {
        for (const [index, text] of texts) rows.put(index, text);
        return journal.written();
      };
      const edit = { label: 'Recover Unsaved Edits', undo: () => give(before), redo: () => give(after) };
      return { ...outcome, damaged, edit };
    });
  }

  async backup(): Promise<string> {
    await this.host.journal?.confirmed();
    return this.host.journal?.path ?? '';
  }

  check(): Promise<'same' | 'changed' | 'gone'> {
    return this.#inTurn(async () => {
      const now = await fingerprintAt(this.host.path);
      const isSame = now !== null && sameFingerprint(now, this.host.source().fingerprint);
      if (this.#changedOnDisk === isSame) {
        this.#changedOnDisk = !isSame;
        this.host.changed('disk');
      }
      if (now === null) return 'gone';
      return isSame ? 'same' : 'changed';
    });
  }

  /** A save that runs while the disk is checked would look like a change by somebody else. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #save(signal?: AbortSignal): Promise<void> {
    const { host } = this;
    const source = host.source();
    const texts = host.edits.texts();
    if (texts.size === 0) return;
    await source.indexed;
    if (host.decisions.file.fold.size > 0) await host.identified();
    const splices = this.#splices(texts);
    const task = { source: host.path, expected: source.fingerprint, splices, target: host.path };
    const { confirmed } = await saveSpliced(task, signal);
    if (!confirmed) host.log.warn(`${host.path} is saved, but the disk did not confirm it.`);
    await source.follow(
      new Map([...texts.keys()].map((index, slot) => [index, splices[slot]?.bytes.length ?? 0])),
    );
    this.#saved(texts);
    await host.journal?.compact();
    this.#changedOnDisk = false;
    host.changed('edit');
  }

  #saved(texts: ReadonlyMap<number, string>): void {
    const { edits, survey, decisions } = this.host;
    const before = new Map<number, string>();
    const after = new Map<number, string>();
    for (const [index, text] of texts) {
      const hash = rowHash(Buffer.from(text, 'utf8'));
      before.set(index, edits.base(index)?.hash ?? '');
      after.set(index, hash);
      edits.saved(index, text, hash);
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

  async #reopen(signal?: AbortSignal): Promise<void> {
    await this.host.reopen(signal);
    this.#changedOnDisk = false;
    this.host.changed('disk');
  }

  /** Lays unsaved rows over the file: on the row they were made from, wherever it stands now. */
  async #adopt(unsaved: readonly UnsavedRow[]): Promise<ReloadOutcome> {
    await this.host.source().indexed;
    const lost: UnsavedRow[] = [];
    let kept = 0;
    for (const row of unsaved) {
      const found = await this.#find(row);
      if (found) {
        this.host.rows.adopt(found.index, found.bytes, row.text);
        kept += 1;
        // A save that was cut off after its rename has left nothing to do.
      } else if (!(await this.#find({ ...row, baseHash: rowHash(Buffer.from(row.text, 'utf8')) })))
        lost.push(row);
    }
    return { kept, lost };
  }

  async #find(row: UnsavedRow): Promise<{ index: number; bytes: Buffer } | null> {
    const { source, edits, survey } = this.host;
    const { index } = source();
    const read = async (at: number): Promise<{ index: number; bytes: Buffer } | null> => {
      const [bytes] = edits.text(at) === null ? await source().read([at]) : [];
      return bytes && rowHash(bytes) === row.baseHash ? { index: at, bytes } : null;
    };
    const same = row.index < index.count ? await read(row.index) : null;
    if (same) return same;
    await this.host.identified();
    for (let at = 0; at < index.count; at++) {
      const found = survey.identity(at).hash === row.baseHash ? await read(at) : null;
      if (found) return found;
    }
    return null;
  }
}

import { readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TraceDocument } from '../../../../src/services/dataset/document.ts';
import type { Edit } from '../../../../src/services/dataset/views.ts';
import { editTruth, openDataset, row, rows, testFile, testFolder } from './open-dataset.ts';

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');
const read = (path: string): string => readFileSync(path, 'utf8');
const truthOf = async (document: TraceDocument, index: number): Promise<string | undefined> =>
  (await document.traceRead(index)).groundTruth?.text;

describe('a file that others write to while it is open', () => {
  it('undo is about the row that was edited, wherever it stands now', async () => {
    const path = testFile(rows(4));
    const document = await openDataset(path);
    const edits = [await editTruth(document, 1, 'one'), await editTruth(document, 2, 'two')];
    await document.save();
    const saved = read(path);
    writeFileSync(path, `${row(9)}\n${saved}`);
    expect(await document.reload()).toMatchObject({ kept: 0, lost: [] });
    expect(await edits[1]?.undo()).toBe(3);
    expect(await edits[0]?.undo()).toBe(2);
    expect(document.editedRows()).toEqual([2, 3]);
    await document.save();
    expect(read(path)).toBe(`${row(9)}\n${rows(4)}`);
    expect(await edits[0]?.redo()).toBe(2);
    expect(await truthOf(document, 2)).toBe('one');
  });

  it('an edit of a row that is gone waits for it, and undo empties it', async () => {
    const journalFolder = testFolder();
    const path = testFile(rows(3));
    const document = await openDataset(path, { journalFolder });
    const edit = await editTruth(document, 1, 'mine');
    writeFileSync(path, lines(row(0), row(1, { ground_truth: 'theirs' }), row(2)));
    const outcome = await document.reload();
    expect(outcome.lost.map(({ text }) => JSON.parse(text).ground_truth)).toEqual(['mine']);
    expect(document.view()).toMatchObject({ disk: 'same', strays: 1 });
    expect(document.dirty).toBe(false);
    expect(await truthOf(document, 1)).toBe('theirs');
    // It is as safe as every unsaved edit.
    const other = await openDataset(path, { journalFolder });
    expect((await other.recover())?.lost).toHaveLength(1);
    expect(await edit.undo()).toBeNull();
    expect(document.view().strays).toBe(0);
    expect(await edit.redo()).toBeNull();
    expect(document.view().strays).toBe(1);
    writeFileSync(path, rows(3));
    expect(await document.reload()).toMatchObject({ kept: 1, lost: [] });
    expect(document.view().strays).toBe(0);
    expect(await truthOf(document, 1)).toBe('mine');
  });

  it('an edit that has no row can be had as text until it is let go of', async () => {
    const path = testFile(rows(2));
    const document = await openDataset(path);
    await editTruth(document, 1, 'mine');
    writeFileSync(path, lines(row(0)));
    await document.reload();
    const [text = ''] = document.strays();
    expect(JSON.parse(text).ground_truth).toBe('mine');
    expect(document.view().strays).toBe(1);
    await document.forgetStrays();
    expect([document.view().strays, document.strays()]).toEqual([0, []]);
  });

  it('an edit that somebody else wrote down is saved', async () => {
    const path = testFile(rows(2));
    const document = await openDataset(path);
    const edit = await editTruth(document, 1, 'same');
    writeFileSync(path, lines(row(7), row(0), await document.currentLine(1)));
    expect(await document.reload()).toMatchObject({ kept: 0, lost: [] });
    expect(document.dirty).toBe(false);
    expect(await edit.undo()).toBe(2);
    expect(await truthOf(document, 2)).toBe('2');
  });

  it('refuses an edit and a decision of a row as it was read before', async () => {
    const path = testFile(rows(3));
    const document = await openDataset(path);
    const { revision } = await document.traceRead(1);
    const { reading } = document.view();
    writeFileSync(path, `${row(9)}\n${rows(3)}`);
    await document.reload();
    const target = { kind: 'ground-truth' } as const;
    await expect(document.editValue(1, revision, target, 'x')).rejects.toThrow('changed meanwhile');
    await expect(document.decide(1, 'drop', reading)).rejects.toThrow('changed on disk');
    expect(document.view().decisions).toEqual({ keep: 0, drop: 0, flag: 0 });
    await document.editValue(1, (await document.traceRead(1)).revision, target, 'x');
  });

  it('takes back decisions on the rows they were made on', async () => {
    const path = testFile(rows(4));
    const document = await openDataset(path);
    await document.decide(1, 'keep');
    await document.decide(2, 'drop');
    await document.decide(3, 'flag');
    writeFileSync(path, lines(row(9), row(0), row(1), row(3)));
    await document.reload();
    expect(await document.undoDecision()).toBe(3);
    expect(await document.undoDecision()).toBeNull();
    await document.surveyed();
    const decided = (await document.rowsRead(0, 9)).rows.map(({ decision }) => decision);
    expect(decided).toEqual([null, null, 'keep', null]);
    writeFileSync(path, rows(4));
    await document.reload();
    await document.surveyed();
    expect((await document.rowsRead(2, 1)).rows[0]?.decision).toBeNull();
    expect(await document.undoDecision()).toBe(1);
    expect(document.view().decisions).toEqual({ keep: 0, drop: 0, flag: 0 });
  });

  it('a revert that cannot read the file takes nothing back', async () => {
    const path = testFile(rows(2));
    const document = await openDataset(path);
    await editTruth(document, 1, 'mine');
    renameSync(path, `${path}.away`);
    expect(await document.checkDisk()).toBe('gone');
    await expect(document.revert()).rejects.toMatchObject({ code: 'file-not-found' });
    expect(await truthOf(document, 1)).toBe('mine');
    renameSync(`${path}.away`, path);
    await document.revert();
    expect(await truthOf(document, 1)).toBe('2');
    expect(document.view().disk).toBe('same');
  });

  it('a recovered edit that was saved is taken back by undo', async () => {
    const path = testFile(rows(2));
    const journalFolder = testFolder();
    await editTruth(await openDataset(path, { journalFolder }), 1, 'mine');
    const document = await openDataset(path, { journalFolder });
    const recovery = await document.recover();
    await document.save();
    expect(await recovery?.edit.undo()).toBe(1);
    await document.save();
    expect(read(path)).toBe(rows(2));
  });

  it('is let go of when it is closed while it is read again', async () => {
    const path = testFile(rows(3));
    const document = await openDataset(path);
    const reload = document.reload().catch(() => undefined);
    await document.dispose();
    await reload;
    const open = readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false;
      }
    });
    expect(open).toEqual([]);
    await expect(document.reload()).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('tells where rows that are looked at stand now', async () => {
    const path = testFile(rows(5));
    const document = await openDataset(path);
    await editTruth(document, 1, 'edited');
    await document.surveyed();
    writeFileSync(path, lines(row(9), row(8), row(0), row(1), row(3)));
    const { moved } = await document.reload([1, 2, 3]);
    expect(moved.map(({ from, index }) => [from, index])).toEqual([
      [1, 3],
      [3, 4],
    ]);
    for (const { index, revision } of moved)
      expect((await document.traceRead(index)).revision).toBe(revision);
  });
});

type Step =
  | { readonly kind: 'edit' | 'decide'; readonly at: number }
  | { readonly kind: 'undo' | 'redo' | 'save' | 'undo-decision' }
  | {
      readonly kind: 'disk';
      readonly how: 'insert' | 'remove' | 'move' | 'change';
      readonly at: number;
      readonly whole: boolean;
    };

const at = fc.nat(30);
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('edit', 'decide'), at }),
    fc.record({ kind: fc.constantFrom('undo', 'redo', 'save', 'undo-decision') }),
    fc.record({
      kind: fc.constant('disk'),
      how: fc.constantFrom('insert', 'remove', 'move', 'change'),
      at,
      whole: fc.boolean(),
    }),
  ),
  { minLength: 6, maxLength: 25 },
) as fc.Arbitrary<Step[]>;

const idOf = (line: string): string => JSON.parse(line).id;

/** Another writer: by a new file in its place, or over the old one. */
function writeElsewhere(path: string, step: Extract<Step, { kind: 'disk' }>, fresh: number): void {
  const all = read(path).split('\n').slice(0, -1);
  const place = step.at % (all.length + 1);
  const line = all[place];
  if (step.how === 'insert' || line === undefined) all.splice(place, 0, row(fresh));
  else if (step.how === 'change') all[place] = line.replace('"images"', ` "n${fresh}":0,"images"`);
  else {
    all.splice(place, 1);
    if (step.how === 'move') all.splice(step.at % 3, 0, line);
  }
  const target = step.whole ? `${path}.new` : path;
  writeFileSync(target, lines(...all));
  if (step.whole) renameSync(target, path);
}

it('no edit, undo, save or decision ever reaches another row than its own', async () => {
  const check = fc.asyncProperty(steps, async (all) => {
    const path = testFile(rows(6));
    const document = await openDataset(path);
    const done: Edit[] = [];
    const undone: Edit[] = [];
    const decided: string[] = [];
    for (const [turn, step] of all.entries()) {
      const ids = read(path).split('\n').slice(0, -1).map(idOf);
      const shown = async (): Promise<string[]> =>
        Promise.all(ids.map(async (_, index) => (await document.traceRead(index)).id));
      const place = 'at' in step ? step.at % Math.max(1, ids.length) : 0;
      if (step.kind === 'edit' && ids.length > 0) {
        done.push(await editTruth(document, place, `by us ${turn}`));
        undone.length = 0;
      } else if (step.kind === 'undo') {
        const edit = done.pop();
        await edit?.undo();
        if (edit) undone.push(edit);
      } else if (step.kind === 'redo') {
        const edit = undone.pop();
        await edit?.redo();
        if (edit) done.push(edit);
      } else if (step.kind === 'decide' && ids.length > 0) {
        await document.surveyed();
        const before = document.view().decisions.keep;
        await document.decide(place, 'keep');
        if (document.view().decisions.keep > before) decided.push(ids[place] ?? '');
      } else if (step.kind === 'undo-decision') {
        const index = await document.undoDecision();
        const id = decided.pop();
        if (index !== null) expect(ids[index]).toBe(id);
      } else if (step.kind === 'save') {
        const before = read(path).split('\n').slice(0, -1);
        const edited = new Set(document.editedRows());
        await document.save();
        const after = read(path).split('\n').slice(0, -1);
        expect(after.map(idOf)).toEqual(before.map(idOf));
        for (const [index, line] of after.entries()) if (!edited.has(index)) expect(line).toBe(before[index]);
      } else if (step.kind === 'disk') {
        writeElsewhere(path, step, 100 + turn);
        const unsaved = document.editedRows().length + document.view().strays;
        const { kept, lost } = await document.reload();
        // What another writer put down word for word needs no saving any more; here none does.
        expect(kept + lost.length).toBe(unsaved);
        continue;
      }
      expect(await shown()).toEqual(ids);
    }
    await document.dispose();
  });
  await fc.assert(check, {
    numRuns: Number(process.env.COLDSTART_FUZZ_RUNS ?? 25),
    seed: Number(process.env.COLDSTART_FUZZ_SEED ?? 1),
    // Every run opens files: making a failure small would take longer than reading it.
    endOnFailure: true,
  });
}, 120_000);

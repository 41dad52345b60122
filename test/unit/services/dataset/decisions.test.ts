import { appendFileSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decisionsPath } from '../../../../src/services/dataset/decisions-file.ts';
import type { TraceDocument } from '../../../../src/services/dataset/document.ts';
import { datasetFacts } from '../../../../src/services/dataset/facts.ts';
import { editTruth, openDataset, row, rows, testAssets, testFile } from './open-dataset.ts';

describe('decisions', () => {
  it('outlive the document and never touch the dataset', async () => {
    const text = rows(3);
    const path = testFile(text);
    const first = await openDataset(path);
    await first.decide(0, 'keep');
    await first.decide(1, 'drop');
    await first.decide(1, 'flag');
    expect(first.view().decisions).toEqual({ keep: 1, drop: 0, flag: 1 });
    expect(await first.undoDecision()).toBe(1);
    await first.dispose();
    const second = await openDataset(path);
    await second.surveyed();
    expect(second.view().decisions).toEqual({ keep: 1, drop: 1, flag: 0 });
    expect(await second.undoDecision()).toBeNull();
    expect(readFileSync(path, 'utf8')).toBe(text);
    const lines = readFileSync(decisionsPath(path), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).decision)).toEqual(['keep', 'drop', 'flag', 'drop']);
  });

  it('tell equal rows apart', async () => {
    const path = testFile(`${row(1)}\n${row(2)}\n${row(1)}\n${row(1)}\n`);
    const first = await openDataset(path);
    await first.decide(2, 'drop');
    await first.dispose();
    const second = await openDataset(path);
    await second.surveyed();
    const decisions = async (document: TraceDocument) =>
      (await document.rowsRead(0, 4)).rows.map(({ decision }) => decision);
    expect(await decisions(second)).toEqual([null, null, 'drop', null]);
    // An edit of the first row makes the third one the first of its kind: it keeps what was decided on it.
    await editTruth(second, 0, 'edited');
    await second.save();
    await second.dispose();
    const third = await openDataset(path);
    await third.surveyed();
    expect(await decisions(third)).toEqual([null, null, 'drop', null]);
  });

  it('count by what an export can choose', async () => {
    const document = await openDataset(testFile(rows(4)));
    for (const index of [0, 1, 3]) await document.decide(index, index === 3 ? 'drop' : 'keep');
    expect(await document.rowChoices()).toEqual({ all: 4, kept: 2, matched: 4, keptMatched: 2 });
    expect(await document.decisionsReplaced('drop')).toEqual({ keep: 2, drop: 0, flag: 0 });
    await document.setFilter('line>=2');
    expect(await document.decisionsReplaced(null)).toEqual({ keep: 1, drop: 1, flag: 0 });
    expect(await document.rowChoices()).toEqual({ all: 4, kept: 2, matched: 3, keptMatched: 1 });
  });

  it('stay with a row whose text was edited', async () => {
    const path = testFile(rows(3));
    const first = await openDataset(path);
    await first.decide(1, 'keep');
    await editTruth(first, 1, 'edited');
    await first.save();
    await first.dispose();
    const second = await openDataset(path);
    await second.surveyed();
    expect((await second.traceRead(1)).decision).toBe('keep');
    const { decisions } = await datasetFacts(path, await testAssets());
    expect(decisions).toEqual({ keep: 1, drop: 0, flag: 0 });
    const last = readFileSync(decisionsPath(path), 'utf8').trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({
      decision: 'keep',
      from: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it('apply to all filtered rows as one step', async () => {
    const document = await openDataset(testFile(rows(20)));
    await document.setFilter('index>=5');
    expect(await document.decideFiltered('drop')).toBe(15);
    expect(document.view().decisions).toEqual({ keep: 0, drop: 15, flag: 0 });
    await document.setFilter('decision:none');
    await document.filtered();
    expect(document.view().filter.matched).toBe(5);
    expect(await document.undoDecision()).toBe(5);
    expect(document.view().decisions).toEqual({ keep: 0, drop: 0, flag: 0 });
  });

  it('on a long list leave the event loop free, and are none when they are stopped', async () => {
    const path = testFile('{}\n'.repeat(40_000));
    const document = await openDataset(path);
    await document.surveyed();
    const stop = new AbortController();
    let turns = 0;
    const count = () => {
      turns++;
      if (turns === 2) stop.abort();
      beat = setImmediate(count);
    };
    let beat = setImmediate(count);
    await expect(document.decideFiltered('keep', stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(document.view().decisions).toEqual({ keep: 0, drop: 0, flag: 0 });
    expect(await document.undoDecision()).toBeNull();
    turns = 2;
    expect(await document.decideFiltered('keep')).toBe(40_000);
    expect(turns).toBeGreaterThan(4);
    const other = document.decide(7, 'flag');
    expect(await document.undoDecision()).toBe(0);
    await other;
    clearImmediate(beat);
    expect(document.view().decisions).toEqual({ keep: 0, drop: 0, flag: 1 });
    const { decisions } = await datasetFacts(path, await testAssets());
    expect(decisions).toEqual({ keep: 0, drop: 0, flag: 1 });
  });

  it('on a list are taken back when the file is read anew meanwhile', async () => {
    const text = Array.from({ length: 60_000 }, (_, index) => `{"id":${index}}\n`).join('');
    const path = testFile(text);
    const document = await openDataset(path);
    await document.surveyed();
    await document.decide(3, 'flag');
    const decided = document.decideFiltered('keep').catch((error: unknown) => error);
    writeFileSync(path, `{"id":-1}\n${text}`);
    await document.reload();
    expect(await decided).toMatchObject({ code: 'request-invalid' });
    await document.surveyed();
    expect(document.view().decisions).toEqual({ keep: 0, drop: 0, flag: 1 });
    expect(await document.undoDecision()).toBe(4);
  });

  it('pass over lines that hold no trace, and say when they cannot be written', async () => {
    const path = testFile(`${row(0)}\n\n{broken\n${row(1)}\n`);
    const document = await openDataset(path);
    expect(await document.decideFiltered('keep')).toBe(2);
    const unwritable = testFile(rows(1));
    const other = await openDataset(unwritable);
    mkdirSync(decisionsPath(unwritable));
    await expect(other.decide(0, 'keep')).rejects.toMatchObject({ name: 'AppError' });
    rmdirSync(decisionsPath(unwritable));
    await other.flush();
    expect(readFileSync(decisionsPath(unwritable), 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it('survive a torn line and lines that are none', async () => {
    const path = testFile(rows(2));
    const first = await openDataset(path);
    await first.decide(0, 'keep');
    await first.dispose();
    appendFileSync(decisionsPath(path), 'not json\n{"version":1,"hash":"00');
    const second = await openDataset(path);
    await second.decide(1, 'flag');
    await second.dispose();
    const third = await openDataset(path);
    await third.surveyed();
    expect(third.view().decisions).toEqual({ keep: 1, drop: 0, flag: 1 });
  });
});

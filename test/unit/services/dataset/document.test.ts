import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editTruth, openDataset, row, rows, testFile, testFolder } from './open-dataset.ts';

/** Numbers of lines that differ. */
function changedLines(before: string, after: string): number[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  expect(b.length).toBe(a.length);
  return a.flatMap((line, at) => (line === b[at] ? [] : [at + 1]));
}

describe('an open dataset', () => {
  it('shows rows as the lens reads them', async () => {
    const document = await openDataset(testFile(rows(3)));
    await document.surveyed();
    const view = document.view();
    expect(view).toMatchObject({
      name: 'traces.jsonl',
      state: { kind: 'ready' },
      rows: 3,
      shape: { name: 'cold-start', chosen: false },
      filter: { text: '', matched: 3, progress: { kind: 'filtered' }, error: null },
      verdicts: { correct: 3, incorrect: 0, unparsed: 0, none: 0, scanned: 3 },
      problems: [],
    });
    const page = await document.rowsRead(1, 10);
    expect(page.rows.map((item) => [item.index, item.line, item.preview, item.verdict])).toEqual([
      [1, 2, 'How many are 1 and 1?', 'correct'],
      [2, 3, 'How many are 2 and 1?', 'correct'],
    ]);
    const trace = await document.traceRead(2);
    expect(trace).toMatchObject({
      id: 't-2',
      verdict: { state: 'correct', extracted: '3', groundTruth: '3' },
      groundTruth: { text: '3', editable: true },
      edited: false,
    });
    const { completion } = trace;
    const [start, end] = trace.verdict?.range ?? [0, 0];
    expect(completion?.text.slice(start, end)).toBe('3');
    expect(completion?.segments.map(({ kind }) => kind)).toContain('think');
  });

  it('lists prompts without what all of them begin with', async () => {
    const rule = 'You FIRST think about the reasoning process, then give the final answer.';
    const line = (problem: string) =>
      JSON.stringify({
        messages: [
          { role: 'system', content: 'You are a helpful assistant.' },
          { role: 'user', content: `<image>\n${problem}` },
          { role: 'assistant', content: 'So it is \\boxed{3}.' },
        ],
        images: ['a.png'],
      });
    const asked = ['How many cubes?', 'Which is larger?', 'Why?'].map((question) => `${rule} ${question}`);
    const path = testFile(
      [...asked, 'Another question, asked in full?'].map((text) => `${line(text)}\n`).join(''),
    );
    const previews = async () => {
      const document = await openDataset(path);
      await document.indexed();
      const { rows } = await document.rowsRead(0, 10);
      return rows.map(({ preview }) => preview);
    };
    expect(await previews()).toEqual([...asked, 'Another question, asked in full?']);
    writeFileSync(path, `${asked.map(line).join('\n')}\n`);
    expect(await previews()).toEqual(['… How many cubes?', '… Which is larger?', '… Why?']);
  });

  it('changes one line for one edit, and takes edits back', async () => {
    const before = rows(5);
    const path = testFile(before);
    const document = await openDataset(path);
    await document.surveyed();
    const edit = await editTruth(document, 3, 'seven "7"');
    expect(document.dirty).toBe(true);
    expect(await document.traceRead(3)).toMatchObject({ edited: true, groundTruth: { text: 'seven "7"' } });
    expect(document.view().verdicts).toMatchObject({ correct: 4, incorrect: 1 });
    edit.undo();
    expect(document.dirty).toBe(false);
    expect(document.view().verdicts).toMatchObject({ correct: 5, incorrect: 0 });
    edit.redo();
    await document.save();
    expect(document.dirty).toBe(false);
    expect(changedLines(before, readFileSync(path, 'utf8'))).toEqual([4]);
    edit.undo();
    expect(document.editedRows()).toEqual([3]);
    await document.save();
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(await document.checkDisk()).toBe('same');
  });

  it('keeps later rows readable after saves that change lengths', async () => {
    const path = testFile(rows(50));
    const document = await openDataset(path);
    for (const [index, text] of [
      [3, 'x'.repeat(300)],
      [20, ''],
      [49, 'last'],
    ] as const) {
      await editTruth(document, index, text);
      await document.save();
      for (const at of [0, 4, 21, 48]) expect((await document.traceRead(at)).id).toBe(`t-${at}`);
    }
    expect(readFileSync(path, 'utf8').split('\n').length).toBe(51);
  });

  it('edits a segment where it stands, and refuses a stale one', async () => {
    const path = testFile(rows(2));
    const document = await openDataset(path);
    const { completion, revision } = await document.traceRead(1);
    const think = completion?.segments.find(({ kind }) => kind === 'think');
    if (!think) throw new Error('no segment');
    await document.editSegment(1, revision, think.contentStart, think.contentEnd, 'Again.\nOnce more: "2".');
    await expect(document.editSegment(1, revision, 0, 1, '')).rejects.toMatchObject({
      code: 'request-invalid',
    });
    await document.save();
    expect(JSON.parse(readFileSync(path, 'utf8').split('\n')[1] ?? '').answer).toBe(
      '<think>Again.\nOnce more: "2".</think> \\boxed{2}',
    );
  });

  it('says how many of its first rows a chosen shape is not that of', async () => {
    const document = await openDataset(testFile(rows(3)));
    expect(await document.setShape('alpaca')).toEqual({ misfits: 3, of: 3 });
    expect(await document.setShape('cold-start')).toEqual({ misfits: 0, of: 3 });
    expect(await document.setShape('auto')).toEqual({ misfits: 0, of: 3 });
  });

  it('never overwrites a file that changed on disk', async () => {
    const path = testFile(rows(4));
    const document = await openDataset(path);
    await editTruth(document, 2, 'mine');
    appendFileSync(path, `${row(4)}\n`);
    const foreign = readFileSync(path, 'utf8');
    expect(await document.checkDisk()).toBe('changed');
    expect(document.view().disk).toBe('changed');
    await expect(document.save()).rejects.toMatchObject({ code: 'file-changed-on-disk' });
    expect(readFileSync(path, 'utf8')).toBe(foreign);
    expect(document.dirty).toBe(true);
    expect(await document.reload()).toEqual({ kept: 1, lost: [], moved: [] });
    await document.save();
    expect(changedLines(foreign, readFileSync(path, 'utf8'))).toEqual([3]);
  });

  it('lets unsaved edits follow their rows, and tells of those without one', async () => {
    const path = testFile(rows(4));
    const document = await openDataset(path);
    await editTruth(document, 1, 'moved');
    await editTruth(document, 3, 'gone');
    writeFileSync(`${path}.new`, `${row(9)}\n${row(0)}\n${row(1)}\n`);
    renameSync(`${path}.new`, path);
    const outcome = await document.reload();
    expect(outcome.kept).toBe(1);
    expect(outcome.lost.map(({ text }) => JSON.parse(text).ground_truth)).toEqual(['gone']);
    expect(await document.traceRead(2)).toMatchObject({ id: 't-1', groundTruth: { text: 'moved' } });
  });

  it('recovers unsaved edits of a process that went without a word', async () => {
    const path = testFile(rows(4));
    const journalFolder = testFolder();
    const first = await openDataset(path, { journalFolder });
    await editTruth(first, 1, 'saved');
    await first.save();
    await editTruth(first, 2, 'unsaved');
    const second = await openDataset(path, { journalFolder });
    expect(second.dirty).toBe(false);
    const recovery = await second.recover();
    expect(recovery).toMatchObject({ kept: 1, lost: [], damaged: 0 });
    expect(await second.traceRead(2)).toMatchObject({ edited: true, groundTruth: { text: 'unsaved' } });
    expect(await second.savedLine(2)).toBe(row(2));
    expect(JSON.parse(await second.currentLine(2)).ground_truth).toBe('unsaved');
    await recovery?.edit.undo();
    expect(second.dirty).toBe(false);
    await recovery?.edit.redo();
    expect(second.dirty).toBe(true);
    await second.revert();
    expect(second.dirty).toBe(false);
    expect(await (await openDataset(path, { journalFolder })).recover()).toBeNull();
  });

  it('keeps recovered edits whose row is gone until it is there again, and none that the disk has already', async () => {
    const path = testFile(rows(4));
    const journalFolder = testFolder();
    const first = await openDataset(path, { journalFolder });
    await editTruth(first, 1, 'on disk');
    await editTruth(first, 3, 'gone');
    const saved = await first.currentLine(1);
    writeFileSync(path, `${row(0)}\n${saved}\n${row(2)}\n`);
    const second = await openDataset(path, { journalFolder });
    const recovery = await second.recover();
    expect(recovery?.kept).toBe(0);
    expect(recovery?.lost.map(({ text }) => JSON.parse(text).ground_truth)).toEqual(['gone']);
    expect([second.dirty, second.view().strays]).toEqual([false, 1]);
    await second.dispose();
    const third = await openDataset(path, { journalFolder });
    await third.recover();
    expect(third.strays().map((text) => JSON.parse(text).ground_truth)).toEqual(['gone']);
    writeFileSync(path, `${row(3)}\n${row(0)}\n`);
    expect(await third.reload()).toMatchObject({ kept: 1, lost: [] });
    expect(third.editedRows()).toEqual([0]);
    expect(await third.savedLine(0)).toBe(row(3));
    await third.revert();
    expect([third.dirty, await third.savedLine(0), third.view().strays]).toEqual([false, row(3), 0]);
    expect(await (await openDataset(path, { journalFolder })).recover()).toBeNull();
  });

  it('lets go of a recovered edit without a row by a revert, and lays nothing over a row that comes back', async () => {
    const path = testFile(rows(2));
    const journalFolder = testFolder();
    await editTruth(await openDataset(path, { journalFolder }), 1, 'gone');
    writeFileSync(path, rows(1));
    const document = await openDataset(path, { journalFolder });
    expect((await document.recover())?.lost).toHaveLength(1);
    await document.revert();
    writeFileSync(path, rows(2));
    expect(await document.reload()).toMatchObject({ kept: 0, lost: [] });
    expect([document.dirty, await document.currentLine(1)]).toEqual([false, row(1)]);
  });

  it('filters, says what is wrong with a filter, and keeps places', async () => {
    const document = await openDataset(testFile(`${rows(10)}${row(10, { ground_truth: 'no' })}\n`));
    await document.setFilter('verdict:incorrect or problem:none or id:"t-4"');
    await document.filtered();
    expect(document.view().filter).toMatchObject({ matched: 2, progress: { kind: 'filtered' }, error: null });
    expect((await document.rowsRead(0, 5)).rows.map(({ index }) => index)).toEqual([4, 10]);
    expect([document.positionRead(0), document.positionRead(5), document.positionRead(11)]).toEqual([
      0, 1, 1,
    ]);
    await document.setFilter('verdict:wrong');
    expect(document.view().filter).toMatchObject({ text: 'verdict:wrong', matched: 2 });
    expect(document.view().filter.error).toMatchObject({ start: 8, end: 13 });
    await document.setFilter('');
    expect(document.view().filter).toMatchObject({ matched: 11, error: null });
    await editTruth(document, 4, 'other');
    await document.setFilter('edited:yes verdict:incorrect');
    await document.filtered();
    expect((await document.rowsRead(0, 5)).rows.map(({ index }) => index)).toEqual([4]);
  });

  it('reads anew when shape or extraction change', async () => {
    const document = await openDataset(testFile(`${row(0, { answer: '<answer>1</answer>' })}\n`));
    await document.surveyed();
    expect(document.view().verdicts).toMatchObject({ unparsed: 1 });
    document.setExtraction('answer_tag');
    await document.surveyed();
    expect(document.view()).toMatchObject({
      extraction: 'answer_tag',
      verdicts: { correct: 1, unparsed: 0 },
    });
    expect(() => document.setExtraction('regex:(')).toThrowError(/pattern/);
    await document.setShape('rl-data');
    expect(document.view().shape).toMatchObject({ name: 'rl-data', chosen: true });
    expect((await document.traceRead(0)).completion).toBeNull();
    await expect(document.setShape('nonsense')).rejects.toMatchObject({ code: 'shape-unknown' });
  });

  it('serves readers while it saves, and knows its own save', async () => {
    const path = testFile(rows(2000));
    const document = await openDataset(path);
    await editTruth(document, 0, 'x'.repeat(5000));
    const saving = document.save();
    const pages = Array.from({ length: 20 }, (_, page) => document.rowsRead(page * 100, 100));
    const checks = [document.checkDisk(), document.checkDisk()];
    const later = editTruth(document, 1, 'while saving');
    const again = document.save();
    await Promise.all([saving, later, again]);
    expect(await Promise.all(checks)).toEqual(['same', 'same']);
    for (const [page, { rows: shown }] of (await Promise.all(pages)).entries())
      expect(
        shown.every(({ status, preview }, at) => status === 'ok' && preview.includes(` ${page * 100 + at} `)),
      ).toBe(true);
    await document.save();
    expect(document.dirty).toBe(false);
    expect(readFileSync(path, 'utf8')).toContain('while saving');
    expect((await document.traceRead(1999)).id).toBe('t-1999');
  });

  it('saves under another name and stays with its own', async () => {
    const path = testFile(rows(2));
    const document = await openDataset(path);
    await editTruth(document, 1, 'mine');
    const other = join(testFolder(), 'other.jsonl');
    await document.saveAs(other);
    expect(readFileSync(path, 'utf8')).toBe(rows(2));
    expect(changedLines(rows(2), readFileSync(other, 'utf8'))).toEqual([2]);
    expect(document.dirty).toBe(true);
    await document.saveAs(path);
    expect(document.dirty).toBe(false);
  });

  it('hands out texts to grade, never a ground truth taken from the completion itself', async () => {
    const row = (fields: object) => `${JSON.stringify({ problem: 'x', ...fields })}\n`;
    const path = testFile(
      row({ completion: 'so \\boxed{3}', ground_truth: '4' }) + row({ completion: 'so \\boxed{3}' }),
    );
    const document = await openDataset(path);
    expect(await document.gradingTexts(0)).toEqual({ completion: 'so \\boxed{3}', groundTruth: '4' });
    await expect(document.gradingTexts(1)).rejects.toMatchObject({
      code: 'request-invalid',
      message: expect.stringContaining('a ground truth of its own'),
    });
  });

  it('says what cannot be opened', async () => {
    const check = (path: string, code: string) => expect(openDataset(path)).rejects.toMatchObject({ code });
    await check(join(testFolder(), 'none.jsonl'), 'file-not-found');
    await check(testFolder(), 'file-unreadable');
    await check(testFile('PAR1'), 'encoding-unsupported');
  });

  it('opens 200,000 rows', async () => {
    const path = testFile(rows(200_000));
    const document = await openDataset(path, { survey: false });
    expect(document.rows).toBeGreaterThan(100);
    await document.indexed();
    expect(document.rows).toBe(200_000);
    expect((await document.traceRead(199_999)).id).toBe('t-199999');
    await editTruth(document, 100_000, 'edited');
    await document.save();
    const numstat = execFileSync('sh', ['-c', 'wc -l < "$0"', path], { encoding: 'utf8' });
    expect(Number(numstat)).toBe(200_000);
    expect((await document.traceRead(150_000)).id).toBe('t-150000');
  });
});

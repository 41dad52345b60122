import { truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TraceDocument } from '../../../../src/services/dataset/document.ts';
import { openDataset, row, testFile } from './open-dataset.ts';

/** Row `index` is incorrect when it is a multiple of 5; line 3 is blank, line 4 broken; no tags. */
function mixedRows(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    if (index === 2) return '';
    if (index === 3) return '{"id":';
    const wrong = index % 5 === 0 ? { ground_truth: 'no' } : {};
    return row(index, { answer: `Count ${index} and one more. \\boxed{${index + 1}}`, ...wrong });
  });
  return `${lines.join('\n')}\n`;
}

async function found(document: TraceDocument, text: string): Promise<number[]> {
  await document.setFilter(text);
  await document.filtered();
  const { matched, progress } = document.view().filter;
  const { rows } = await document.rowsRead(0, 200);
  expect([matched, progress.kind]).toEqual([rows.length, 'filtered']);
  return rows.map(({ index }) => index);
}

async function setTruth(document: TraceDocument, index: number, text: string) {
  const { revision } = await document.traceRead(index);
  return document.editValue(index, revision, { kind: 'ground-truth' }, text);
}

/** Filters whose answers depend on columns, alone and with what has to be read. */
const filters = [
  'verdict:incorrect',
  'verdict:correct line<=12',
  'verdict:none',
  '-verdict:correct',
  'decision:keep or decision:none verdict:incorrect',
  'edited:yes',
  'edited:no decision:drop',
  'line>=2 line<=4',
  'verdict:incorrect id:1',
  'verdict:incorrect or id=t-4',
  'decision:keep words(reasoning)>5',
  'problem:row or edited:yes',
];

describe('filters over what the survey knows', () => {
  it('find the same rows with the survey, before it, and without it', async () => {
    const path = testFile(mixedRows(60));
    const change = async (document: TraceDocument): Promise<TraceDocument> => {
      await document.decide(4, 'keep');
      await document.decide(10, 'drop');
      await setTruth(document, 7, 'wrong now');
      (await setTruth(document, 8, 'taken back')).undo();
      await setTruth(document, 10, '11');
      return document;
    };
    const surveyed = await change(await openDataset(path));
    await surveyed.surveyed();
    const early = await openDataset(path);
    await change(early);
    const expected: Record<string, number[]> = {};
    for (const text of filters) expected[text] = await found(surveyed, text);
    expect(expected).toMatchObject({
      'verdict:incorrect': [0, 5, 7, 15, 20, 25, 30, 35, 40, 45, 50, 55],
      'verdict:none': [3],
      'edited:yes': [7, 10],
      'edited:no decision:drop': [],
      'line>=2 line<=4': [1, 3],
      'verdict:incorrect id:1': [15],
    });
    for (const text of filters) expect([text, await found(early, text)]).toEqual([text, expected[text]]);
    const without = await openDataset(path, { survey: false });
    for (const [index, text] of [
      [7, 'wrong now'],
      [10, '11'],
    ] as const)
      await setTruth(without, index, text);
    for (const text of filters) expect([text, await found(without, text)]).toEqual([text, expected[text]]);
  });

  it('count a row that is edited while the survey grades as it is now', async () => {
    const document = await openDataset(testFile(mixedRows(30_000)));
    await new Promise<void>((resolve) => {
      document.onChange(() => document.view().verdicts.scanned > 0 && resolve());
    });
    expect(document.view().verdicts.scanned).toBeLessThan(29_000);
    await setTruth(document, 29_999, 'wrong now');
    await setTruth(document, 29_995, '29996');
    await document.surveyed();
    expect(document.view().verdicts).toMatchObject({ incorrect: 6000, scanned: 30_000 });
    const { rows } = await document.rowsRead(29_995, 5);
    expect(rows.map(({ verdict }) => verdict === 'correct')).toEqual([true, true, true, true, false]);
  });

  it('follow the survey while it grades, and a new rule of extraction', async () => {
    const document = await openDataset(testFile(mixedRows(3000)));
    await document.setFilter('verdict:incorrect');
    await document.filtered();
    expect(document.view().filter).toMatchObject({ matched: 600, progress: { kind: 'filtered' } });
    document.setExtraction('answer_tag');
    await document.filtered();
    expect(document.view().filter).toMatchObject({ matched: 0, progress: { kind: 'filtered' } });
    document.setExtraction('boxed');
    await document.filtered();
    expect(document.view().filter).toMatchObject({ matched: 600, progress: { kind: 'filtered' } });
  });

  it('answer columns without reading the file, and read no row that columns rule out', async () => {
    const path = testFile(mixedRows(60));
    const document = await openDataset(path);
    await document.surveyed();
    // The last rows are gone: whoever reads them fails.
    truncateSync(path, 4000);
    await document.setFilter('verdict:incorrect');
    await document.filtered();
    expect(document.view().filter).toMatchObject({ matched: 12, progress: { kind: 'filtered' } });
    await document.setFilter('verdict:incorrect line<=20 count');
    await document.filtered();
    expect(document.view().filter).toMatchObject({ matched: 4, progress: { kind: 'filtered' } });
    await document.setFilter('verdict:incorrect count');
    await expect(document.filtered()).rejects.toMatchObject({ code: 'file-unreadable' });
    expect(document.view().filter.progress).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('could not be scanned'),
    });
    writeFileSync(path, mixedRows(60));
    expect(await found(document, 'verdict:incorrect count')).toHaveLength(12);
  });
});

describe('a survey', () => {
  it('that does not get through the file says why, and is made again', async () => {
    const path = testFile(mixedRows(60));
    const document = await openDataset(path, { survey: false });
    await document.indexed();
    truncateSync(path, 4000);
    document.surveyAgain();
    await expect(document.surveyed()).rejects.toMatchObject({ code: 'file-unreadable' });
    expect(document.view().verdicts.failed).toContain('could not be scanned');
    writeFileSync(path, mixedRows(60));
    document.surveyAgain();
    expect(document.view().verdicts.failed).toBeNull();
    await document.surveyed();
    expect(document.view().verdicts).toMatchObject({ incorrect: 12, scanned: 60, failed: null });
  });
});

describe('names in a filter', () => {
  it('that no row has are said, and the list follows the filter all the same', async () => {
    const document = await openDataset(testFile(mixedRows(10)));
    await document.surveyed();
    expect(await found(document, 'bogusfield:3')).toEqual([]);
    expect(document.view().filter.error).toEqual({
      message: 'No row has a field “bogusfield”. Fields: id, images, problem, answer, ground_truth.',
      start: 0,
      end: 10,
      applied: true,
    });
    expect(await found(document, '-words(foo)>3 line<=2')).toEqual([0, 1]);
    expect(document.view().filter.error).toMatchObject({
      message: 'No row has a segment “foo”. Segments: reasoning, answer.',
      start: 7,
      end: 10,
    });
    expect(await found(document, 'words(reasoning)>4 words(think)<1 ground_truth:no')).toEqual([0, 5]);
    expect(document.view().filter.error).toBeNull();
    expect(document.completeFilter('segment(', 8).map(({ insert }) => insert)).toEqual(
      expect.arrayContaining(['reasoning)', 'answer)', 'think)']),
    );
    expect(document.completeFilter('segment(', 8)[0]?.insert).toBe('reasoning)');
  });
});

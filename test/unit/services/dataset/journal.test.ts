import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AppError } from '../../../../src/core/errors.ts';
import {
  Journal,
  journalFolder,
  journalFs,
  parseJournal,
  type UnsavedRow,
} from '../../../../src/services/dataset/journal.ts';
import { testFolder } from './open-dataset.ts';

/** A journal and the rows that it is told of, as a document would keep them. */
function open(path = join(testFolder(), 'unsaved', 'x.journal'), fs = journalFs) {
  const unsaved = new Map<number, UnsavedRow>();
  const failures: AppError[] = [];
  const list = () => [...unsaved.values()];
  const journal = new Journal(path, list, (error) => failures.push(error), fs);
  const set = (index: number, text: string | null) => {
    if (text === null) unsaved.delete(index);
    else unsaved.set(index, { index, baseHash: `base-${index}`, text });
    journal.record(index, `base-${index}`, text);
    return journal.written();
  };
  return { path, journal, failures, set, list };
}

const textsOf = (text: string) => parseJournal(text).rows.map((row) => `${row.index} ${row.text}`);

describe('Journal', () => {
  it('holds the newest text of every row, and forgets what is as on disk again', async () => {
    const { path, set, journal } = open();
    await set(2, 'first “two”');
    await set(0, 'zero\nline');
    await set(2, 'second');
    await set(5, 'five');
    await set(5, null);
    expect(await open(path).journal.read()).toEqual({
      rows: [
        { index: 0, baseHash: 'base-0', text: 'zero\nline' },
        { index: 2, baseHash: 'base-2', text: 'second' },
      ],
      damaged: 0,
    });
    await journal.compact();
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
  });

  it('goes when nothing is unsaved, and is empty where there is none', async () => {
    const { path, set, journal } = open();
    expect(await journal.read()).toEqual({ rows: [], damaged: 0 });
    await set(1, 'a');
    await set(1, null);
    await journal.compact();
    expect(existsSync(path)).toBe(false);
  });

  it('gives back what was acknowledged, wherever a crash cut it off', async () => {
    const { path, set } = open();
    const acknowledged: { bytes: number; texts: string[] }[] = [{ bytes: 0, texts: [] }];
    for (const [index, text] of [
      [3, 'grün'],
      [1, 'b'],
      [3, null],
      [1, 'c'],
      [7, '\u2028'],
    ] as const) {
      await set(index, text);
      const now = readFileSync(path);
      acknowledged.push({ bytes: now.length, texts: textsOf(now.toString('utf8')) });
    }
    const whole = readFileSync(path);
    for (let length = 0; length <= whole.length; length += 1) {
      const last = acknowledged.findLast(({ bytes }) => bytes <= length);
      expect(parseJournal(whole.subarray(0, length).toString('utf8'))).toMatchObject({ damaged: 0 });
      expect(textsOf(whole.subarray(0, length).toString('utf8'))).toEqual(last?.texts);
    }
  });

  it('never takes a damaged line for a text: it is counted, and the journal set aside', async () => {
    const { path, set } = open();
    await set(0, 'alpha');
    await set(1, 'beta');
    const whole = readFileSync(path);
    const end = whole.indexOf(10);
    for (let at = 0; at < end; at += 1) {
      const bad = Buffer.from(whole);
      bad[at] = (bad[at] ?? 0) ^ 1;
      if (bad[at] === 10) continue;
      expect({ at, ...parseJournal(bad.toString('utf8')) }).toMatchObject({
        at,
        rows: [{ text: 'beta' }],
        damaged: 1,
      });
    }
    const bad = Buffer.from(whole);
    bad[20] = 0;
    writeFileSync(path, bad);
    const again = open(path);
    expect(await again.journal.read()).toMatchObject({ damaged: 1 });
    await again.journal.compact();
    expect(readFileSync(`${path}.damaged`)).toEqual(bad);
  });

  it('is the same for every extension host of a workspace', () => {
    const root = testFolder();
    for (const id of ['1bc646c7', '1bc646c7-1', '-9f3'])
      mkdirSync(join(root, id, 'coldstart'), { recursive: true });
    const check = (given: string, shared: string) =>
      expect(journalFolder(join(root, given, 'coldstart'))).toBe(join(root, shared, 'coldstart'));
    check('1bc646c7', '1bc646c7');
    check('1bc646c7-1', '1bc646c7');
    check('-9f3', '-9f3');
    check('new-2', 'new-2');
  });

  it('says once that the disk is full, and catches up when there is room', async () => {
    let full = true;
    const path = join(testFolder(), 'x.journal');
    const check = () => {
      if (full) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    const { journal, set, failures } = open(path, {
      ...journalFs,
      append: async (to, text) => {
        check();
        await journalFs.append(to, text);
      },
      replace: async (to, text) => {
        check();
        await journalFs.replace(to, text);
      },
    });
    await set(0, 'a');
    await set(1, 'b');
    expect(failures.map(({ code }) => code)).toEqual(['disk-full']);
    await expect(journal.confirmed()).rejects.toMatchObject({ code: 'disk-full' });
    full = false;
    await set(2, 'c');
    await journal.confirmed();
    expect(textsOf(readFileSync(path, 'utf8'))).toEqual(['0 a', '1 b', '2 c']);
  });
});

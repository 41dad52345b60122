import {
  chmodSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type SaveOutcome,
  type Splice,
  saveSpliced,
  sweepTemps,
} from '../../../../src/services/dataset/save.ts';
import { diskFs, type SaveFs } from '../../../../src/services/dataset/save-fs.ts';
import { fingerprintAt } from '../../../../src/services/files/fingerprint.ts';
import { openDataset, row, rows, testFolder } from './open-dataset.ts';

const original = 'first line\nsecond line\nthird line\n';
const splices: Splice[] = [{ start: 11, length: 6, bytes: Buffer.from('2nd') }];
const saved = 'first line\n2nd line\nthird line\n';

function newFile(): { folder: string; path: string } {
  const folder = testFolder();
  const path = join(folder, 'data.jsonl');
  writeFileSync(path, original);
  return { folder, path };
}

async function save(path: string, fs?: SaveFs, target = path): Promise<SaveOutcome> {
  const expected = await fingerprintAt(path);
  if (!expected) throw new Error('no file');
  return saveSpliced({ source: path, expected, splices, target }, undefined, fs);
}

type Fault = (call: number, name: string) => void;

/** Every call on the disk, in order, after `fault` had a chance to fail it. */
function faulty(fault: Fault): SaveFs & { calls: () => number } {
  let count = 0;
  const before = (name: string): void => fault(++count, name);
  return {
    calls: () => count,
    ...Object.fromEntries(
      Object.entries(diskFs).map(([name, run]) => [
        name,
        async (...given: never[]) => {
          before(name);
          const result = await (run as (...all: never[]) => Promise<unknown>)(...given);
          if (name !== 'open') return result;
          return Object.fromEntries(
            Object.entries(result as object).map(([method, act]) => [
              method,
              async (...args: never[]) => {
                // A failing close still closes, as in the kernel.
                if (method === 'close') await act(...args);
                before(`handle.${method}`);
                if (method !== 'close') return act(...args);
              },
            ]),
          );
        },
      ]),
    ),
  } as SaveFs & { calls: () => number };
}

const failing = (code: string) => Object.assign(new Error(`simulated ${code}`), { code });

describe('a save', () => {
  it('replaces the file whole', async () => {
    const { folder, path } = newFile();
    chmodSync(path, 0o640);
    await save(path);
    expect(readFileSync(path, 'utf8')).toBe(saved);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['data.jsonl']);
  });

  it('leaves the old file or the new one, whichever call fails', async () => {
    const codes = ['EIO', 'ENOSPC', 'EACCES'];
    let outcomes = 0;
    for (const code of codes) {
      for (let failAt = 1; ; failAt++) {
        const { folder, path } = newFile();
        const fs = faulty((call) => {
          if (call === failAt) throw failing(code);
        });
        const error = await save(path, fs).then(
          () => null,
          (reason: unknown) => reason as { name: string; code: string },
        );
        const text = readFileSync(path, 'utf8');
        expect([original, saved]).toContain(text);
        if (error) expect(error.name).toBe('AppError');
        else expect(text).toBe(saved);
        const left = readdirSync(folder).filter((name) => name !== 'data.jsonl');
        // Only a failing unlink may leave a temporary file behind, and none is tried unless something else failed.
        expect(left).toEqual([]);
        outcomes++;
        if (fs.calls() < failAt) break;
      }
    }
    expect(outcomes).toBeGreaterThan(codes.length * 10);
  });

  it('does not take for its own what another program has written right behind it', async () => {
    const { path } = newFile();
    const { fingerprint } = await save(path);
    expect(fingerprint).toEqual(await fingerprintAt(path));
    const other = newFile();
    const behind = {
      ...diskFs,
      rename: async (from: string, to: string) => {
        await diskFs.rename(from, to);
        writeFileSync(to, 'another text');
      },
    };
    expect((await save(other.path, behind)).fingerprint).not.toEqual(await fingerprintAt(other.path));
  });

  it('refuses a file that must not be written, although its folder may be', async () => {
    const { folder, path } = newFile();
    const kept = { ...diskFs, checkWritable: () => Promise.reject(failing('EACCES')) };
    await expect(save(path, kept)).rejects.toMatchObject({
      code: 'file-unreadable',
      message: 'No permission to write data.jsonl.',
    });
    expect(readFileSync(path, 'utf8')).toBe(original);
    await save(path, kept, join(folder, 'new.jsonl'));
    expect(readFileSync(join(folder, 'new.jsonl'), 'utf8')).toBe(saved);
  });

  it('says that the disk is full', async () => {
    const { path } = newFile();
    const whileWriting = faulty((_, name) => {
      if (name === 'handle.write') throw failing('ENOSPC');
    });
    await expect(save(path, whileWriting)).rejects.toMatchObject({ code: 'disk-full' });
    const before = { ...diskFs, freeBytes: async () => 5 };
    await expect(save(path, before)).rejects.toMatchObject({ code: 'disk-full' });
    expect(readFileSync(path, 'utf8')).toBe(original);
  });

  it('is not made when the disk refuses a part of a large file while the rest is copied', async () => {
    const { folder, path } = newFile();
    writeFileSync(path, Buffer.alloc(70 << 20, 'x'));
    let flushes = 0;
    const refusing = faulty((_, name) => {
      if (name === 'handle.flush' && ++flushes === 2) throw failing('ENOSPC');
    });
    await expect(save(path, refusing)).rejects.toMatchObject({ code: 'disk-full' });
    expect(statSync(path).size).toBe(70 << 20);
    expect(readdirSync(folder)).toEqual(['data.jsonl']);
    flushes = 2;
    await save(path, refusing);
    expect(flushes).toBeGreaterThan(3);
  });

  it('copes with short writes', async () => {
    const { path } = newFile();
    const short: SaveFs = {
      ...diskFs,
      open: async (name, flags) => {
        const handle = await diskFs.open(name, flags);
        return { ...handle, write: (buffer, length, at) => handle.write(buffer, Math.min(length, 3), at) };
      },
    };
    await save(path, short);
    expect(readFileSync(path, 'utf8')).toBe(saved);
  });

  it('refuses when the file changed, also while it was copied', async () => {
    const { path } = newFile();
    const touch = () => utimesSync(path, 1, 1);
    const expected = await fingerprintAt(path);
    if (!expected) throw new Error('no file');
    const late = faulty((_, name) => {
      if (name === 'copyMode') touch();
    });
    await expect(save(path, late)).rejects.toMatchObject({ code: 'file-changed-on-disk' });
    await expect(saveSpliced({ source: path, expected, splices, target: path })).rejects.toMatchObject({
      code: 'file-changed-on-disk',
    });
    expect(readFileSync(path, 'utf8')).toBe(original);
  });

  it('keeps a link a link', async () => {
    const { folder, path } = newFile();
    const link = join(folder, 'link.jsonl');
    symlinkSync(path, link);
    await save(link);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe(saved);
  });

  it('keeps all names of a file with several', async () => {
    const { folder, path } = newFile();
    const other = join(folder, 'other.jsonl');
    linkSync(path, other);
    await save(path);
    expect(readFileSync(other, 'utf8')).toBe(saved);
    expect(statSync(other).ino).toBe(statSync(path).ino);
  });

  it('sweeps what a killed save left, and nothing else', async () => {
    const { folder, path } = newFile();
    const dead = `.data.jsonl.${2 ** 22 + 1}-aabbccdd.coldstart-tmp`;
    const alive = `.data.jsonl.${process.pid}-aabbccdd.coldstart-tmp`;
    for (const name of [dead, alive, '.data.jsonl.notes']) writeFileSync(join(folder, name), '');
    await sweepTemps(path);
    expect(readdirSync(folder).sort()).toEqual(['.data.jsonl.notes', alive, 'data.jsonl'].sort());
  });
});

describe('bytes that nobody edited', () => {
  const line = fc.oneof(
    fc.integer({ min: 0, max: 99 }).map((index) => Buffer.from(row(index))),
    fc
      .constantFrom('', '   ', '{"a": 1.0, "b":9007199254740993,"a":2}', '{broken', '"\\ud800"')
      .map((text) => Buffer.from(text)),
    fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10 && byte !== 13))),
  );
  const file = fc.record({
    mark: fc.boolean(),
    ends: fc.array(fc.constantFrom('\n', '\r\n'), { minLength: 1, maxLength: 3 }),
    lines: fc.array(line, { minLength: 1, maxLength: 12 }),
    finalEnd: fc.boolean(),
    edited: fc.nat(11),
    text: fc.string({ unit: 'binary', maxLength: 30 }),
  });

  it('stay as they are', async () => {
    await fc.assert(
      fc.asyncProperty(file, async ({ mark, ends, lines, finalEnd, edited, text }) => {
        // A row to edit, the first, so that the file is JSONL of the shape whatever follows.
        const all = [Buffer.from(row(0)), ...lines];
        const end = (at: number) =>
          Buffer.from(at === all.length - 1 && !finalEnd ? '' : (ends[at % ends.length] ?? ''));
        const whole = Buffer.concat([
          Buffer.from(mark ? [0xef, 0xbb, 0xbf] : []),
          ...all.flatMap((bytes, at) => [bytes, end(at)]),
        ]);
        const path = join(testFolder(), 'traces.jsonl');
        writeFileSync(path, whole);
        const document = await openDataset(path, { survey: false });
        await document.save();
        expect(readFileSync(path)).toEqual(whole);
        const index = Math.min(edited, document.rows - 1);
        const trace = await document.traceRead(index);
        if (trace.status !== 'ok' || trace.turns.length === 0) return;
        const before = await document.savedBytes(index);
        await document.editValue(index, trace.revision, { kind: 'ground-truth' }, text);
        await document.save();
        const after = readFileSync(path);
        const start = whole.indexOf(before);
        const now = await document.savedBytes(index);
        const place = whole.length - after.length + now.length;
        expect(place).toBe(before.length);
        const at = [...Array(all.length).keys()].find((candidate) => {
          const from = offsetOf(all, end, mark, candidate);
          return whole.subarray(from, from + before.length).equals(before) && candidate === index;
        });
        const from = at === undefined ? start : offsetOf(all, end, mark, at);
        expect(after.subarray(0, from)).toEqual(whole.subarray(0, from));
        expect(after.subarray(from + now.length)).toEqual(whole.subarray(from + before.length));
        await document.dispose();
      }),
      { numRuns: 60 },
    );
  });

  function offsetOf(
    all: readonly Buffer[],
    end: (at: number) => Buffer,
    mark: boolean,
    index: number,
  ): number {
    let offset = mark ? 3 : 0;
    for (let at = 0; at < index; at++) offset += (all[at]?.length ?? 0) + end(at).length;
    return offset;
  }

  it('keeps array files as arrays', async () => {
    const path = join(testFolder(), 'traces.json');
    const text = `[\n  ${row(0)},\n\n    ${row(1).replaceAll(',"', ' ,\n      "')}  ,${row(2)}\n]\n`;
    writeFileSync(path, text);
    const document = await openDataset(path);
    expect(document.rows).toBe(3);
    const { revision, line } = await document.traceRead(1);
    expect(line).toBe(4);
    await document.editValue(1, revision, { kind: 'ground-truth' }, 'new');
    await document.save();
    expect(readFileSync(path, 'utf8')).toBe(text.replace('"ground_truth":"2"', '"ground_truth":"new"'));
    expect((await document.traceRead(2)).id).toBe('t-2');
    expect(rows(1).length).toBeGreaterThan(0);
  });
});

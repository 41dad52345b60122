import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRow } from '../../../../src/core/dataset/row-scan.ts';
import { findValueSpan } from '../../../../src/core/trace/json-span.ts';
import { detectShape, readTrace } from '../../../../src/core/trace/lens.ts';
import type { Trace } from '../../../../src/core/trace/trace.ts';
import { applyEdit } from '../../../../src/core/trace/trace-edit.ts';
import { filesIn, readLines, sharedFolder, skipMessage } from './shared-data.ts';

const folder = sharedFolder('awkward');

interface Read {
  line: string;
  trace: Trace;
}

function load(file: string): Read[] {
  const readings = readLines(join(folder ?? '', file)).flatMap((line, position) => {
    const reading = parseRow(line);
    return reading.ok ? [{ line, row: reading.row, position }] : [];
  });
  const { shape } = detectShape(readings.map(({ row }) => row));
  return readings.map(({ line, row, position }, index) => ({
    line,
    trace: readTrace(row, { index, line: position + 1, hash: `h${index}` }, { shape }),
  }));
}

/** `line: code code` for each flagged row. */
const flagged = (file: string): Record<number, string> =>
  Object.fromEntries(
    load(file)
      .filter(({ trace }) => trace.problems.length > 0)
      .map(({ trace }) => [trace.line, trace.problems.map((problem) => problem.code).join(' ')]),
  );

const kinds = (file: string): string[] => load(file).map(({ trace }) => trace.images[0]?.kind ?? 'none');

describe.skipIf(folder === null)(
  `awkward files (${folder === null ? skipMessage('awkward') : 'shared data'})`,
  () => {
    it.each<[string, Record<number, string>]>([
      ['bom.jsonl', {}],
      ['crlf.jsonl', {}],
      ['numbers.jsonl', {}],
      ['proto-key.jsonl', {}],
      ['line-separators.jsonl', {}],
      [
        'tag-mismatch.jsonl',
        {
          2: 'placeholder-mismatch',
          3: 'placeholder-mismatch',
          4: 'placeholder-mismatch',
          5: 'placeholder-mismatch',
          7: 'placeholder-mismatch placeholder-look-alike',
          8: 'placeholder-in-completion',
        },
      ],
      [
        'wrong-types.jsonl',
        {
          1: 'images-not-a-list',
          2: 'images-null placeholder-mismatch',
          3: 'image-struct',
          4: 'ground-truth-type',
          5: 'completion-type',
          6: 'prompt-type prompt-empty placeholder-mismatch',
          7: 'completion-missing',
          8: 'row-not-object',
          9: 'row-not-object',
          10: 'row-not-object',
          11: 'placeholder-mismatch',
        },
      ],
      [
        'mixed-shapes.jsonl',
        {
          2: 'shape-differs ground-truth-from-box',
          3: 'shape-differs ground-truth-from-box',
          4: 'shape-differs ground-truth-from-box',
          5: 'shape-differs ground-truth-from-box',
          6: 'shape-differs ground-truth-from-box',
          7: 'shape-unknown prompt-empty completion-missing',
        },
      ],
    ])('%s', (file, expected) => {
      expect(flagged(file)).toEqual(expected);
    });

    it('reads each row of a mixed file by its own shape', () => {
      expect(load('mixed-shapes.jsonl').map(({ trace }) => trace.shape)).toEqual([
        'cold-start',
        'ms-swift',
        'ms-swift-query',
        'llava',
        'alpaca',
        'trl-prompt-completion',
        'cold-start',
        'cold-start',
      ]);
    });

    it('tells what an image reference is', () => {
      expect(kinds('data-uri-image.jsonl')).toEqual(['path', 'data', 'bytes', 'data', 'data', 'data']);
      expect(kinds('url-image.jsonl')).toEqual(['path', 'remote', 'remote', 'remote', 'remote', 'remote']);
      expect(kinds('absolute-path-image.jsonl')).toEqual(Array.from({ length: 8 }, () => 'path'));
      expect(kinds('missing-image.jsonl')).toEqual(['path', 'path', 'path', 'path', 'path', 'invalid']);
      const sources = load('data-uri-image.jsonl').map(({ trace }) => trace.images[0]?.source.length ?? 0);
      expect(Math.max(...sources)).toBeLessThan(300);
    });

    it('hints at a backslash that the row lost, and keeps ids of two types apart from nothing', () => {
      expect(flagged('escapes.jsonl')[2]).toContain('backslash-lost');
      expect(load('duplicate-ids.jsonl').map(({ trace }) => trace.id)[4]).toBe('7');
    });

    it('keeps odd keys as data and changes no prototype', () => {
      const metas = load('proto-key.jsonl').map(({ trace }) => trace.meta);
      expect(metas[3]).toMatchObject({ toString: 'text', hasOwnProperty: 1, '': 'empty name', 'a.b': 1 });
      expect(Object.hasOwn(metas[1] ?? {}, '__proto__')).toBe(true);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
      expect((metas[0] as { polluted?: boolean }).polluted).toBeUndefined();
    });

    it('edits any value of any file and leaves every other byte of the line', () => {
      for (const file of filesIn(folder ?? '')) {
        if (file === 'utf16.jsonl' || file === 'pretty-array.jsonl') continue;
        for (const { line, trace } of load(file)) {
          const { completion, groundTruth } = trace;
          if (completion !== null && completion.at !== null) {
            const end = completion.text.length;
            const edited = applyEdit(line, trace, { kind: 'completion', start: end, end, text: '!' });
            if (!edited.ok) throw new Error(`${file}: ${edited.message}`);
            const span = findValueSpan(line, completion.at);
            const quote = (span?.end ?? 0) - 1;
            expect(
              edited.line === `${line.slice(0, quote)}!${line.slice(quote)}`,
              `${file}:${trace.line}`,
            ).toBe(true);
          }
          if (groundTruth !== null && groundTruth.at !== null) {
            const edited = applyEdit(line, trace, { kind: 'ground-truth', text: groundTruth.text });
            expect(edited.ok && edited.line, file).toBe(line);
          }
        }
      }
    });
  },
);

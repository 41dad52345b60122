import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { harmless, progressLine } from '../../../src/cli/output.ts';

test('text of a model rewrites no terminal, and a record stays the same value', () => {
  const hostile = '\x1b]0;title\x07\x1b[2J\x9b31m one\u202etwo\r three\ttab\nline\r\nend';
  expect(harmless(hostile)).toBe(
    '\\u001b]0;title\\u0007\\u001b[2J\\u009b31m one\\u202etwo\\u000d three\ttab\nline\nend',
  );
  expect(harmless('\x1b[32mcorrect\x1b[0m')).toBe('\x1b[32mcorrect\x1b[0m');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = harmless(JSON.stringify({ text }));
      expect(JSON.parse(line)).toEqual({ text });
      expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
    }),
  );
});

test('a progress line is whole on a terminal that says it has 0 columns', () => {
  const { isTTY, columns } = process.stderr;
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    Object.assign(process.stderr, { isTTY: true, columns: 0 });
    progressLine().show('step 1 of 2');
    expect(write).toHaveBeenCalledWith('\r\x1b[Kstep 1 of 2');
  } finally {
    write.mockRestore();
    Object.assign(process.stderr, { isTTY, columns });
  }
});

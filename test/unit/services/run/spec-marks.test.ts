import { expect, test } from 'vitest';
import { SpecMarks } from '../../../../src/services/run/spec-marks.ts';
import type { Finding } from '../../../../src/services/run/views.ts';

const spec = (changes: object) =>
  JSON.stringify({ name: 'a', stage: 'sft', model: 'm', dataset: { path: 'x.jsonl' }, ...changes });

const finding = (code: string, severity: Finding['severity']): Finding => ({
  code,
  severity,
  message: 'm',
  fix: '',
  line: 1,
  column: 2,
  length: 3,
});

/** What is marked, as `code: message fix`. */
const marked = (marks: SpecMarks, others: Parameters<SpecMarks['marks']>[0] = []) =>
  marks.marks(others).map(({ code, message, fix }) => `${code}: ${message} ${fix}`.trim());

test('mistakes are marked as they are typed, and go when they are mended', () => {
  const marks = new SpecMarks();
  marks.read(spec({ batch_sise: 4 }));
  const mistake = 'spec-invalid: Unknown setting "batch_sise". Did you mean "batch_size"?';
  expect(marked(marks)).toEqual([mistake]);
  marks.read(spec({ batch_size: 4 }));
  expect(marked(marks)).toEqual([]);
  // VS Code marks what is no JSON.
  marks.read('{"name": ');
  expect(marked(marks)).toEqual([]);
});

test('a mistake that somebody else marks at the same place is not marked twice', () => {
  const text = spec({ batch_size: 'four' });
  const marks = new SpecMarks();
  marks.read(text);
  const place = { line: 1, column: text.indexOf('"four"') + 1, length: 6 };
  expect(marked(marks)).toHaveLength(1);
  expect(marked(marks, [{ ...place, length: 5 }])).toHaveLength(1);
  expect(marked(marks, [place])).toEqual([]);
});

test('findings of a check stand beside the mistakes, which are told once, until the text changes', () => {
  const marks = new SpecMarks();
  marks.read(spec({ batch_sise: 4 }));
  marks.check([finding('spec-invalid', 'error'), finding('model', 'error'), finding('selection', 'info')]);
  const mistake = expect.stringContaining('batch_sise');
  expect(marked(marks)).toEqual([mistake, 'model: m']);
  marks.change();
  expect(marked(marks)).toEqual([mistake]);
});

import { describe, expect, it } from 'vitest';
import { readRowText } from '../../../../src/services/dataset/row-reading.ts';
import { RowReader } from '../../../../src/services/dataset/row-view.ts';

/** The verdict on a row of the cold-start shape, or none. */
function verdictOn(fields: object): string {
  const reader = new RowReader({ shape: 'cold-start' }, 'boxed');
  const text = JSON.stringify({ images: [], problem: 'How many?', ...fields });
  const row = reader.view(readRowText(text), { index: 0, line: 1, hash: '' });
  return row.status === 'ok' ? (reader.verdict(row.trace)?.state ?? 'none') : row.status;
}

describe('verdicts on rows', () => {
  const cases = [
    {
      name: 'against a ground truth',
      fields: { answer: '\\boxed{2}', ground_truth: '2' },
      verdict: 'correct',
    },
    {
      name: 'against another one',
      fields: { answer: '\\boxed{2}', ground_truth: '3' },
      verdict: 'incorrect',
    },
    {
      name: 'not against the box of the completion itself',
      fields: { answer: 'So \\boxed{2}' },
      verdict: 'none',
    },
    { name: 'not without a completion', fields: { ground_truth: '2' }, verdict: 'none' },
  ];
  for (const { name, fields, verdict } of cases) it(name, () => expect(verdictOn(fields)).toBe(verdict));
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { lastJsonLine, readJsonLine } from '../../../../src/services/environment/json-line.ts';
import { gradeAll } from '../../../../src/services/run/grade-completions.ts';

const schema = z.object({ done: z.number() });

test.each<[string, object | null]>([
  ['{"done":1}', { done: 1 }],
  ['{"done":1,"more":true}', { done: 1 }],
  ["{'loss': 0.1}", null],
  ['{"done":"1"}', null],
  ['{"done":', null],
  ['Loading …', null],
  ['', null],
])('a line of a child is read by its schema or not at all: %s', (line, expected) => {
  expect(readJsonLine(line, schema)).toEqual(expected);
  expect(lastJsonLine([line, "{'loss': 0.1}", 'done'], schema)).toEqual(expected);
});

test.each<[string, string | null, string]>([
  ['no file', null, 'It wrote none'],
  ['a torn line', '{"trace":', 'Line 1 cannot be read'],
  ['a line of something else', '{"x":1}', 'Line 1 cannot be read'],
])('completions that are not whole are told as what they are: %s', async (_, text, words) => {
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-lines-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'completions.jsonl');
  if (text !== null) await writeFile(file, text);
  const about = { model: 'm', dataset: 'd', sha256: '', selection: '', samples: 1 };
  const graded = gradeAll(file, 'boxed', new Map(), about);
  await expect(graded).rejects.toMatchObject({ code: 'run-failed', message: expect.stringContaining(words) });
});

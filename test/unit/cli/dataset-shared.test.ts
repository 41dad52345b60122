import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coldstart, sharedData, workFolder } from './command-line.ts';

const isThere = existsSync(sharedData);
if (!isThere) console.warn(`Skipped: there is no ${sharedData}.`);

interface Expected {
  readonly rows: number | null;
  readonly array_rows?: number;
  readonly broken?: readonly number[];
}

describe.runIf(isThere)('dataset commands on the shared data', () => {
  const awkward = join(sharedData, 'awkward');
  const expected: Readonly<Record<string, Expected>> = isThere
    ? JSON.parse(readFileSync(join(awkward, 'expected.json'), 'utf8'))
    : {};
  for (const [file, { rows, array_rows, broken = [] }] of Object.entries(expected))
    it(`counts the rows of ${file}`, async () => {
      const outcome = await coldstart(['dataset', 'info', file, '--no-images', '--json'], { cwd: awkward });
      if (rows === null) {
        expect(outcome).toMatchObject({ code: 1, stdout: '' });
        return;
      }
      expect(outcome).toMatchObject({ code: 0 });
      expect(outcome.records()).toMatchObject([{ rows: array_rows ?? rows, broken: broken.length }]);
    });

  it('grades the cold-start set', async () => {
    const cwd = join(sharedData, 'tabmwp');
    const outcome = await coldstart(['dataset', 'verify', 'traces.jsonl', '--json'], { cwd });
    expect(outcome.records()).toHaveLength(1000);
    expect(outcome.records().every(({ state }) => state === 'correct')).toBe(true);
  });

  it('copies rows and images into another shape, which reads the same', async () => {
    const to = join(workFolder({}), 'new.jsonl');
    const cwd = join(sharedData, 'tabmwp');
    const show = async (file: string) =>
      (await coldstart(['dataset', 'show', file, '--rows', '0:50', '--json'], { cwd }))
        .records()
        .map(({ id, prompt, completion, ground_truth, verdict }) => ({
          id,
          prompt,
          completion,
          ground_truth,
          verdict,
        }));
    const args = [
      'dataset',
      'export',
      'traces.jsonl',
      '--to',
      to,
      '--as',
      'openai-messages',
      '--images',
      'copy',
    ];
    expect(await coldstart([...args, '--rows', '0:50'], { cwd })).toMatchObject({ code: 0 });
    expect(await show(to)).toEqual(await show('traces.jsonl'));
    expect(await coldstart(['dataset', 'lint', to], { cwd })).toMatchObject({ code: 0, stdout: '' });
  });
});

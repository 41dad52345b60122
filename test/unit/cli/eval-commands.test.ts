import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listEvaluations } from '../../../src/services/run/evaluations.ts';
import { coldstart, type Outcome, workFolder } from './command-line.ts';

const python = join(import.meta.dirname, '../../fixtures/stub-trainer/python');
const lines = [1, 2, 3, 4].map((sum) => `${JSON.stringify({ problem: '1 + ?', answer: `${sum}` })}\n`);
const spec = { stage: 'grpo', model: 'org/tiny', dataset: { path: 'd.jsonl' }, max_steps: 2 };

/** A folder with one finished run, `first`, of `org/tiny`. */
async function workspace(): Promise<{ cwd: string; run: (args: readonly string[]) => Promise<Outcome> }> {
  const cwd = workFolder({
    'd.jsonl': lines.join(''),
    'first.run.json': JSON.stringify({ ...spec, name: 'first' }),
  });
  const run = (args: readonly string[]) =>
    coldstart(args, { cwd, env: { COLDSTART_PYTHON: python }, stdin: lines.join('') });
  expect((await run(['run', 'start', 'first.run.json', '--wait'])).code).toBe(0);
  return { cwd, run };
}

test('an evaluation of a run, of its checkpoint or of its base model is kept for the dashboards', async () => {
  const { cwd, run } = await workspace();
  const runs = join(cwd, '.coldstart/runs');
  const evaluate = async (model: string, ...more: readonly string[]) => {
    const found = await run(['eval', '--model', model, '--dataset', 'd.jsonl', '--json', ...more]);
    expect(found.code, found.stderr).toBe(0);
    expect(found.records()).toMatchObject([{ model, n: more.length > 0 ? 2 : 4 }]);
    return found.stderr;
  };
  const kept = async () =>
    (await listEvaluations(runs)).map(({ name, step, n, selection }) => [name, step, n, selection].join());

  expect(await evaluate('run:first')).toMatch(/Evaluation tab/);
  expect(await kept()).toEqual(['first,2,4,']);
  const [id = ''] = readdirSync(runs);
  await evaluate(join(runs, id, 'checkpoints', 'checkpoint-2'));
  expect(await kept()).toEqual(['first,2,4,']);
  await evaluate('run:first', '--rows', '1:3', '--filter', 'words(prompt)>0');
  expect(await kept()).toEqual(['first,2,2,rows 1:3, words(prompt)>0', 'first,2,4,']);
  await evaluate('org/tiny', '--limit', '2', '--out', 'rows.jsonl');
  expect(await kept()).toContain('org/tiny,,2,the first 2');
  const rows = readFileSync(join(cwd, 'rows.jsonl'), 'utf8');
  const evaluations = join(cwd, '.coldstart/evaluations');
  const [copy = ''] = readdirSync(evaluations).filter((name) => /^org_tiny-d-.*\.jsonl$/.test(name));
  expect(readFileSync(join(evaluations, copy), 'utf8')).toBe(rows);

  // Rows that passed once, and models that no run knows, have no place in a dashboard.
  const before = await kept();
  const piped = await run(['eval', '--model', 'run:first', '--dataset', '-', '--json']);
  expect(piped.records()).toMatchObject([{ dataset: '-', n: 4 }]);
  await evaluate('org/other');
  expect(await kept()).toEqual(before);
});

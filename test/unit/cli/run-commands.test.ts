import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { coldstart, type Outcome, onePixel, workFolder } from './command-line.ts';

const python = join(import.meta.dirname, '../../fixtures/stub-trainer/python');
const row = { problem: '<image>What is 1 + 1?', answer: '2', images: ['pixel.png'] };
const spec = { name: 'stub', stage: 'grpo', model: 'org/tiny', dataset: { path: 'd.jsonl' }, max_steps: 2 };

/** A folder with one-row datasets and run specs. */
function workspace(specs: Readonly<Record<string, object | string>>): string {
  const lines = [row, row, row, row].map((one) => `${JSON.stringify(one)}\n`);
  const texts = Object.entries(specs).map(([name, one]) => [
    `${name}.run.json`,
    typeof one === 'string' ? one : JSON.stringify({ ...spec, ...one }, null, 2),
  ]);
  return workFolder({
    'pixel.png': onePixel,
    'half.png': onePixel.subarray(0, 40),
    'huge.png': Buffer.concat([
      onePixel.subarray(0, 16),
      Buffer.from('00009c4000009c40', 'hex'),
      onePixel.subarray(24),
    ]),
    'd.jsonl': lines.join(''),
    'broken.jsonl': `${lines.join('')}{"a":\nno json\n[1\n`,
    'gone.jsonl': JSON.stringify({ ...row, images: ['gone.png'] }),
    'huge.jsonl': JSON.stringify({ ...row, images: ['huge.png'] }),
    'corrupt.jsonl': JSON.stringify({ ...row, images: ['half.png'] }),
    ...Object.fromEntries(texts),
  });
}

const run = (cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
  coldstart(['run', ...args], {
    cwd,
    env: { COLDSTART_PYTHON: python, COLDSTART_ENVIRONMENTS: cwd, ...env },
  });

/** Names of what stands in the runs folder: runs, and what a start may not leave behind. */
function left(cwd: string): string[] {
  try {
    return readdirSync(join(cwd, '.coldstart/runs'));
  } catch {
    return [];
  }
}

/** Deletes a run folder in which a trainer goes on writing. */
function removeRun(cwd: string): void {
  const runs = join(cwd, '.coldstart/runs');
  const [id = ''] = left(cwd).filter((name) => !name.startsWith('.'));
  renameSync(join(runs, id), join(runs, '.away'));
  for (;;) {
    try {
      rmSync(join(runs, '.away'), { recursive: true, force: true });
      return;
    } catch {
      // A file came while its folder was emptied.
    }
  }
}

/** A spec, what stderr says (what happened and what to do), and the surroundings when they are the fault. */
const refusals: readonly (readonly [string, object | string, RegExp, Record<string, string>?])[] = [
  [
    'a huge image',
    { dataset: { path: 'huge.jsonl' } },
    /line 1.+40000 × 40000 pixels[\s\S]+Repair or remove/,
  ],
  [
    'a typo',
    { max_step: 3 },
    /Unknown setting "max_step"\. \(line \d+, column 3\)\n {2}Did you mean "max_steps"\?/,
  ],
  ['broken JSON', '{"name": "x",\n "stage" "sft"}', /not valid JSON: .+ \(line 2, column/],
  [
    'no such dataset',
    { dataset: { path: 'none.jsonl' } },
    /There is no file .+none\.jsonl[\s\S]+Check the path/,
  ],
  [
    'an empty selection',
    { dataset: { path: 'd.jsonl', rows: 'kept' } },
    /"kept"; it has 4 rows[\s\S]+Choose other rows/,
  ],
  ['a wrong filter', { dataset: { path: 'd.jsonl', filter: 'verdict:(' } }, /filter-invalid/],
  ['an image that is gone', { dataset: { path: 'gone.jsonl' } }, /line 1.+gone\.png[\s\S]+Repair or remove/],
  ['a corrupt image', { dataset: { path: 'corrupt.jsonl' } }, /line 1.+cut short[\s\S]+Repair or remove/],
  [
    'no such model folder',
    { model: './none' },
    /no model folder .+none[\s\S]+a Hugging Face id, or run:NAME/,
  ],
  ['no such run', { model: 'run:none' }, /There is no run "none"/],
  [
    'no such reward file',
    { rewards: [{ name: 'mine', file: 'r.py:f' }] },
    /"mine" names .+r\.py, which does not exist/,
  ],
  [
    'a finding of the trainer',
    { trainer_args: { stub_problem: 'error' } },
    /told to complain \(line \d+, column \d+\)\n {2}Do not\./,
  ],
  ['no environment', {}, /no environment for the trainer trl[\s\S]+env create trl/, { COLDSTART_PYTHON: '' }],
  [
    'no interpreter',
    {},
    /chosen interpreter \/none does not exist[\s\S]+COLDSTART_PYTHON/,
    { COLDSTART_PYTHON: '/none' },
  ],
  ['a file as interpreter', {}, /is not a program/, { COLDSTART_PYTHON: '/etc/passwd' }],
];

for (const [name, given, words, env] of refusals) {
  test(`${name}: said, exit 1, nothing started, stdout left to records`, async () => {
    const cwd = workspace({ bad: given });
    const { code, stdout, stderr } = await run(cwd, ['start', 'bad.run.json', '--json'], env);
    expect(stderr).toMatch(words);
    expect(stderr).toContain('Nothing was started');
    expect([code, stdout, left(cwd)]).toEqual([1, '', []]);
  });
}

test('a check tells what the disk shows while the interpreter still loads', async () => {
  const cwd = workspace({ bad: { model: './none' } });
  const slow = join(cwd, 'python');
  writeFileSync(slow, '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  const { code, records } = await coldstart(['run', 'check', 'bad.run.json', '--json'], {
    cwd,
    env: { COLDSTART_PYTHON: slow },
    onOutput: (child) => child.kill('SIGINT'),
  });
  expect([code, records().map((finding) => finding.code)]).toEqual([130, ['model']]);
});

test('three broken rows are warned of, and the others train', async () => {
  const cwd = workspace({ some: { dataset: { path: 'broken.jsonl' } } });
  const { code, stderr, records } = await run(cwd, ['start', 'some.run.json', '--wait', '--json']);
  expect(stderr).toMatch(/^\d{8}-\d{6}-grpo-\w{4} {2}\/.+$/m);
  expect(stderr).toMatch(/3 rows of .+broken\.jsonl cannot be read and are left out[\s\S]+dataset lint/);
  expect([code, records()[0]?.state]).toEqual([0, 'completed']);
});

test('the check can be left out; names and references cannot pass for something else', async () => {
  const cwd = workspace({ bad: { trainer_args: { stub_problem: 'error' } } });
  expect((await run(cwd, ['start', 'bad.run.json', '--no-check', '--wait', '--name=--flag'])).code).toBe(0);
  const [shown] = (await run(cwd, ['show', '--json', '--', '--flag'])).records();
  expect(shown).toMatchObject({ name: '--flag', state: 'completed' });
  for (const reference of ['../x', '$(id)', '', "'", 'no\nrun']) {
    const { code, stderr } = await run(cwd, ['show', '--', reference]);
    expect(code, reference).toBe(1);
    expect(stderr, reference).toMatch(/There is no run|is not a run folder/);
  }
  for (const name of ['', 'two\nlines', 'x'.repeat(121)])
    expect((await run(cwd, ['start', 'bad.run.json', `--name=${name}`])).code).toBe(1);
  expect(left(cwd).length).toBe(1);
  const again = await run(cwd, ['resume', 'last']);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('completed all its steps')]);
  const stopped = await run(cwd, ['stop', 'last']);
  expect([stopped.code, stopped.stderr]).toEqual([1, expect.stringContaining('is not going on')]);
});

test('a run that failed before its first checkpoint is started again, a later one resumed', async () => {
  const fails = (step: number) => ({ save_steps: 2, max_steps: 6, trainer_args: { stub_fail_at: step } });
  const cwd = workspace({ early: fails(1), late: fails(4) });
  const early = await run(cwd, ['start', 'early.run.json', '--wait']);
  expect([early.code, early.stderr]).toEqual([
    1,
    expect.stringContaining(
      `no checkpoint. Start it again with: coldstart run start ${join(cwd, 'early.run.json')}`,
    ),
  ]);
  expect(early.stderr).not.toMatch(/resume/i);
  const refused = await run(cwd, ['resume', 'last']);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(
      /no complete checkpoint\.\nStart it again with: coldstart run start .+early\.run\.json/,
    ),
  ]);
  const late = await run(cwd, ['start', 'late.run.json', '--wait']);
  expect([late.code, late.stderr]).toEqual([
    1,
    expect.stringContaining('Resume it with: coldstart run resume'),
  ]);
});

test('a start that is followed says first what it started, then its events', async () => {
  const cwd = workspace({ some: {} });
  const { code, records } = await run(cwd, ['start', 'some.run.json', '--follow', '--json']);
  const [started, ...events] = records();
  expect(Object.keys(started ?? {})).toEqual(['run', 'folder', 'state']);
  expect([code, started?.run]).toEqual([0, events[0]?.run]);
  expect(events.at(-1)?.type).toBe('run_end');
  expect(events.every(({ type }) => typeof type === 'string')).toBe(true);
});

test('a damaged run is left out of a list, and named', async () => {
  const cwd = workspace({ some: {} });
  expect((await run(cwd, ['start', 'some.run.json', '--wait'])).code).toBe(0);
  const damaged = join(cwd, '.coldstart/runs/20260101-000000-sft-dead');
  mkdirSync(damaged);
  writeFileSync(join(damaged, 'run.json'), '{"run":');
  const { code, stderr, records } = await run(cwd, ['list', '--json']);
  expect([code, records().length, stderr]).toEqual([0, 1, expect.stringContaining(`Left out: ${damaged}. `)]);
  for (let i = 1; i < 7; i++) mkdirSync(`${damaged.slice(0, -1)}${i}`);
  const several = await run(cwd, ['show', '20260101']);
  expect(several).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/start of 7 runs: .+, and 2 more\./),
  });
});

test('what a start interrupted during its check left undone is said', async () => {
  const cwd = workspace({ some: {} });
  const slow = join(cwd, 'python');
  writeFileSync(slow, '#!/bin/sh\nkill -INT $PPID\nexec sleep 600\n', { mode: 0o755 });
  const { code, stderr } = await run(cwd, ['start', 'some.run.json'], { COLDSTART_PYTHON: slow });
  expect([code, left(cwd)]).toEqual([130, []]);
  expect(stderr).toMatch(/Interrupted\.\nNothing was started\.\n$/);
});

test('an interrupted tail says that the run goes on', async () => {
  const cwd = workspace({ long: { max_steps: 4000, trainer_args: { stub_step_s: 0.05 } } });
  expect((await run(cwd, ['start', 'long.run.json'])).code).toBe(0);
  const tail = await coldstart(['run', 'tail', 'last', '--json'], {
    cwd,
    onOutput: (child) => child.kill('SIGINT'),
  });
  expect(tail).toMatchObject({ code: 130, stderr: 'The run goes on.\n' });
  const asked = await run(cwd, ['rollouts', 'last', '--filter', '(reward>0', '--json']);
  expect(asked).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('At character 1: “(”.'),
  });
  const stopped = await run(cwd, ['stop', 'last', '--discard', '--json']);
  expect(stopped.records()).toMatchObject([{ state: 'stopped' }]);
});

test('an interrupted stop stays asked for, and is not offered anew', async () => {
  const cwd = workspace({ slow: { max_steps: 40, trainer_args: { stub_step_s: 2 } } });
  expect((await run(cwd, ['start', 'slow.run.json'])).code).toBe(0);
  const { code, stderr } = await coldstart(['run', 'stop', 'last', '--discard'], {
    cwd,
    onNote: (child) => child.kill('SIGINT'),
  });
  expect(code).toBe(130);
  expect(stderr).toMatch(/The stop stays asked for\. See how far it is with: coldstart run show \d{8}-/);
  expect(stderr).not.toContain('The run goes on');
  expect((await coldstart(['run', 'tail', 'last'], { cwd })).code).toBe(0);
});

test('an environment is listed with its interpreter and its Python version apart', async () => {
  const { stdout } = await coldstart(['env', 'list'], {
    cwd: workFolder({}),
    env: { COLDSTART_PYTHON: python },
  });
  expect(stdout.match(/^python.*$/gm)).toEqual([
    expect.stringMatching(/^python {2,}\/.+/),
    expect.stringMatching(/^python version {2,}\d/),
  ]);
});

test('a second start of a spec is refused; a folder that goes while it is shown is told', async () => {
  const cwd = workspace({ long: { max_steps: 4000, trainer_args: { stub_step_s: 0.05 } } });
  let second: Promise<Outcome> | undefined;
  const first = await coldstart(['run', 'start', 'long.run.json', '--wait'], {
    cwd,
    env: { COLDSTART_PYTHON: python },
    onOutput: () => {
      second = run(cwd, ['start', 'long.run.json']);
      void second.then(() => removeRun(cwd));
    },
  });
  expect((await second)?.code).toBe(1);
  expect((await second)?.stderr).toMatch(/running already, as \d{8}-[\s\S]+--force/);
  expect(first.code).toBe(1);
  expect(first.stderr).toMatch(/The folder of stub is gone: .+\n.+Start its run spec again/);
});

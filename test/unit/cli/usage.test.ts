import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { coldstart, workFolder } from './command-line.ts';

/** Command lines that ask for what cannot be, and what is said about it. */
const refused: readonly (readonly [string, RegExp])[] = [
  ['eval --model m --dataset d.jsonl --shape parquet', /--shape .+Allowed choices/],
  ['eval --model m --dataset d.jsonl --rows best', /undecided, or a range A:B/],
  ['eval --model m --dataset d.jsonl --extraction guess', /answer_tag, hashes/],
  ['eval --model m --dataset d.jsonl --map picture=x', /FIELD=NAME/],
  ['eval --model m --dataset d.jsonl --samples 0', /above 0/],
  ['eval --model m --dataset d.jsonl --limit 0', /above 0/],
  ['eval --model m --dataset d.jsonl --temperature -1', /0 or more/],
  ['run rollouts last --worst 1 --best 1', /--best .+cannot be used with .+--worst|--worst .+--best/],
  ['eval --model m --dataset d.jsonl --out -', /go to a file/],
  ['demo --width 0', /above 0/],
  ['run rollouts last --widest 0', /above 0/],
  ['run start a.run.json --set max_steps', /Write key=value/],
  ['run check a.run.json --set =3', /Write key=value/],
  ['run check a.run.json --set lora..rank=3', /Write key=value/],
  ['demo --scale abc', /above 0/],
  ['demo --scale 0', /above 0/],
];

for (const [line, said] of refused)
  test(`${line}: a question of usage`, async () => {
    const outcome = await coldstart(line.split(' '), { cwd: workFolder({}) });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toMatch(said);
  });

test('an image root that is no folder is said', async () => {
  const cwd = workFolder({ 'd.jsonl': '{}\n' });
  for (const command of [
    'dataset lint d.jsonl',
    'dataset export d.jsonl --to o.jsonl --as trl-grpo',
    'eval --model m --dataset d.jsonl',
  ]) {
    const outcome = await coldstart([...command.split(' '), '--image-root', '/nope'], { cwd });
    expect(outcome, command).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('/nope is not a folder'),
    });
  }
});

test('an interpreter that does not answer has a record that says so', async () => {
  const cwd = workFolder({});
  const python = join(cwd, 'python');
  writeFileSync(python, '#!/bin/sh\necho broken >&2\nexit 1\n');
  chmodSync(python, 0o755);
  for (const path of [python, join(cwd, 'none')]) {
    const outcome = await coldstart(['env', 'check', 'trl', '--python', path, '--json'], { cwd });
    expect(outcome).toMatchObject({ code: 1 });
    expect(outcome.records()).toEqual([
      {
        trainer: 'trl',
        python: path,
        ready: false,
        versions: {},
        device: '',
        missing: [],
        advice: expect.stringContaining(path),
      },
    ]);
  }
});

test('examples of help name files and runs of the example workspace', async () => {
  const cwd = workFolder({});
  const runs = ['list', 'show', 'tail', 'rollouts', 'stop', 'resume', 'promote'].map((verb) => `run ${verb}`);
  const commands = ['', 'dataset', 'env', 'run', 'run check', 'run start', ...runs, 'eval', 'demo'];
  const helps = await Promise.all(
    commands.map((line) => coldstart([...line.split(' ').filter(Boolean), '--help'], { cwd })),
  );
  expect(helps.map(({ stdout }) => /Example:\n {2}\$ coldstart (.+)/.exec(stdout)?.[1])).toEqual([
    'dataset info traces.jsonl',
    'dataset info traces.jsonl',
    'env list',
    'run list',
    'run check sft-only.run.json',
    'run start sft-only.run.json --set max_steps=20 --wait',
    'run list',
    'run show sft-rl',
    'run tail sft-rl --from 10',
    'run rollouts sft-rl --widest 3',
    'run stop sft-rl',
    'run resume sft-rl --wait',
    'run promote sft-rl --rollout 1/0/0 --to promoted.jsonl',
    'eval --model run:sft-only --dataset test.jsonl',
    'demo --dir demo-workspace --seed 1',
  ]);
});

test('an environment that is not there, or an interpreter that is gone, has a record', async () => {
  const cwd = workFolder({});
  const ask = (verb: readonly string[], interpreter: string) =>
    coldstart(['env', ...verb, '--json'], {
      cwd,
      env: { COLDSTART_PYTHON: interpreter, COLDSTART_ENVIRONMENTS: cwd },
    });
  const none = await ask(['check', 'trl'], '');
  expect([none.code, none.records()]).toMatchObject([1, [{ trainer: 'trl', python: '', ready: false }]]);
  expect((await ask(['list'], '')).records()).toEqual([]);
  const gone = { python: '/nowhere/python', ready: false, advice: expect.stringContaining('does not exist') };
  expect((await ask(['check', 'trl'], gone.python)).records()).toMatchObject([gone]);
  expect((await ask(['list'], gone.python)).records()).toMatchObject([gone]);
});

test.skipIf(!existsSync('/dev/full'))(
  'output that cannot be written is an internal error in one line',
  async () => {
    const cwd = workFolder({ 'd.jsonl': '{"problem":"a","answer":"b"}\n' });
    const outcome = await coldstart(['dataset', 'show', 'd.jsonl', '--json'], { cwd, stdoutTo: '/dev/full' });
    expect(outcome.code).toBe(3);
    expect(outcome.stderr).toMatch(/^Could not write the output: .+$/m);
  },
);

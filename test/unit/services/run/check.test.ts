import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CheckOptions, checkRun, passedWords } from '../../../../src/services/run/check.ts';
import { prepareRun } from '../../../../src/services/run/prepare.ts';
import type { Finding, RunHost } from '../../../../src/services/run/views.ts';
import { type StubWorkspace, stubWorkspace } from './stub-workspace.ts';

/** The stub workspace with an interpreter that does what `script` says and logs each start. */
async function withInterpreter(workspace: StubWorkspace, script: string) {
  const { folder, file, host } = workspace;
  const log = join(folder, 'starts.log');
  const python = await file('python', `#!/bin/sh\necho "$*" >> '${log}'\n${script}\n`);
  await chmod(python, 0o755);
  const said: string[] = [];
  const changed: RunHost = {
    ...host,
    settings: { ...host.settings, interpreters: { trl: python } },
    progress: { report: (message) => said.push(message) },
  };
  const starts = async () => (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
  return { host: changed, said, starts };
}

const real = ({ host }: StubWorkspace) => `exec '${host.settings.interpreters.trl}' "$@"`;

test('a check starts one Python, before rows are selected, and tells what goes on', async () => {
  const workspace = await stubWorkspace();
  const speaks = `echo '{"versions":{"torch":"1","transformers":"1","trl":"1"}}'; read -r folder
echo '{"doing":"Counting"}'; echo 'noise'; echo '{"code":"x","severity":"error","message":"m"}'
test -f "$folder/inputs/train.jsonl" && echo '{"code":"rows","severity":"info","message":"there"}'; exit 1`;
  const { host, said, starts } = await withInterpreter(workspace, speaks);
  const findings = await checkRun(await workspace.spec({}), host);
  expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
    ['x', 'error'],
    ['selection', 'info'],
    ['rows', 'info'],
  ]);
  expect(await starts()).toEqual(['-m coldstart_trainer check']);
  expect(said).toEqual([
    'Reading the run spec',
    'Selecting rows and looking at images',
    'Importing the trainer',
    'Counting',
  ]);
});

test('what the interpreter cannot do is a finding', async () => {
  const check = async (script: string, code: string, words: string) => {
    const workspace = await stubWorkspace();
    const { host } = await withInterpreter(workspace, script);
    const [first] = await checkRun(await workspace.spec({}), host);
    expect([script, first?.code, first?.message]).toEqual([script, code, expect.stringContaining(words)]);
  };
  await check('echo broken >&2; exit 3', 'packages', 'does not work: broken');
  await check(`echo '{"versions":{"torch":"1"}}'; read -r folder`, 'packages', 'lacks transformers, trl');
  const dies = `echo '{"versions":{"torch":"1","transformers":"1","trl":"1"}}'; read -r folder; echo lost >&2; exit 9`;
  await check(dies, 'check-failed', 'lost');
});

const versions = `echo '{"versions":{"torch":"1","transformers":"1","trl":"1"}}'; read -r folder`;

/** Findings as `severity code: what stands at their place`. */
async function placed(workspace: StubWorkspace, text: string, said: string) {
  const { host } = await withInterpreter(workspace, `${versions}\n${said}`);
  const findings = await checkRun({ text, path: join(workspace.folder, 'typed.run.json') }, host);
  return findings.map(({ severity, code, line = 1, column = 1, length = 1 }) => {
    const stretch = text.split('\n')[line - 1]?.slice(column - 1, column - 1 + length);
    return `${severity} ${code}: ${stretch}`;
  });
}

test('every mistake is told in one go, at its setting, of a text that was never saved', async () => {
  const workspace = await stubWorkspace();
  const spec = {
    name: 'typed',
    stage: 'grpo',
    model: './gone',
    dataset: { path: 'gone.jsonl' },
    rewards: [{ name: 'answer' }, { name: 'score', file: 'gone.py:score' }],
    batch_size: 6,
    group_sise: 4,
    trainer_args: { no_such_argument: 1 },
  };
  const said = [
    { code: 'batch-arithmetic', severity: 'error', message: 'm' },
    { code: 'trainer-args', severity: 'error', message: 'm', path: ['trainer_args', 'no_such_argument'] },
    { code: 'reward-dry-run', severity: 'warning', message: 'm', path: ['rewards', 'answer'] },
    // Told already by whoever looked for the model and the dataset.
    { code: 'model-load', severity: 'error', message: 'm' },
    { code: 'empty-selection', severity: 'error', message: 'm' },
    { code: 'device', severity: 'info', message: 'm' },
  ];
  const echoes = said.map((line) => `echo '${JSON.stringify(line)}'`).join('\n');
  expect(await placed(workspace, JSON.stringify(spec, null, 2), echoes)).toEqual([
    'error spec-invalid: "group_sise"',
    'error reward: "gone.py:score"',
    'error model: "./gone"',
    'error file-not-found: "gone.jsonl"',
    'error batch-arithmetic: 6',
    'error trainer-args: 1',
    'warning reward-dry-run: "answer"',
    'info device: {',
  ]);
});

/** A mistake that the spec and the disk show, and what is said of it. */
const known: readonly (readonly [Parameters<StubWorkspace['spec']>[0], string, RegExp])[] = [
  [{ model: './gone' }, 'model', /no model folder .+gone/],
  [{ model: './empty' }, 'model', /empty has no config\.json/],
  [{ model: 'run:none' }, 'run-not-found', /There is no run "none"/],
  [{ dataset: { path: 'gone.jsonl' } }, 'file-not-found', /There is no file .+gone\.jsonl/],
  [{ evaluation: { path: 'gone.jsonl' } }, 'file-not-found', /There is no file .+gone\.jsonl/],
  [{ rewards: [{ name: 'score', file: 'gone.py:f' }] }, 'reward', /gone\.py, which does not exist/],
];

test('what the spec and the disk show is told before an interpreter is started, and can end the check', async () => {
  for (const [changes, code, words] of known) {
    const workspace = await stubWorkspace();
    await mkdir(join(workspace.folder, 'empty'));
    const { host, starts } = await withInterpreter(workspace, real(workspace));
    const spec = await workspace.spec(changes);
    const told: Finding[][] = [];
    const check = (goOn: boolean) =>
      checkRun(spec, host, undefined, {
        known: (findings) => {
          told.push([...findings]);
          return goOn;
        },
      });
    const ended = await check(false);
    expect(ended).toMatchObject([{ code, severity: 'error', message: expect.stringMatching(words) }]);
    expect([told, await starts()]).toEqual([[ended], ['']]);
    const whole = await check(true);
    expect(whole.filter((finding) => finding.code === code).length).toBe(1);
    expect(whole[0]).toBe(told[1]?.[0]);
    expect((await starts()).length).toBe(1);
    expect(whole.length).toBeGreaterThan(1);
  }
});

test('a filter and an empty selection are told at what selects', async () => {
  const workspace = await stubWorkspace();
  const check = async (dataset: object, expected: string) => {
    const text = JSON.stringify({ name: 'a', stage: 'grpo', model: 'm', dataset }, null, 2);
    expect(await placed(workspace, text, '')).toEqual([expected]);
  };
  await check({ path: 'dataset.jsonl', filter: 'verdict:(' }, 'error filter-invalid: "verdict:("');
  await check({ path: 'dataset.jsonl', rows: 'kept' }, 'error empty-selection: "kept"');
});

test('a check that is cancelled ends its Python and leaves nothing', async () => {
  const workspace = await stubWorkspace();
  const waits = `echo '{"versions":{"torch":"1","transformers":"1","trl":"1"}}'; echo $$ > '${workspace.folder}/pid'; read -r folder; exec sleep 600`;
  const { host } = await withInterpreter(workspace, waits);
  const controller = new AbortController();
  const cancels: RunHost = {
    ...host,
    progress: {
      report: (message) => {
        if (message !== 'Importing the trainer') return;
        expect(readdirSync(workspace.runs)).toEqual([expect.stringMatching(/^\.checking-/)]);
        controller.abort();
      },
    },
  };
  const cancelled = checkRun(await workspace.spec({}), cancels, controller.signal);
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  const pid = Number(await readFile(join(workspace.folder, 'pid'), 'utf8'));
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(existsSync(join(workspace.folder, '.coldstart'))).toBe(false);
});

test('the first thing that fails is told at once, and nothing half-made stays', async () => {
  const workspace = await stubWorkspace();
  const rows = Array.from({ length: 20_000 }, (_, index) => `{"problem":"q${index}","answer":"1"}\n`);
  await workspace.file('many.jsonl', rows.join(''));
  const prepare = async (script: string, dataset: { path: string; rows?: 'kept' }) => {
    const { host } = await withInterpreter(workspace, script);
    const spec = await workspace.spec({ dataset });
    await expect(prepareRun(spec, { host })).rejects.toMatchObject({
      code: dataset.rows ? 'selection-empty' : 'environment-incomplete',
    });
    expect(await readdir(workspace.runs)).toEqual([]);
  };
  // Rows are still being written when the interpreter fails.
  await prepare('exit 1', { path: 'many.jsonl' });
  await prepare('echo "{}"', { path: 'many.jsonl' });
  // The interpreter would answer after ten minutes.
  await prepare('exec sleep 600', { path: 'many.jsonl', rows: 'kept' });
});

test('the stub answers a check as the trainer does', async () => {
  const workspace = await stubWorkspace();
  const { host } = await withInterpreter(workspace, real(workspace));
  const check = async (changes: Parameters<StubWorkspace['spec']>[0], first: string) =>
    expect((await checkRun(await workspace.spec(changes), host))[0]?.severity).toBe(first);
  await check({}, 'info');
  await check({ trainer_args: { stub_problem: 'warning' } }, 'warning');
});

test('rows are named as the trace editor names them, and what left them out can be seen there', async () => {
  const workspace = await stubWorkspace();
  const trace = (more: object) => `${JSON.stringify({ prompt: 'p', completion: '\\boxed{1}', ...more })}\n`;
  await workspace.file('fine.jsonl', trace({ id: 'a' }).repeat(2));
  const mixed = [trace({ id: 'a' }), '{"id": "ha\n', trace({ id: 'b', completion: '' })];
  await workspace.file('mixed.jsonl', [...mixed, trace({ id: 'c', images: ['gone.png'] })].join(''));
  const check = async (path: string, options: CheckOptions = {}) => {
    const { host } = await withInterpreter(workspace, versions);
    const spec = await workspace.spec({ stage: 'sft', dataset: { path } });
    return checkRun(spec, host, undefined, options);
  };
  const found = await check('mixed.jsonl');
  const told = Object.fromEntries(found.map(({ code, message, fix }) => [code, { message, fix }]));
  expect(told['image-refused']?.message).toContain('Trace c (line 4): ');
  expect(told['broken-rows']?.fix).toBe('See them in the trace editor with the filter has:problem');
  expect(told['no-completion']?.fix).toBe('See them in the trace editor with the filter -has:completion');
  const seeRows = (dataset: string, filter: string) => `${dataset} ${filter}`;
  const asked = await check('mixed.jsonl', { seeRows });
  expect(asked.find(({ code }) => code === 'broken-rows')?.fix).toMatch(/mixed\.jsonl has:problem$/);
  const passed = await check('fine.jsonl');
  expect(passedWords(passed)).toBe('Check passed. 2 of 2 traces of fine.jsonl are selected for SFT.');
});

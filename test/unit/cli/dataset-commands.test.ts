import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coldstart, onePixel, type Surroundings, workFolder } from './command-line.ts';

const row = (id: string, answer: string, truth?: string, images: string[] = []): string =>
  JSON.stringify({
    id,
    images,
    problem: `${'<image>'.repeat(images.length)}What is ${id}?`,
    answer,
    ...(truth === undefined ? {} : { ground_truth: truth }),
  });

/** Lines: right, wrong, blank, broken, unparsed, without ground truth, right with an image that is missing. */
const lines = [
  row('a', '<think>2</think> \\boxed{2}', '2', ['one.png']),
  row('b', '\\boxed{3}', '4'),
  '',
  '{"id":"broken"',
  row('d', '<think>no answer</think>', '5'),
  row('e', '<think>box only</think> \\boxed{6}'),
  row('a', '\\boxed{7}', '7', ['gone.png']),
];
const fixture = `${lines.join('\n')}\n`;

const folderWith = (content = fixture): string => workFolder({ 'data.jsonl': content, 'one.png': onePixel });

interface Case {
  readonly name: string;
  readonly args: string;
  readonly code: number;
  /** All records on stdout, compared by `toMatchObject`. */
  readonly records?: readonly object[];
  readonly stdout?: string;
  readonly stderr?: RegExp;
  readonly stdin?: string;
}

async function check({ args, code, records, stdout, stderr, stdin }: Case): Promise<void> {
  const surroundings: Surroundings = { cwd: folderWith(), ...(stdin === undefined ? {} : { stdin }) };
  const outcome = await coldstart(['dataset', ...args.split(' ')], surroundings);
  if (records) {
    expect(outcome.records()).toHaveLength(records.length);
    expect(outcome.records()).toMatchObject(records);
  }
  if (stdout !== undefined) expect(outcome.stdout).toBe(stdout);
  if (stderr) expect(outcome.stderr).toMatch(stderr);
  expect({ code: outcome.code, stderr: outcome.stderr }).toMatchObject({ code });
}

const problem = (index: number, code: string, severity: string) => ({
  index,
  line: index + 1,
  code,
  severity,
});

const cases: readonly Case[] = [
  {
    name: 'info counts rows, broken ones apart, fields, problems and verdicts',
    args: 'info data.jsonl --json',
    code: 0,
    records: [
      {
        path: 'data.jsonl',
        shape: 'cold-start',
        rows: 5,
        broken: 1,
        bytes: Buffer.byteLength(fixture),
        fields: [
          { name: 'id', types: { string: 5 }, count: 5 },
          { name: 'images', types: { array: 5 }, count: 5 },
          { name: 'problem', types: { string: 5 }, count: 5 },
          { name: 'answer', types: { string: 5 }, count: 5 },
          { name: 'ground_truth', types: { string: 4 }, count: 4 },
        ],
        problems: { 'image-missing': 1, 'ground-truth-from-box': 1 },
        verdicts: { correct: 2, incorrect: 1, unparsed: 1, none: 1 },
        decisions: { keep: 0, drop: 0, flag: 0 },
      },
    ],
  },
  {
    name: 'show gives broken rows a record of problems, and blank lines none',
    args: 'show data.jsonl --rows 2:5 --json',
    code: 0,
    records: [
      {
        index: 3,
        line: 4,
        id: null,
        prompt: null,
        images: [],
        completion: null,
        segments: [],
        ground_truth: null,
        verdict: null,
        decision: null,
        problems: [{ code: expect.any(String), message: expect.any(String) }],
      },
      { index: 4, line: 5, id: 'd', verdict: { state: 'unparsed', extracted: null, rule: 'no-answer' } },
    ],
  },
  {
    name: 'a ground truth taken from the box earns no verdict',
    args: 'show data.jsonl --filter id=e --json',
    code: 0,
    records: [
      { id: 'e', ground_truth: '6', verdict: { state: null, extracted: '6', rule: 'no-ground-truth' } },
    ],
  },
  {
    name: 'raw rows are the bytes of the file',
    args: 'show data.jsonl --rows 3:4 --raw',
    code: 0,
    stdout: `${lines[3]}\n`,
  },
  {
    name: 'filter shows rows that pass',
    args: 'filter data.jsonl verdict:incorrect --json',
    code: 0,
    records: [{ index: 1, id: 'b' }],
  },
  {
    name: 'filter counts out of the rows that --rows chooses',
    args: 'filter data.jsonl verdict:correct --count --rows 0:4 --json',
    code: 0,
    records: [{ count: 1, of: 3 }],
  },
  {
    name: 'filter takes --filter too: both must match',
    args: 'filter data.jsonl verdict:correct --filter not(verdict:correct) --count --json',
    code: 0,
    records: [{ count: 0 }],
  },
  {
    name: 'filter counts in words',
    args: 'filter data.jsonl verdict:none --count',
    code: 0,
    stdout: '2 of 6 rows\n',
  },
  {
    name: 'a field that no row has is said, and is no failure',
    args: 'filter data.jsonl bogus:3 --count',
    code: 0,
    stdout: '0 of 6 rows\n',
    stderr: /^No row has a field “bogus”\. Fields: id, images, problem, answer, ground_truth\.$/m,
  },
  {
    name: 'a segment that no row has is said with those there are',
    args: 'filter data.jsonl words(foo)>3 --rows 0:2 --count',
    code: 0,
    stdout: '0 of 2 rows\n',
    stderr: /^No row has a segment “foo”\. Segments: reasoning, think, answer\.$/m,
  },
  {
    name: 'a filter that is wrong is marked',
    args: 'filter data.jsonl verdict:maybe',
    code: 2,
    stdout: '',
    stderr: /verdict:maybe\n\s*\^+/,
  },
  {
    name: 'verify names the rule, and fails for the unreadable row only',
    args: 'verify data.jsonl --json',
    code: 1,
    records: [
      { index: 0, id: 'a', state: 'correct', extracted: '2', ground_truth: '2', rule: 'string-equal' },
      { index: 1, id: 'b', state: 'incorrect', extracted: '3', ground_truth: '4' },
      { index: 3, id: null, state: null, rule: 'row-unreadable' },
      { index: 4, id: 'd', state: 'unparsed', extracted: null, ground_truth: '5', rule: 'no-answer' },
      { index: 5, id: 'e', state: null, ground_truth: null, rule: 'no-ground-truth' },
      { index: 6, id: 'a', state: 'correct' },
    ],
    stderr:
      /Line 4 cannot be read[\s\S]*4 rows: 2 correct \(50\.0 %\), 1 incorrect, 1 unparsed; 1 row without/,
  },
  {
    name: 'wrong and unparsed answers alone are no failure',
    args: 'verify data.jsonl --rows 0:3 --json',
    code: 0,
    records: [{ state: 'correct' }, { state: 'incorrect' }],
  },
  {
    name: 'another extraction rule reads other answers',
    args: 'verify data.jsonl --rows 0:1 --extraction regex:<think>(\\d)</think> --json',
    code: 0,
    records: [{ state: 'correct', extracted: '2' }],
  },
  {
    name: 'lint names broken rows, missing images, repeated ids and remarks',
    args: 'lint data.jsonl --json',
    code: 1,
    records: [
      { index: 3, line: 4, id: null, severity: 'error' },
      problem(5, 'ground-truth-from-box', 'info'),
      { ...problem(6, 'image-missing', 'error'), id: 'a', field: 'images' },
      { ...problem(6, 'duplicate-id', 'warning'), field: 'id' },
    ],
  },
  {
    name: 'remarks alone are no failure',
    args: 'lint data.jsonl --rows 5:6 --json',
    code: 0,
    records: [problem(5, 'ground-truth-from-box', 'info')],
  },
  {
    name: 'stdin is read as a file',
    args: 'show - --json',
    code: 0,
    stdin: lines[0] as string,
    records: [{ id: 'a', images: [{ source: 'one.png', status: 'ready', width: 1, height: 1 }] }],
  },
  {
    name: 'fields are named by hand',
    args: 'show data.jsonl --rows 0:1 --map prompt=answer,id=problem --json',
    code: 0,
    records: [{ id: '<image>What is a?', prompt: '<think>2</think> \\boxed{2}' }],
  },
  { name: 'decide needs a decision', args: 'decide data.jsonl --rows 0:1', code: 2, stderr: /--keep/ },
  { name: 'decide takes one decision', args: 'decide data.jsonl --rows 0:1 --keep --drop', code: 2 },
  { name: 'decide needs rows', args: 'decide data.jsonl --keep', code: 2, stderr: /--rows or --filter/ },
  { name: 'all rows are said, too', args: 'decide data.jsonl --keep --rows all', code: 0 },
  { name: 'decide needs a file', args: 'decide - --keep --rows 0:', code: 2 },
  { name: 'unknown shapes are a question of usage', args: 'show data.jsonl --shape parquet', code: 2 },
  { name: 'so are unknown rows', args: 'show data.jsonl --rows best', code: 2 },
  { name: 'and rows that end before they begin', args: 'show data.jsonl --rows 5:2', code: 2 },
  { name: 'and unknown fields', args: 'show data.jsonl --map picture=x', code: 2 },
  { name: 'and patterns that cannot be used', args: 'verify data.jsonl --extraction regex:(', code: 2 },
  {
    name: 'a file that is not there',
    args: 'info nothing.jsonl',
    code: 1,
    stdout: '',
    stderr: /There is no file/,
  },
  { name: 'export knows its shapes', args: 'export data.jsonl --to out.jsonl --as parquet', code: 2 },
  {
    name: 'export embeds images only where they can be read',
    args: 'export data.jsonl --to out.jsonl --as llava --images embed',
    code: 2,
    stderr: /Copy them/,
  },
  { name: 'export spares its source', args: 'export data.jsonl --to data.jsonl --as coldstart', code: 1 },
  {
    name: 'not even force lets it overwrite its source',
    args: 'export data.jsonl --to ./data.jsonl --as coldstart --force',
    code: 2,
  },
  {
    name: 'an export has a file name',
    args: 'export data.jsonl --to - --as coldstart',
    code: 2,
    stderr: /Name the new file/,
  },
  {
    name: 'an export goes to a folder that is there',
    args: 'export data.jsonl --to none/out.jsonl --as coldstart',
    code: 1,
    stderr: /There is no folder .+none\.\nCreate it/,
  },
  {
    name: 'an export filters by verdict as its extraction rule reads answers',
    args: 'export data.jsonl --to out.jsonl --as coldstart --filter verdict:correct --extraction regex:<think>(\\d)</think> --json',
    code: 0,
    records: [{ written: 1, skipped: 0 }],
  },
  {
    name: 'an export of no rows writes nothing',
    args: 'export data.jsonl --to out.jsonl --as coldstart --rows kept',
    code: 1,
    stdout: '',
  },
];

describe('dataset commands', () => {
  for (const given of cases) it(given.name, () => check(given));

  it('prints the fields of the contract and no others', async () => {
    const cwd = folderWith();
    const [shown] = (
      await coldstart(['dataset', 'show', 'data.jsonl', '--rows', '0:1', '--json'], { cwd })
    ).records();
    expect(shown).toEqual({
      index: 0,
      line: 1,
      id: 'a',
      prompt: '<image>What is a?',
      images: [{ source: 'one.png', path: join(cwd, 'one.png'), status: 'ready', width: 1, height: 1 }],
      completion: '<think>2</think> \\boxed{2}',
      segments: [
        { kind: 'think', start: 0, end: 16 },
        { kind: 'prose', start: 16, end: 17 },
        { kind: 'boxed', start: 17, end: 26 },
      ],
      ground_truth: '2',
      verdict: { state: 'correct', extracted: '2', rule: 'string-equal' },
      decision: null,
      problems: [],
    });
  });

  it('decides rows for every later command, and takes decisions back', async () => {
    const cwd = folderWith();
    const dataset = (...args: string[]) => coldstart(['dataset', ...args, '--json'], { cwd });
    const decided = await dataset(
      'decide',
      'data.jsonl',
      '--keep',
      '--filter',
      'verdict:correct',
      '--label',
      'good',
    );
    expect(decided).toMatchObject({ code: 0 });
    expect(decided.records()).toEqual([
      { index: 0, id: 'a', decision: 'keep' },
      { index: 6, id: 'a', decision: 'keep' },
    ]);
    const [line] = readFileSync(join(cwd, 'data.jsonl.decisions.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(line as string)).toMatchObject({ version: 1, decision: 'keep', label: 'good' });
    expect((await dataset('show', 'data.jsonl', '--rows', 'kept')).records()).toMatchObject([
      { index: 0, decision: 'keep' },
      { index: 6, decision: 'keep' },
    ]);
    await dataset('decide', 'data.jsonl', '--clear', '--rows', '0:1');
    expect((await dataset('info', 'data.jsonl')).records()).toMatchObject([{ decisions: { keep: 1 } }]);
    expect(readFileSync(join(cwd, 'data.jsonl'), 'utf8')).toBe(fixture);
  });

  it('exports with a manifest, and refuses to do it twice', async () => {
    const cwd = folderWith();
    const args = [
      'dataset',
      'export',
      'data.jsonl',
      '--to',
      'out.jsonl',
      '--as',
      'ms-swift',
      '--images',
      'copy',
      '--json',
    ];
    const first = await coldstart(args, { cwd });
    expect(first).toMatchObject({ code: 0 });
    expect(first.records()).toEqual([
      { written: 5, skipped: 1, problems: { 'row-unreadable': 1, 'image-missing': 1 } },
    ]);
    expect(JSON.parse(readFileSync(join(cwd, 'out.jsonl.manifest.json'), 'utf8'))).toMatchObject({
      source: { path: 'data.jsonl', sha256: createHash('sha256').update(fixture).digest('hex') },
      shape: { from: 'cold-start', to: 'ms-swift' },
      counts: { selected: 6, written: 5, skipped: 1 },
    });
    const written = readFileSync(join(cwd, 'out.jsonl'), 'utf8');
    expect(await coldstart(args, { cwd })).toMatchObject({ code: 1, stdout: '' });
    expect(readFileSync(join(cwd, 'out.jsonl'), 'utf8')).toBe(written);
    expect(await coldstart([...args, '--force', '--rows', '0:1'], { cwd })).toMatchObject({ code: 0 });
  });

  it('reads a pipe by its name, and decides nothing there', async () => {
    const cwd = folderWith();
    const pipe = join(cwd, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const shown = coldstart(['dataset', 'verify', 'pipe', '--rows', '0:2', '--json'], { cwd });
    await writeFile(pipe, fixture);
    expect((await shown).records()).toMatchObject([{ state: 'correct' }, { state: 'incorrect' }]);
    const decided = await coldstart(['dataset', 'decide', 'pipe', '--keep', '--rows', '0:'], { cwd });
    expect(decided).toMatchObject({ code: 2, stdout: '' });
  });

  it('gives every command a help with an example', async () => {
    const cwd = folderWith();
    const commands = ['info', 'show', 'filter', 'verify', 'lint', 'decide', 'export', 'shapes'];
    const helps = await Promise.all(commands.map((name) => coldstart(['dataset', name, '--help'], { cwd })));
    for (const [at, help] of helps.entries()) {
      expect(help.code).toBe(0);
      expect(help.stdout).toContain(`$ coldstart dataset ${commands[at]}`);
    }
  });

  const many = Array.from({ length: 20_000 }, (_, index) => `${row(`r${index}`, '\\boxed{1}', '1')}\n`).join(
    '',
  );

  it('ends quietly when its reader goes away', async () => {
    const outcome = await coldstart(['dataset', 'show', 'data.jsonl', '--json'], {
      cwd: folderWith(many),
      onOutput: (child) => child.stdout?.destroy(),
    });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
  });

  it('decides all rows also when its reader goes away', async () => {
    const cwd = folderWith(many);
    const outcome = await coldstart(['dataset', 'decide', 'data.jsonl', '--keep', '--rows', '0:'], {
      cwd,
      onOutput: (child) => child.stdout?.destroy(),
    });
    expect(outcome).toMatchObject({ code: 0, stderr: expect.stringContaining('20,000 changed') });
    const decided = readFileSync(join(cwd, 'data.jsonl.decisions.jsonl'), 'utf8').split('\n').length - 1;
    expect(decided).toBe(20_000);
  });

  it('says what was kept when it is interrupted', async () => {
    const cwd = folderWith(many);
    const outcome = await coldstart(['dataset', 'decide', 'data.jsonl', '--keep', '--rows', '0:', '--json'], {
      cwd,
      onOutput: (child) => child.kill('SIGINT'),
    });
    expect(outcome).toMatchObject({ code: 130 });
    const kept = readFileSync(join(cwd, 'data.jsonl.decisions.jsonl'), 'utf8').split('\n').length - 1;
    expect(outcome.stderr).toContain(`${kept.toLocaleString('en')} changed`);
    expect(outcome.records()).toHaveLength(kept);
    expect(kept).toBeLessThan(20_000);
  });
});

it('raw rows of a file with CRLF are the file', async () => {
  const content = lines.map((line) => `${line}\r\n`).join('');
  const given = ['dataset', 'filter', 'data.jsonl', '', '--raw'];
  const outcome = await coldstart(given, { cwd: folderWith(content) });
  // A blank line is no row.
  expect(outcome.stdout).toBe(content.replace('\r\n\r\n', '\r\n'));
});

import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { listEvaluations } from '../../../../src/services/run/evaluations.ts';
import { PairedEvaluations } from '../../../../src/services/run/paired-evaluations.ts';
import { type StubWorkspace, stubWorkspace } from './stub-workspace.ts';

/** What a model answered to each of the rows t0 … of the stub's dataset; the truth of row i is i + 1. */
type Answers = readonly (number | null)[];

let workspace: StubWorkspace;
let kept: string;
let dataset: string;
let pairs: PairedEvaluations;

beforeEach(async () => {
  workspace = await stubWorkspace();
  const { folder, runs, host } = workspace;
  kept = join(folder, '.coldstart', 'evaluations');
  dataset = join(folder, 'dataset.jsonl');
  await mkdir(kept, { recursive: true });
  const opened = new PairedEvaluations(runs, { ...host, settings: () => host.settings });
  pairs = opened;
  onTestFinished(() => opened.dispose());
});

const line = (index: number, answer: number | null, samples = 1) => {
  const isRight = answer === index + 1;
  const one = {
    completion: answer === null ? 'no idea' : `<think>so it is</think>\\boxed{${answer}}`,
    tokens: 7,
    finish: 'stop',
    state: answer === null ? 'unparsed' : isRight ? 'correct' : 'incorrect',
    extracted: answer === null ? null : `${answer}`,
    rule: 'string-equal',
  };
  return {
    index,
    id: `t${index}`,
    ground_truth: `${index + 1}`,
    correct: isRight ? 1 : 0,
    completions: Array.from({ length: samples }, () => one),
  };
};

async function keep(
  name: string,
  answers: Answers,
  change: object = {},
  rows: readonly object[] = answers.map((answer, index) => line(index, answer)),
): Promise<void> {
  const correct = answers.filter((answer, index) => answer === index + 1).length;
  const n = answers.length;
  const record = {
    model: `org/${name}`,
    dataset,
    samples: 1,
    n,
    correct,
    accuracy: correct / n,
    low: 0,
    high: 1,
  };
  await writeFile(
    join(kept, `${name}.json`),
    JSON.stringify({ ...record, unparsed: 0, truncated: 0, ...change }),
  );
  await writeFile(join(kept, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

describe('pairings', () => {
  it('count who answered which rows, test it, and give the difference with its interval', async () => {
    await keep('sft', [1, 0, 0, 4]);
    await keep('rl', [1, 2, 3, 0]);
    await keep('base', [null, null, null, null]);
    const found = await pairs.pairingsRead('sft');
    expect(found.map(({ evaluation }) => evaluation).sort()).toEqual(['base', 'rl']);
    expect(found.find(({ evaluation }) => evaluation === 'rl')?.pairing).toMatchObject({
      kind: 'paired',
      both: 1,
      onlyA: 2,
      onlyB: 1,
      neither: 0,
      p: 1,
      difference: 0.25,
    });
    expect(found.find(({ evaluation }) => evaluation === 'base')?.pairing).toMatchObject({
      onlyA: 0,
      onlyB: 2,
      p: 0.5,
      difference: -0.5,
    });
  });

  const answers: Answers = [1, 2, 0, 0];
  const cases: readonly [string, () => Promise<void>, RegExp][] = [
    [
      'several completions of each row',
      () => keep('other', answers, { samples: 4 }),
      /Rows have 4 completions; a pair needs one/,
    ],
    [
      'no per-row file',
      async () => {
        await keep('other', answers);
        await rm(join(kept, 'other.jsonl'));
      },
      /other\.jsonl with the single rows is missing/,
    ],
    [
      'a damaged per-row file',
      async () => {
        await keep('other', answers);
        await appendFile(join(kept, 'other.jsonl'), '{"index":');
      },
      /other\.jsonl with the single rows is damaged/,
    ],
    [
      'a per-row file of another evaluation',
      () => keep('other', answers, { correct: 3 }),
      /other\.jsonl does not hold the rows of this evaluation/,
    ],
    [
      'other rows',
      () =>
        keep(
          'other',
          answers,
          {},
          [4, 5, 2, 3].map((index, at) => line(index, at < 2 ? index + 1 : 0)),
        ),
      /2 rows of 4 are not the same in both/,
    ],
    ['fewer rows', () => keep('other', answers.slice(0, 3)), /1 row of 4 is not the same in both/],
    [
      'another ground truth',
      () =>
        keep(
          'other',
          answers,
          {},
          answers.map((answer, index) => ({
            ...line(index, answer),
            ...(index === 2 ? { ground_truth: '9' } : {}),
          })),
        ),
      /1 row of 4 is not the same in both/,
    ],
  ];
  it.each(cases)('are refused with %s, and say why', async (_, write, why) => {
    await keep('sft', answers);
    await write();
    const [found] = await pairs.pairingsRead('sft');
    expect(found?.pairing).toMatchObject({ kind: 'unpaired', why: expect.stringMatching(why) });
    await expect(
      pairs.flipsRead({ a: 'other', b: 'sft', side: 'either', offset: 0, count: 10 }),
    ).rejects.toMatchObject({ code: 'request-invalid', message: expect.stringMatching(why) });
  });

  it('leave rows without a ground truth out, and evaluations of other datasets or rows', async () => {
    await keep('sft', answers);
    const rows = [
      ...answers.map((answer, index) => line(index, answer)),
      { ...line(4, 5), ground_truth: null },
    ];
    await keep('other', answers, {}, rows);
    await keep('elsewhere', answers, { dataset: '/elsewhere.jsonl' });
    await keep('part', answers, { selection: 'the first 4' });
    expect(await pairs.pairingsRead('sft')).toMatchObject([
      { evaluation: 'other', pairing: { kind: 'paired', both: 2, neither: 2, p: 1 } },
    ]);
  });

  it('are read anew when an evaluation was made again', async () => {
    await keep('sft', answers);
    await keep('other', answers);
    expect(await pairs.pairingsRead('sft')).toMatchObject([{ pairing: { both: 2 } }]);
    await keep('other', [1, 2, 3, 0]);
    expect(await pairs.pairingsRead('sft')).toMatchObject([{ pairing: { both: 2, onlyA: 1 } }]);
  });

  it.each(['../dataset', '..', '', '.hidden', '/etc/passwd', 'sft.json', 'a\0b', 'nothing'])(
    'know no evaluation %j',
    async (id) => {
      await keep('sft', answers);
      await expect(pairs.pairingsRead(id)).rejects.toMatchObject({ code: 'request-invalid' });
    },
  );
});

describe('flips', () => {
  const pair = { a: 'rl', b: 'sft' };
  beforeEach(async () => {
    await keep('sft', [1, 0, 0, 4]);
    const rl = [1, 2, 3, null];
    // A sampler writes rows as they are done.
    const rows = rl.map((answer, index) => line(index, answer)).reverse();
    await keep('rl', rl, {}, rows);
  });

  it.each([
    ['either', [1, 2, 3]],
    ['a', [1, 2]],
    ['b', [3]],
  ] as const)('that %s wins come in the order of the dataset', async (side, indexes) => {
    const page = await pairs.flipsRead({ ...pair, side, offset: 0, count: 10 });
    expect(page).toMatchObject({ total: 3, matched: indexes.length });
    expect(page.flips.map(({ index }) => index)).toEqual(indexes);
  });

  it('come in pages, with prompt, ground truth and both answers', async () => {
    const page = await pairs.flipsRead({ ...pair, side: 'either', offset: 2, count: 1 });
    expect(page.flips).toEqual([
      {
        index: 3,
        id: 't3',
        groundTruth: '4',
        prompt: 'What is 3 + 1?',
        images: 1,
        correct: 'b',
        verdictA: { state: 'unparsed', extracted: null },
        verdictB: { state: 'correct', extracted: '4' },
      },
    ]);
  });

  it('show the row whole, with its picture and both completions', async () => {
    const flip = await pairs.flipRead(pair, 1);
    expect(flip).toMatchObject({
      turns: [{ role: 'user', text: '<image>What is 1 + 1?' }],
      images: [{ status: 'ready', width: 1 }],
      missing: '',
      a: { verdict: { state: 'correct', extracted: '2' }, completion: { truncated: false } },
      b: { verdict: { state: 'incorrect', extracted: '0' }, tokens: 7 },
    });
    expect(flip.a.completion.segments.map(({ kind }) => kind)).toEqual(['think', 'boxed']);
    expect(await pairs.imageRead(pair, 1, 0, 'full')).toMatchObject({ status: 'ready', mime: 'image/png' });
    expect(await pairs.imageRead(pair, 1, 7, 'full')).toMatchObject({ status: 'refused' });
    expect(await pairs.traceOf(pair, 1)).toEqual({ source: dataset, index: 1 });
    await expect(pairs.flipRead(pair, 0)).rejects.toMatchObject({ code: 'request-invalid' });
  });

  it('keep their answers when the dataset has other rows by now, or is gone', async () => {
    const rows = (await readFile(dataset, 'utf8')).split('\n');
    await writeFile(dataset, [rows[1], rows[0], ...rows.slice(2)].join('\n'));
    const changed = await pairs.flipRead(pair, 1);
    expect(changed).toMatchObject({
      turns: [],
      images: [],
      missing: 'Row 2 of dataset.jsonl is not the one that was evaluated.',
      a: { verdict: { extracted: '2' } },
    });
    await rm(dataset);
    expect((await pairs.flipRead(pair, 2)).missing).toMatch(/There is no file/);
    const page = await pairs.flipsRead({ ...pair, side: 'either', offset: 0, count: 10 });
    expect(page.flips.map(({ prompt, images }) => [prompt, images])).toEqual([
      ['', 0],
      ['', 0],
      ['', 0],
    ]);
  });
});

it('evaluations carry the name of their file', async () => {
  await keep('sft', [1]);
  expect(await listEvaluations(workspace.runs)).toMatchObject([{ id: 'sft', name: 'sft' }]);
});

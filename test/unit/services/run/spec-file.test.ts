import { expect, test } from 'vitest';
import { changedSpec, parseSpec } from '../../../../src/services/run/spec-file.ts';

const minimal = { name: 'a', stage: 'sft', model: 'm', dataset: { path: 'x.jsonl' } };
const text = (changes: object) => JSON.stringify({ ...minimal, ...changes });

/** Text of a spec; what is said of it as `code "text at its place" fix`. */
const mistakes: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a misspelt setting',
    text({ leraning_rate: 1 }),
    ['unknown-key "leraning_rate" Did you mean "learning_rate"?'],
  ],
  [
    'a setting inside dataset',
    text({ dataset: { path: 'x', row: 'all' } }),
    ['unknown-key "row" Did you mean "rows"?'],
  ],
  [
    'a setting inside a reward',
    text({ rewards: [{ name: 'answer', wieght: 2 }] }),
    ['unknown-key "wieght" Did you mean "weight"?'],
  ],
  ['a missing setting', '{"name":"a","stage":"sft","dataset":{"path":"x"}}', ['missing { Add "model".']],
  ['a missing path', text({ dataset: {} }), ['missing { Add "path".']],
  ['a misspelt stage', text({ stage: 'grop' }), ['value "grop" Did you mean "grpo"?']],
  [
    'a misspelt row selection',
    text({ dataset: { path: 'x', rows: 'keptt' } }),
    ['value "keptt" Which rows: all, kept, dropped, flagged, undecided, or a half-open index range A:B.'],
  ],
  [
    'a reward that is not built in',
    text({ rewards: [{ name: 'anser' }] }),
    ['value "anser" Did you mean "answer"? Your own needs "file": "rewards.py:function".'],
  ],
  [
    'two rewards of one name',
    text({ rewards: [{ name: 'format' }, { name: 'format' }] }),
    ['value "format" Rename one of them.'],
  ],
  [
    'a template without its place',
    text({ prompt: { template: 'x' } }),
    ['value "x" Correct "prompt.template".'],
  ],
  [
    'two mistakes at once',
    text({ max_steps: 0, seeed: 1 }),
    ['value 0 Optimizer updates; wins over epochs.', 'unknown-key "seeed" Did you mean "seed"?'],
  ],
  [
    'a reward that is not built in beside another mistake',
    text({ seeed: 1, rewards: [{ name: 'anser' }] }),
    [
      'unknown-key "seeed" Did you mean "seed"?',
      'value "anser" Did you mean "answer"? Your own needs "file": "rewards.py:function".',
    ],
  ],
  ['broken JSON', '{"name": "a"\n "stage": "sft"}', ['json "stage" Correct the JSON at this place.']],
  ['an empty file', '', ['json  Correct the JSON at this place.']],
  ['no object', '[]', ['value [] Write { … }.']],
];

for (const [name, source, said] of mistakes) {
  test(`a run spec with ${name}`, () => {
    const { spec, problems } = parseSpec(source);
    expect(spec).toBeNull();
    const places = problems.map(
      ({ code, offset, length, fix }) => `${code} ${source.slice(offset, offset + length)} ${fix}`,
    );
    expect(places).toEqual(said);
  });
}

/** Text of a spec; the changes of it that are proposed, applied. */
const mended: readonly (readonly [string, string, string])[] = [
  ['a key', text({ group_sise: 4 }), text({ group_size: 4 })],
  ['a value', text({ stage: 'grop' }), text({ stage: 'grpo' })],
  [
    'a reward that is built in',
    text({ rewards: [{ name: 'anser' }] }),
    text({ rewards: [{ name: 'answer' }] }),
  ],
  [
    "a reward of one's own",
    text({ rewards: [{ name: 'politeness' }] }),
    text({ rewards: [{ name: 'politeness', file: 'rewards.py:politeness' }] }),
  ],
];

for (const [name, source, result] of mended) {
  test(`a change of the text is proposed for ${name}`, () => {
    const { problems } = parseSpec(source);
    const [edit] = problems.flatMap((problem) => problem.edit ?? []);
    if (!edit) throw new Error('nothing is proposed');
    const changed = source.slice(0, edit.offset) + edit.text + source.slice(edit.offset + edit.length);
    expect(JSON.parse(changed)).toEqual(JSON.parse(result));
  });
}

/** Changes of a spec; what can still be read of it. */
const readable: readonly (readonly [string, object, object | null])[] = [
  ['a misspelt key is read as what was meant', { group_sise: 4 }, { group_size: 4 }],
  ['a misspelt value, too', { stage: 'grop' }, { stage: 'grpo' }],
  ['a wrong value gets its default', { batch_size: -1, seed: 7 }, { batch_size: 8, seed: 7 }],
  [
    'rewards with mistakes are left out',
    { rewards: [{ name: '?' }, { name: 'format' }, { name: 'mine' }] },
    { rewards: [{ name: 'format', weight: 1, timeout_s: 30 }] },
  ],
  ['without a dataset there is nothing to check', { dataset: {} }, null],
];

for (const [name, changes, expected] of readable) {
  test(`of a spec with mistakes: ${name}`, () => {
    const { spec, readable: read } = parseSpec(text(changes));
    expect(spec).toBeNull();
    if (expected) expect(read).toMatchObject(expected);
    else expect(read).toBeNull();
  });
}

test("a function of one's own may be named alone", () => {
  const rewards = [
    { name: 'my/rewards.py:score', weight: 2 },
    { name: 'other', file: 'a.py:f' },
  ];
  expect(parseSpec(text({ rewards })).spec?.rewards).toMatchObject([
    { name: 'score', file: 'my/rewards.py:score', weight: 2 },
    { name: 'other', file: 'a.py:f' },
  ]);
});

test('places are lines and columns from 1', () => {
  const { problems } = parseSpec('{\n  "name": "a",\n  "stagee": "sft"}');
  expect(problems.find(({ code }) => code === 'unknown-key')).toMatchObject({ line: 3, column: 3 });
});

test('something nobody could mean lists what there is', () => {
  const [problem] = parseSpec(text({ zzzzzzzzz: 1 })).problems;
  expect(problem?.fix).toMatch(/^Known settings: version, name, stage/);
});

test('a valid spec gets its defaults; comments, a trailing comma and a BOM are allowed', () => {
  const { spec, problems } = parseSpec(`\uFEFF// mine\n${text({}).slice(0, -1)},}`);
  expect(problems).toEqual([]);
  expect(spec).toMatchObject({ stage: 'sft', extraction: 'boxed', save_steps: 50, dataset: { rows: 'all' } });
});

test('changes from the command line are JSON or plain text, at dotted places', () => {
  const changes = [
    'max_steps=3',
    'dataset.rows=kept',
    'trainer_args.adam_beta2=0.9',
    'lora={"rank":4}',
    'name=b c',
  ];
  expect(changedSpec(minimal, changes)).toMatchObject({
    max_steps: 3,
    name: 'b c',
    dataset: { rows: 'kept' },
    trainer_args: { adam_beta2: 0.9 },
    lora: { rank: 4, alpha: 32 },
  });
  for (const change of ['max_step=3', '=3', 'x', '__proto__.a=1', 'max_steps=x'])
    expect(() => changedSpec(minimal, [change]), change).toThrow();
  expect(({} as { a?: unknown }).a).toBeUndefined();
});

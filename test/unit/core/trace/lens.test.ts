import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectShape, lensNames, readTrace, rowShape } from '../../../../src/core/trace/lens.ts';
import { type Json, promptText, type Trace } from '../../../../src/core/trace/trace.ts';
import { applyEdit, type TraceEdit } from '../../../../src/core/trace/trace-edit.ts';

const read = (row: Json, shape?: string, map?: Record<string, string>): Trace =>
  readTrace(
    row,
    { index: 0, line: 1, hash: 'hash' },
    { shape: shape ?? detectShape([row]).shape, ...(map === undefined ? {} : { map }) },
  );

describe('rows by their fields', () => {
  it.each<[string, Json, string, string, string | undefined, string | undefined]>([
    ['attempt', { problem: 'p', ground_truth: '1', completion: 'c' }, 'traces', 'p', 'c', '1'],
    ['NuminaMath', { problem: 'p', solution: 'so', answer: '1' }, 'traces', 'p', 'so', '1'],
    ['GSM8K', { question: 'p', answer: 'a\n#### 1' }, 'cold-start', 'p', 'a\n#### 1', undefined],
    ['short answer', { question: 'p', answer: '1' }, 'rl-data', 'p', undefined, '1'],
    [
      'answer beside ground truth',
      { problem: 'p', answer: 'c', ground_truth: '1' },
      'cold-start',
      'p',
      'c',
      '1',
    ],
    ['short solution', { problem: 'p', solution: '5' }, 'traces', 'p', undefined, '5'],
    [
      'verl',
      { prompt: [{ role: 'user', content: 'p' }], reward_model: { ground_truth: '1' } },
      'verl',
      'p',
      undefined,
      '1',
    ],
    [
      'reasoning_content',
      {
        messages: [
          { role: 'user', content: 'p' },
          { role: 'assistant', content: 'c', reasoning_content: 'r' },
        ],
      },
      'ms-swift',
      'p',
      '<think>r</think>\nc',
      undefined,
    ],
    [
      'system and history',
      { system: 's', query: 'p', response: 'c', history: [['q', 'a']] },
      'ms-swift-query',
      's\n\nq\n\na\n\np',
      'c',
      undefined,
    ],
    ['verl rollout', { input: 'p', output: 'c', gts: '1', score: 1 }, 'traces', 'p', 'c', '1'],
    ['alpaca input', { instruction: 'p', input: 'i', output: 'c' }, 'alpaca', 'p\ni', 'c', undefined],
    [
      'implicit prompt',
      {
        chosen: [
          { role: 'user', content: 'p' },
          { role: 'assistant', content: 'c' },
        ],
        rejected: [],
      },
      'trl-preference',
      'p',
      'c',
      undefined,
    ],
  ])('%s', (_name, row, shape, prompt, completion, groundTruth) => {
    const trace = read(row);
    expect([trace.shape, promptText(trace), trace.completion?.text, trace.groundTruth?.text]).toEqual([
      shape,
      prompt,
      completion,
      groundTruth,
    ]);
  });

  it('says what `answer` holds and counts the rows that look otherwise', () => {
    const rows = [
      ...Array.from({ length: 9 }, () => ({ problem: 'p', answer: '1' })),
      { problem: 'p', answer: 'so\nit is \\boxed{1}' },
    ];
    expect(detectShape(rows)).toMatchObject({
      shape: 'rl-data',
      note: '`answer` holds the short ground truth. Of the first 10 rows 9 look so (others: 1 cold-start).',
      rowsByShape: { 'rl-data': 9, 'cold-start': 1 },
    });
    expect(detectShape([])).toMatchObject({ shape: 'traces', note: 'The file has no rows yet.' });
    expect(detectShape([{ a: 1 }, 3]).rowsByShape).toEqual({ unknown: 2 });
  });

  it('takes fields named by hand, dotted too, and says which one is missing', () => {
    const row = {
      'a.b': 'prompt <image>',
      a: { b: 'no' },
      out: { text: 'c' },
      pics: 'p.png',
      meta: { gt: 4 },
      key: 9,
    };
    const map = { prompt: 'a.b', completion: 'out.text', images: 'pics', ground_truth: 'meta.gt', id: 'key' };
    const trace = read(row, 'traces', map);
    expect([
      promptText(trace),
      trace.completion,
      trace.images[0]?.source,
      trace.groundTruth?.text,
      trace.id,
    ]).toEqual(['prompt <image>', { text: 'c', at: ['out', 'text'] }, 'p.png', '4', '9']);
    expect(trace.turns[0]?.parts.at(-1)).toEqual({ kind: 'image', image: 0 });
    expect(read(row, 'traces', { prompt: 'nowhere' }).problems.map((problem) => problem.code)).toContain(
      'field-missing',
    );
  });

  it('names the row by its content when it has no id', () => {
    expect([read({ problem: 'p', answer: '1' }).id, read({ id: {}, problem: 'p', answer: '1' }).id]).toEqual([
      'hash',
      'hash',
    ]);
  });
});

describe('applyEdit', () => {
  const line =
    '{"id": 1.0, "images": ["a"], "problem": "<image>Find \\u0078.<image> b", "answer": "so \\\\boxed{4}"}';
  const check = (edit: TraceEdit, expected: string): void => {
    const result = applyEdit(line, read(JSON.parse(line) as Json, 'cold-start'), edit);
    expect(result.ok ? result.line : result.message).toBe(expected);
  };
  it.each<[TraceEdit, string]>([
    [{ kind: 'completion', start: 10, end: 11, text: '5' }, line.replace('{4}', '{5}')],
    [{ kind: 'prompt', turn: 0, part: 3, text: ' c' }, line.replace(' b"', ' c"')],
    [{ kind: 'prompt', turn: 0, part: 1, text: 'Find y.' }, line.replace('Find \\u0078.', 'Find y.')],
    [{ kind: 'prompt', turn: 0, part: 0, text: '' }, 'There is no such text in the prompt.'],
    [{ kind: 'ground-truth', text: '4' }, line.replace('}"}', '}", "ground_truth": "4"}')],
  ])('%j', check);

  it('edits one piece of a composed completion, and says so when an edit crosses pieces', () => {
    const row = {
      messages: [
        { role: 'user', content: 'p' },
        { role: 'assistant', content: 'c', reasoning_content: 'r' },
      ],
    };
    const text = JSON.stringify(row);
    const trace = read(row);
    const at = trace.completion?.text.indexOf('r</') ?? 0;
    expect(applyEdit(text, trace, { kind: 'completion', start: at, end: at + 1, text: 'R' })).toEqual({
      ok: true,
      line: text.replace('"r"', '"R"'),
    });
    expect(applyEdit(text, trace, { kind: 'completion', start: 0, end: at + 1, text: '' }).ok).toBe(false);
  });
});

describe('any JSON value', () => {
  const keys = [
    'messages',
    'images',
    'image',
    'prompt',
    'problem',
    'answer',
    'completion',
    'conversations',
    'content',
    'role',
    'from',
    'value',
    'type',
    'text',
    'chosen',
    'rejected',
    'history',
    'reward_model',
    'ground_truth',
    'solution',
    'id',
    '__proto__',
  ];
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json[]>(null, 1, true, '', '<image>', 'user', 'assistant', 'image_url', '\\boxed{1}'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc
        .array(fc.tuple(fc.constantFrom(...keys), tie('value')), { maxLength: 5 })
        .map((entries) => Object.fromEntries(entries) as Json),
    ),
  }));

  it('is read by every lens without an exception, and its editable texts are where they say', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(...lensNames), (row, shape) => {
        rowShape(row);
        const trace = read(row, shape);
        const texts = trace.turns.flatMap((turn) =>
          turn.parts.flatMap((part) => (part.kind === 'text' ? [part.value] : [])),
        );
        for (const text of [...texts, trace.completion, trace.groundTruth]) {
          if (text === null || text.at === null) continue;
          const found = text.at.reduce<unknown>(
            (inner, step) => Object.getOwnPropertyDescriptor(inner, step)?.value,
            row,
          );
          expect(String(found).slice(...(text.range ?? [0]))).toBe(text.text);
        }
        for (const part of trace.turns.flatMap((turn) => turn.parts)) {
          if (part.kind === 'image' && part.image !== null) expect(trace.images[part.image]).toBeDefined();
        }
      }),
      { numRuns: 2000 },
    );
  });
});

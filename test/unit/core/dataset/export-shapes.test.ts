import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportObstacle, exportShapes, writeRow } from '../../../../src/core/dataset/export-shapes.ts';
import { trainerRow } from '../../../../src/core/dataset/export-trainer.ts';
import { detectShape, readTrace } from '../../../../src/core/trace/lens.ts';
import { type Json, promptText, type Trace } from '../../../../src/core/trace/trace.ts';
import { readRows, sharedFolder, skipMessage } from '../trace/shared-data.ts';

const read = (row: Json, shape: string): Trace =>
  readTrace(row, { index: 0, line: 1, hash: 'hash' }, { shape });

const seen = (trace: Trace, withCompletion: boolean) => ({
  prompt: promptText(trace),
  images: trace.images.map((image) => image.source),
  completion: withCompletion ? trace.completion?.text : undefined,
  groundTruth: trace.groundTruth?.text,
  meta: { ...trace.meta },
});

const sources = (trace: Trace): string[] => trace.images.map((image) => image.source);

function check(trace: Trace, shape: string): void {
  const row = JSON.parse(writeRow(trace, shape, sources(trace))) as Json;
  const withCompletion = shape !== 'rl-data' && shape !== 'trl-grpo';
  expect(seen(read(row, shape), withCompletion)).toEqual(seen(trace, withCompletion));
}

const rows: Record<string, Json> = {
  plain: {
    id: 'a',
    images: ['1.png'],
    problem: '<image>Find x.',
    completion: '<think>t</think>\\boxed{4}',
    ground_truth: '4',
  },
  'text only': { problem: 'Find x.', completion: 'So \\boxed{4}', source: 'own', grade: 3 },
  'two images': {
    images: ['1.png', '2.png'],
    problem: 'A<image>B<image>C',
    completion: 'c',
    ground_truth: '4',
  },
  'images before no tag': { images: ['1.png'], problem: 'Find x.', completion: 'c', ground_truth: '' },
  'odd text': { problem: '\u2028"\\\ud800', completion: 'é\u0085', ground_truth: '1', __proto__x: true },
};

describe.each(exportShapes.map((shape) => shape.name))('writeRow %s', (shape) => {
  it.each(Object.keys(rows).filter((name) => name !== 'images before no tag'))('%s', (name) => {
    check(read(rows[name] ?? null, 'traces'), shape);
  });

  it('keeps several turns and the system turn', () => {
    const trace = read(
      {
        messages: [
          { role: 'system', content: 'Be exact.' },
          { role: 'user', content: '<image>One?' },
          { role: 'assistant', content: '1' },
          { role: 'user', content: 'Two?<image>' },
          { role: 'assistant', content: '2' },
        ],
        images: ['1.png', '2.png'],
        ground_truth: '2',
      },
      'coldstart',
    );
    check(trace, shape);
  });

  it('gives images without a placeholder to the trainer all the same', () => {
    const trace = read(rows['images before no tag'] ?? null, 'traces');
    const back = read(JSON.parse(writeRow(trace, shape, ['new.png'])) as Json, shape);
    expect(back.images.map((image) => image.source)).toEqual(['new.png']);
    expect(promptText(back).replace('<image>', '')).toBe('Find x.');
  });

  it('recognises its own rows', () => {
    const line = writeRow(read(rows.plain ?? null, 'traces'), shape, ['1.png']);
    expect(detectShape([JSON.parse(line) as Json]).shape).toBe(shape);
    expect(line).not.toMatch(/[\n\u0085\u2028\u2029]/);
  });
});

describe('exportObstacle', () => {
  it.each([
    [{ problem: 'p', completion: 'c' }, 'rl-data', 'ground-truth-missing'],
    [{ problem: 'p', completion: '\\boxed{1}' }, 'rl-data', null],
    [{ problem: 'p', ground_truth: '1' }, 'cold-start', 'completion-missing'],
    [{ problem: 'p', ground_truth: '1' }, 'coldstart', null],
  ])('%j as %s', (row, shape, expected) => {
    expect(exportObstacle(read(row, 'traces'), shape)).toBe(expected);
  });

  it('refuses a shape it does not know', () => {
    expect(() => writeRow(read({ problem: 'p' }, 'traces'), 'nonsense', [])).toThrow(RangeError);
  });
});

describe('trainerRow', () => {
  const prompt = { system: 'S', template: 'Q: {prompt} $& end' };

  it('applies system prompt and template, and puts missing tags in front', () => {
    const trace = read(
      {
        messages: [
          { role: 'system', content: 'own' },
          { role: 'user', content: 'Find x.' },
          { role: 'assistant', content: 'c' },
        ],
        images: ['1.png'],
        ground_truth: 4,
      },
      'coldstart',
    );
    expect(trainerRow(trace, ['/abs/1.png'], prompt, '/abs/d.jsonl')).toEqual({
      trace: { id: 'hash', index: 0, source: '/abs/d.jsonl' },
      messages: [
        { role: 'system', content: 'S' },
        { role: 'user', content: 'Q: <image>Find x. $& end' },
      ],
      completion: 'c',
      images: ['/abs/1.png'],
      ground_truth: '4',
    });
    const kept = trainerRow(trace, ['/abs/1.png'], { system: '', template: '{prompt}' }, 'd');
    expect(kept.messages[0]).toEqual({ role: 'system', content: 'own' });
  });

  it('orders images by their place in the prompt', () => {
    const trace = read(
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image_url', image_url: { url: 'inline.png' } },
              { type: 'text', text: 'and <image>?' },
            ],
          },
        ],
        images: ['listed.png'],
      },
      'openai-messages',
    );
    const row = trainerRow(trace, ['/listed.png', '/inline.png'], { system: '', template: '{prompt}' }, 'd');
    expect(row.images).toEqual(['/inline.png', '/listed.png']);
    expect(row.messages[0]?.content).toBe('<image>and <image>?');
  });
});

const folder = sharedFolder('shapes');
describe.skipIf(folder === null)(
  `real rows (${folder === null ? skipMessage('shapes') : 'shared data'})`,
  () => {
    it.each([
      'traces-with-think.jsonl',
      'multi-image.jsonl',
      'ms-swift.jsonl',
      'trl-prompt-completion.jsonl',
    ])('%s', (file) => {
      const list = readRows(join(folder ?? '', file));
      const { shape } = detectShape(list);
      for (const row of list) for (const target of exportShapes) check(read(row, shape), target.name);
    });
  },
);

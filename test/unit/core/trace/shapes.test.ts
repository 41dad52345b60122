import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectShape, readTrace } from '../../../../src/core/trace/lens.ts';
import { promptText, type Trace } from '../../../../src/core/trace/trace.ts';
import { readRows, sharedFolder, skipMessage } from './shared-data.ts';

const folder = sharedFolder('shapes');

interface Expected {
  shape: string;
  rows: number;
  completion: boolean;
  groundTruth: 'field' | 'box';
  images?: 'none' | 'jpeg';
  table?: boolean;
}

const files: Record<string, Expected> = {
  'ms-swift.jsonl': { shape: 'ms-swift', rows: 30, completion: true, groundTruth: 'box' },
  'ms-swift-grpo.jsonl': { shape: 'ms-swift', rows: 30, completion: false, groundTruth: 'field' },
  'ms-swift-query-response.jsonl': {
    shape: 'ms-swift-query',
    rows: 30,
    completion: true,
    groundTruth: 'box',
  },
  'hf-json-array/data/hf-json-array.json': {
    shape: 'ms-swift-query',
    rows: 30,
    completion: true,
    groundTruth: 'box',
    images: 'jpeg',
  },
  'openai-messages.jsonl': { shape: 'openai-messages', rows: 30, completion: true, groundTruth: 'box' },
  'sharegpt-conversations.json': { shape: 'sharegpt', rows: 30, completion: true, groundTruth: 'box' },
  'llava.json': { shape: 'llava', rows: 30, completion: true, groundTruth: 'box' },
  'trl-prompt-completion.jsonl': {
    shape: 'trl-prompt-completion',
    rows: 30,
    completion: true,
    groundTruth: 'box',
  },
  'trl-grpo.jsonl': { shape: 'trl-grpo', rows: 30, completion: false, groundTruth: 'field' },
  'alpaca.jsonl': { shape: 'alpaca', rows: 30, completion: true, groundTruth: 'box', images: 'none' },
  'traces-with-think.jsonl': {
    shape: 'traces',
    rows: 30,
    completion: true,
    groundTruth: 'field',
    table: true,
  },
  'caption-think.jsonl': { shape: 'traces', rows: 30, completion: true, groundTruth: 'field', table: true },
};

function load(file: string): { traces: Trace[]; shape: string; note: string } {
  const rows = readRows(join(folder ?? '', file));
  const found = detectShape(rows);
  const traces = rows.map((row, index) =>
    readTrace(row, { index, line: index + 1, hash: `h${index}` }, { shape: found.shape }),
  );
  return { traces, ...found };
}

/** The user's words without system turn, tags and white space around them, which differ between shapes by design. */
function promptOf(trace: Trace): string {
  return promptText({ ...trace, turns: trace.turns.filter((turn) => turn.role !== 'system') })
    .replaceAll('<image>', '')
    .trim();
}

const problems = (traces: readonly Trace[]): string[] => [
  ...new Set(traces.flatMap((trace) => trace.problems.map((problem) => problem.code))),
];

describe.skipIf(folder === null)(
  `shapes of people (${folder === null ? skipMessage('shapes') : 'shared data'})`,
  () => {
    const truth = folder === null ? [] : load('ms-swift-query-response.jsonl').traces;
    const answers =
      folder === null ? [] : load('trl-grpo.jsonl').traces.map((trace) => trace.groundTruth?.text);

    it.each(Object.entries(files))('%s', (file, expected) => {
      const { traces, shape } = load(file);
      expect(shape).toBe(expected.shape);
      expect(traces).toHaveLength(expected.rows);
      for (const [index, trace] of traces.entries()) {
        const same = truth[index];
        if (expected.images === 'none')
          expect(promptOf(trace).startsWith(promptOf(same as Trace).slice(0, 20))).toBe(true);
        else expect(promptOf(trace)).toBe(promptOf(same as Trace));
        const sources = trace.images.map((image) => image.source);
        if (expected.images === 'none') expect(sources).toEqual([]);
        else if (expected.images === 'jpeg')
          expect(sources).toEqual([`data/hf-json-array/images/${index}.jpg`]);
        else expect(sources).toEqual(same?.images.map((image) => image.source));
        if (!expected.completion) expect(trace.completion).toBeNull();
        else if (expected.table) expect(trace.completion?.text).toContain('<think>');
        else expect(trace.completion?.text).toBe(same?.completion?.text);
        expect(trace.groundTruth?.text).toBe(answers[index]);
        expect(trace.groundTruth?.at === null).toBe(expected.groundTruth === 'box');
      }
      expect(problems(traces)).toEqual(expected.groundTruth === 'box' ? ['ground-truth-from-box'] : []);
    });

    it('tells the two meanings of `answer` apart and lets the person choose the other', () => {
      const multi = load('multi-image.jsonl');
      expect([multi.shape, multi.note]).toEqual(['cold-start', '`answer` holds the whole completion.']);
      expect(problems(multi.traces)).toEqual([]);
      expect(multi.traces.every((trace) => trace.images.length > 1 && trace.groundTruth?.at !== null)).toBe(
        true,
      );
      const rows = truth.map((trace, index) => ({ problem: promptOf(trace), answer: answers[index] ?? '' }));
      const found = detectShape(rows);
      expect([found.shape, found.note]).toEqual(['rl-data', '`answer` holds the short ground truth.']);
      const forced = readTrace(rows[0] ?? null, { index: 0, line: 1, hash: 'h' }, { shape: 'cold-start' });
      expect([forced.shape, forced.completion?.text]).toEqual(['cold-start', answers[0]]);
    });

    it('reads preference pairs, tool use and several turns', () => {
      const pairs = load('trl-preference.jsonl');
      expect([pairs.shape, pairs.traces.length, problems(pairs.traces)]).toEqual(['trl-preference', 24, []]);
      expect(pairs.traces.every((trace) => trace.completion !== null && trace.groundTruth === null)).toBe(
        true,
      );

      const demo = load('sharegpt-llamafactory/data/mllm_demo.json');
      expect([demo.shape, problems(demo.traces)]).toEqual(['ms-swift', []]);
      expect(demo.traces[0]?.turns.map((turn) => turn.role)).toEqual(['user', 'assistant', 'user']);
      expect(demo.traces[0]?.completion?.text).toBe('They are celebrating on the soccer field.');

      const parts = load('sharegpt-llamafactory/data/v1_multimodal_demo.jsonl');
      expect(parts.shape).toBe('sharegpt');
      expect(promptText(parts.traces[0] as Trace)).toBe(
        promptText(demo.traces[0] as Trace).replaceAll('\n\n', '\n\n'),
      );
      expect(parts.traces[0]?.images.map((image) => image.source)).toEqual([
        'data/mllm_demo_data/1.jpg',
        'data/mllm_demo_data/1.jpg',
      ]);

      const tools = load('sharegpt-llamafactory/data/reason_tool_use_demo_50.jsonl');
      expect([tools.shape, tools.traces.length]).toEqual(['sharegpt', 50]);
      expect(tools.traces.every((trace) => trace.completion !== null)).toBe(true);
      expect(tools.traces[0]?.completion?.text.startsWith('<think>')).toBe(true);
      expect(problems(tools.traces).filter((code) => code !== 'ground-truth-from-box')).toEqual([]);
    });
  },
);

import { groundTruthKeys } from '../trace/lenses/values.ts';
import type { Trace } from '../trace/trace.ts';
import { chat, conversations, type Field, flat, ordered, parts, trlPrompt } from './export-fields.ts';
import { jsonLine, turnText } from './export-turns.ts';

/** A shape that Coldstart writes; the names are those of the lenses that read it back. */
export interface ExportShape {
  readonly name: string;
  readonly title: string;
  /** What a trace must have to be of use in this shape. */
  readonly needs: readonly ('completion' | 'groundTruth')[];
  readonly note: string;
}

type Writer = (trace: Trace, images: readonly string[]) => Field[];

interface Target extends ExportShape {
  readonly write: Writer;
}

const groundTruth = (trace: Trace, key: string): Field[] =>
  trace.groundTruth === null || trace.groundTruth.at === null ? [] : [[key, trace.groundTruth.text]];

/** For shapes without a completion even a ground truth taken from the box must be written. */
const anyGroundTruth = (trace: Trace, key: string): Field[] =>
  trace.groundTruth === null ? [] : [[key, trace.groundTruth.text]];

const completion = (trace: Trace, key: string): Field[] =>
  trace.completion === null ? [] : [[key, trace.completion.text]];

const targets: readonly Target[] = [
  {
    name: 'coldstart',
    title: 'Coldstart traces',
    needs: [],
    note: '`messages`, `images`, `ground_truth`: nothing is lost.',
    write: (trace, images) => [
      ['messages', chat(trace)],
      ['images', ordered(trace, images)],
      ['ground_truth', trace.groundTruth?.at == null ? null : trace.groundTruth.text],
    ],
  },
  {
    name: 'cold-start',
    title: 'Published cold-start set',
    needs: ['completion'],
    note: '`answer` is the whole completion; roles of earlier turns are lost.',
    write: (trace, images) => [
      ['images', ordered(trace, images)],
      ...flat(trace, 'problem', false),
      ...completion(trace, 'answer'),
      ...groundTruth(trace, 'ground_truth'),
    ],
  },
  {
    name: 'rl-data',
    title: 'Published RL set (EasyR1)',
    needs: ['groundTruth'],
    note: '`answer` is the ground truth; completions are left out.',
    write: (trace, images) => [
      ['images', ordered(trace, images)],
      ...flat(trace, 'problem', false),
      ...anyGroundTruth(trace, 'answer'),
    ],
  },
  {
    name: 'traces',
    title: 'Fields by name',
    needs: [],
    note: '`problem`, `images`, `completion`, `ground_truth`.',
    write: (trace, images) => [
      ['images', ordered(trace, images)],
      ...flat(trace, 'problem', false),
      ...completion(trace, 'completion'),
      ...groundTruth(trace, 'ground_truth'),
    ],
  },
  {
    name: 'ms-swift',
    title: 'ms-swift messages',
    needs: [],
    note: '`messages` and `images`; the ground truth goes to `solution`, which ms-swift’s rewards read.',
    write: (trace, images) => [
      ['messages', chat(trace)],
      ['images', ordered(trace, images)],
      ...groundTruth(trace, 'solution'),
    ],
  },
  {
    name: 'ms-swift-query',
    title: 'ms-swift query and response',
    needs: ['completion'],
    note: '`query`, `response`, `images`, as the conversion script of the published code writes them.',
    write: (trace, images) => [
      ...flat(trace, 'query', true),
      ...completion(trace, 'response'),
      ['images', ordered(trace, images)],
      ...groundTruth(trace, 'ground_truth'),
    ],
  },
  {
    name: 'openai-messages',
    title: 'OpenAI messages',
    needs: [],
    note: 'Images stand as `image_url` parts inside the messages.',
    write: (trace, images) => [
      [
        'messages',
        [
          ...trace.turns.map((turn) => ({
            role: turn.role,
            content:
              turn.role === 'user'
                ? parts(trace, turn, (position) => ({
                    type: 'image_url',
                    image_url: { url: images[position] ?? '' },
                  }))
                : turnText(turn),
          })),
          ...(trace.completion === null ? [] : [{ role: 'assistant', content: trace.completion.text }]),
        ],
      ],
      ...groundTruth(trace, 'ground_truth'),
    ],
  },
  {
    name: 'sharegpt',
    title: 'ShareGPT and LLaMA-Factory',
    needs: ['completion'],
    note: '`conversations` with from and value, and `images`.',
    write: (trace, images) => [
      ['conversations', conversations(trace)],
      ['images', ordered(trace, images)],
      ...groundTruth(trace, 'ground_truth'),
    ],
  },
  {
    name: 'llava',
    title: 'LLaVA',
    needs: ['completion'],
    note: '`conversations` and `image`; several images become a list, which not every reader takes.',
    write: (trace, images) => {
      const list = ordered(trace, images);
      return [
        ['image', list.length === 1 ? list[0] : list.length === 0 ? null : list],
        ['conversations', conversations(trace)],
        ...groundTruth(trace, 'ground_truth'),
      ];
    },
  },
  {
    name: 'trl-prompt-completion',
    title: 'TRL prompt and completion',
    needs: ['completion'],
    note: '`prompt` and `completion` as messages; `images` fill the image parts in order.',
    write: (trace, images) => {
      const { prompt, images: list } = trlPrompt(trace, images);
      const content = [{ type: 'text', text: trace.completion?.text ?? '' }];
      return [
        prompt,
        ['completion', [{ role: 'assistant', content }]],
        ...list,
        ...groundTruth(trace, 'solution'),
      ];
    },
  },
  {
    name: 'trl-grpo',
    title: 'TRL GRPO prompts',
    needs: ['groundTruth'],
    note: '`prompt` as messages; the ground truth goes to `solution`, which TRL’s rewards read; completions are left out.',
    write: (trace, images) => {
      const { prompt, images: list } = trlPrompt(trace, images);
      return [prompt, ...list, ...anyGroundTruth(trace, 'solution')];
    },
  },
  {
    name: 'alpaca',
    title: 'Alpaca',
    needs: ['completion'],
    note: '`instruction`, `input`, `output`; `images` only where there are any.',
    write: (trace, images) => [
      ...flat(trace, 'instruction', true),
      ['input', ''],
      ...completion(trace, 'output'),
      ...(images.length === 0 ? [] : [['images', ordered(trace, images)] as const]),
      ...groundTruth(trace, 'ground_truth'),
    ],
  },
];

/** The shapes that can be written, in the order in which they are offered. */
export const exportShapes: readonly ExportShape[] = targets.map(({ name, title, needs, note }) => ({
  name,
  title,
  needs,
  note,
}));

/** The code of why a trace would be of no use in a shape, or null. */
export function exportObstacle(
  trace: Trace,
  shape: string,
): 'completion-missing' | 'ground-truth-missing' | null {
  const needs = targets.find((target) => target.name === shape)?.needs ?? [];
  if (needs.includes('completion') && trace.completion === null) return 'completion-missing';
  if (needs.includes('groundTruth') && trace.groundTruth === null) return 'ground-truth-missing';
  return null;
}

/** Field names that lenses read: a leftover field of that name would change what the row means. */
const reserved = new Set([
  ...[
    'id',
    'messages',
    'conversations',
    'system',
    'history',
    'images',
    'image',
    'image_path',
    'image_paths',
    'img',
  ],
  ...['problem', 'prompt', 'question', 'query', 'instruction', 'input', 'chosen', 'rejected', 'reward_model'],
  ...[
    'completion',
    'response',
    'output',
    'generation',
    'rationale',
    'reasoning',
    'answer',
    'solution',
    'reference',
  ],
  ...[...groundTruthKeys, 'gts', 'target', 'label'],
]);

/**
 * One trace as a line of JSON (no line end) in a shape; `images` names them in the order of `trace.images`. Id and the
 * remaining short fields (source, licence …) go along, so that provenance is not lost. Throws RangeError for a shape that
 * is not in `exportShapes`.
 */
export function writeRow(trace: Trace, shape: string, images: readonly string[]): string {
  const target = targets.find((candidate) => candidate.name === shape);
  if (target === undefined) throw new RangeError(`no export shape "${shape}"`);
  const fields = target.write(trace, images);
  const taken = new Set(fields.map(([key]) => key));
  const meta = Object.entries(trace.meta).filter(([key]) => !reserved.has(key) && !taken.has(key));
  const id: Field[] = trace.id === trace.hash ? [] : [['id', trace.id]];
  return jsonLine(Object.fromEntries([...id, ...fields, ...meta]));
}

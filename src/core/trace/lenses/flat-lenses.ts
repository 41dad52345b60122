import type { Json } from '../trace.ts';
import { type Draft, type JsonObject, own, presentKey } from './draft.ts';
import { readImages } from './images.ts';
import type { Lens } from './lens-types.ts';
import {
  groundTruthKeys,
  readCompletionAt,
  readEarlierTurns,
  readGroundTruth,
  readGroundTruthAt,
  readPromptAt,
} from './values.ts';

const promptKeys = ['problem', 'prompt', 'question', 'query', 'instruction', 'input'] as const;
const completionKeys = ['completion', 'response', 'output', 'generation', 'rationale', 'reasoning'] as const;

const has = (row: JsonObject, key: string): boolean => own(row, key) !== undefined;

/** Whether a text reads like a whole completion rather than a short answer: boxed, tagged, several lines, or long. */
export function looksLikeCompletion(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(looksLikeCompletion);
  if (typeof value !== 'string') return false;
  return value.length > 160 || /\\boxed\{|<\/(?:think|answer)>|\n/.test(value.trim());
}

function readFlat(draft: Draft, prompt: string | undefined, completion: string | undefined): void {
  readImages(draft);
  readEarlierTurns(draft);
  if (prompt !== undefined) {
    draft.used.add(prompt);
    readPromptAt(draft, own(draft.row, prompt), [prompt]);
    appendInput(draft, prompt);
  }
  if (completion === undefined) return;
  draft.used.add(completion);
  draft.completion = readCompletionAt(draft, own(draft.row, completion), [completion]);
}

/** Alpaca's `input` is the second line of the prompt, as LLaMA-Factory and ms-swift join it. */
function appendInput(draft: Draft, prompt: string): void {
  const input = own(draft.row, 'input');
  if (prompt !== 'instruction' || typeof input !== 'string') return;
  draft.used.add('input');
  const turn = draft.turns.at(-1);
  if (input === '' || turn === undefined) return;
  draft.turns[draft.turns.length - 1] = {
    role: turn.role,
    parts: [
      ...turn.parts,
      { kind: 'text', value: { text: '\n', at: null } },
      { kind: 'text', value: { text: input, at: ['input'] } },
    ],
  };
}

const problemWithoutRival = (row: JsonObject): boolean =>
  presentKey(row, promptKeys) !== undefined &&
  ![...completionKeys, 'solution', 'chosen'].some((key) => has(row, key));

const problemAndAnswer = (row: JsonObject): boolean => has(row, 'answer') && problemWithoutRival(row);

export const coldStartLens: Lens = {
  name: 'cold-start',
  title: 'Published cold-start set',
  note: '`answer` holds the whole completion.',
  expectsCompletion: true,
  fits: problemAndAnswer,
  accepts: problemWithoutRival,
  read: (draft) => {
    readFlat(draft, presentKey(draft.row, promptKeys), 'answer');
    readGroundTruth(draft);
  },
};

export const rlDataLens: Lens = {
  name: 'rl-data',
  title: 'Published RL set (EasyR1)',
  note: '`answer` holds the short ground truth.',
  expectsCompletion: false,
  fits: problemAndAnswer,
  accepts: problemWithoutRival,
  read: (draft) => {
    readFlat(draft, presentKey(draft.row, promptKeys), undefined);
    draft.used.add('answer');
    draft.groundTruth = readGroundTruthAt(draft, own(draft.row, 'answer'), ['answer']);
  },
};

export const msSwiftQueryLens: Lens = {
  name: 'ms-swift-query',
  title: 'ms-swift query and response',
  note: '`query`, `response` and `images`.',
  expectsCompletion: true,
  fits: (row) => has(row, 'query') && has(row, 'response'),
  read: (draft) => {
    readFlat(draft, 'query', 'response');
    readGroundTruth(draft, ['solution', 'answer']);
  },
};

export const alpacaLens: Lens = {
  name: 'alpaca',
  title: 'Alpaca',
  note: '`instruction` and `input` are the prompt, `output` is the completion.',
  expectsCompletion: true,
  fits: (row) => has(row, 'instruction') && has(row, 'output'),
  read: (draft) => {
    readFlat(draft, 'instruction', 'output');
    readGroundTruth(draft, ['solution', 'answer']);
  },
};

/** `solution` is the completion where `answer` stands beside it, or where it is long and there is no other one. */
function completionKey(row: JsonObject): string | undefined {
  const named = presentKey(row, completionKeys);
  if (named !== undefined) return named;
  const solution = own(row, 'solution');
  if (solution !== undefined && (has(row, 'answer') || looksLikeCompletion(solution))) return 'solution';
  const known = groundTruthKeys.some((key) => has(row, key));
  if (has(row, 'answer') && (known || looksLikeCompletion(own(row, 'answer')))) return 'answer';
  return undefined;
}

export const tracesLens: Lens = {
  name: 'traces',
  title: 'Fields by name',
  note: 'Prompt, completion, images and ground truth by the usual field names.',
  expectsCompletion: true,
  fits: (row) =>
    presentKey(row, promptKeys) !== undefined &&
    (completionKey(row) !== undefined ||
      [...groundTruthKeys, 'answer', 'solution'].some((key) => has(row, key))),
  read: (draft) => {
    const completion = completionKey(draft.row);
    readFlat(draft, presentKey(draft.row, promptKeys), completion);
    const more = ['answer', 'solution', 'gts', 'target', 'label'].filter((key) => key !== completion);
    readGroundTruth(draft, more);
  },
};

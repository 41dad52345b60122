import type { Json } from '../trace.ts';
import { readMessages } from './chat.ts';
import { type Draft, isObject, type JsonObject, own } from './draft.ts';
import { readImages } from './images.ts';
import type { Lens } from './lens-types.ts';
import {
  readCompletionAt,
  readEarlierTurns,
  readGroundTruth,
  readGroundTruthAt,
  readPromptAt,
} from './values.ts';

function messageList(row: JsonObject, key: string): Json[] | null {
  const value = own(row, key);
  return Array.isArray(value) ? value : null;
}

/** The content parts of all messages, one list. */
function parts(row: JsonObject, key: string): Json[] {
  return (messageList(row, key) ?? []).flatMap((message) => {
    const content = own(message, 'content');
    return Array.isArray(content) ? content : [];
  });
}

function readChat(draft: Draft, key: string): void {
  readImages(draft);
  draft.used.add(key);
  readEarlierTurns(draft);
  readMessages(draft, own(draft.row, key), [key]);
  readGroundTruth(draft, ['solution', 'answer', 'reference', 'target']);
}

export const coldstartLens: Lens = {
  name: 'coldstart',
  title: 'Coldstart traces',
  note: '`messages`, `images` and `ground_truth`: the shape Coldstart writes.',
  expectsCompletion: false,
  fits: (row) =>
    messageList(row, 'messages') !== null &&
    parts(row, 'messages').length === 0 &&
    (own(row, 'ground_truth') !== undefined || isObject(own(row, 'meta'))),
  read: (draft) => readChat(draft, 'messages'),
};

export const llamaFactoryLens: Lens = {
  name: 'sharegpt',
  title: 'ShareGPT and LLaMA-Factory',
  note: '`conversations` with from and value, or `messages` with `{type, value}` parts; the last assistant turn is the completion.',
  expectsCompletion: true,
  fits: (row) =>
    messageList(row, 'conversations') !== null ||
    parts(row, 'messages').some((part) => own(part, 'value') !== undefined),
  read: (draft) =>
    readChat(draft, messageList(draft.row, 'conversations') === null ? 'messages' : 'conversations'),
};

export const llavaLens: Lens = {
  name: 'llava',
  title: 'LLaVA',
  note: '`conversations` and one `image`.',
  expectsCompletion: true,
  fits: (row) => messageList(row, 'conversations') !== null && own(row, 'image') !== undefined,
  read: (draft) => readChat(draft, 'conversations'),
};

export const openAiLens: Lens = {
  name: 'openai-messages',
  title: 'OpenAI messages',
  note: '`messages` whose content is a list of text and image parts; the images stand in the prompt.',
  expectsCompletion: true,
  fits: (row) => parts(row, 'messages').length > 0,
  read: (draft) => readChat(draft, 'messages'),
};

export const msSwiftLens: Lens = {
  name: 'ms-swift',
  title: 'ms-swift messages',
  note: '`messages` with `<image>` in the text, and `images`; without an assistant turn at the end it is a GRPO set, its ground truth in `solution`.',
  expectsCompletion: false,
  fits: (row) => messageList(row, 'messages') !== null,
  read: (draft) => readChat(draft, 'messages'),
};

const prompted = (row: JsonObject): boolean => {
  const prompt = own(row, 'prompt');
  return Array.isArray(prompt) && prompt.some(isObject);
};

function readPrompted(draft: Draft): void {
  readImages(draft);
  draft.used.add('prompt');
  readEarlierTurns(draft);
  readMessages(draft, own(draft.row, 'prompt'), ['prompt']);
  draft.completion = null;
}

export const verlLens: Lens = {
  name: 'verl',
  title: 'verl',
  note: '`prompt` messages, `images`, and `reward_model.ground_truth`.',
  expectsCompletion: false,
  fits: (row) => own(own(row, 'reward_model'), 'ground_truth') !== undefined,
  read: (draft) => {
    readImages(draft);
    draft.used.add('reward_model').add('prompt');
    readPromptAt(draft, own(draft.row, 'prompt'), ['prompt']);
    draft.completion = null;
    const value = own(own(draft.row, 'reward_model'), 'ground_truth');
    draft.groundTruth = readGroundTruthAt(draft, value, ['reward_model', 'ground_truth']);
  },
};

export const trlPreferenceLens: Lens = {
  name: 'trl-preference',
  title: 'TRL preference pairs',
  note: '`prompt`, `chosen`, `rejected`: the chosen completion is the completion.',
  expectsCompletion: true,
  fits: (row) => own(row, 'chosen') !== undefined && own(row, 'rejected') !== undefined,
  read: (draft) => {
    readImages(draft);
    draft.used.add('prompt').add('chosen').add('rejected');
    const chosen = own(draft.row, 'chosen');
    const prompt = own(draft.row, 'prompt');
    if (prompt === undefined && Array.isArray(chosen)) {
      readMessages(draft, chosen, ['chosen']);
    } else {
      readPromptAt(draft, prompt, ['prompt']);
      draft.completion = readCompletionAt(draft, chosen, ['chosen']);
    }
    readGroundTruth(draft, ['solution', 'answer']);
  },
};

export const trlPromptCompletionLens: Lens = {
  name: 'trl-prompt-completion',
  title: 'TRL prompt and completion',
  note: '`prompt` and `completion` as messages; `images` fill the image parts in order.',
  expectsCompletion: true,
  fits: (row) => prompted(row) && own(row, 'completion') !== undefined,
  read: (draft) => {
    readPrompted(draft);
    draft.used.add('completion');
    draft.completion = readCompletionAt(draft, own(draft.row, 'completion'), ['completion']);
    readGroundTruth(draft, ['solution', 'answer']);
  },
};

export const trlGrpoLens: Lens = {
  name: 'trl-grpo',
  title: 'TRL GRPO prompts',
  note: '`prompt` as messages, no completion; the ground truth is in `ground_truth` or `solution`.',
  expectsCompletion: false,
  fits: prompted,
  read: (draft) => {
    readPrompted(draft);
    readGroundTruth(draft, ['solution', 'answer']);
  },
};

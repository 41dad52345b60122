import { lastBoxContent } from '../boxed.ts';
import type { Json, JsonPath, TextValue } from '../trace.ts';
import { completionFromMessages, readMessages } from './chat.ts';
import {
  compose,
  type Draft,
  isObject,
  own,
  presentKey,
  report,
  splitPlaceholders,
  typeName,
} from './draft.ts';

/** Names under which people keep the checkable reference answer, in the order of trust. */
export const groundTruthKeys = [
  'ground_truth',
  'groundTruth',
  'gold',
  'reference_answer',
  'final_answer',
  'gt_answer',
] as const;

/** Reads a prompt value: text (split at `<image>`), or a list of messages. */
export function readPromptAt(draft: Draft, value: Json | undefined, at: JsonPath): void {
  if (typeof value === 'string') {
    draft.turns.push({ role: 'user', parts: splitPlaceholders(draft, value, at) });
  } else if (Array.isArray(value)) {
    readMessages(draft, value, at);
  } else if (value !== undefined) {
    report(
      draft,
      'warning',
      'prompt-type',
      `\`${at.join('.')}\` is ${typeName(value)}, not text.`,
      field(at),
    );
  }
}

/** Reads a completion value: text, a list of messages or texts, or one message. */
export function readCompletionAt(draft: Draft, value: Json | undefined, at: JsonPath): TextValue | null {
  if (typeof value === 'string') return { text: value, at };
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item === 'string')) {
      const message = `\`${at.join('.')}\` is a list of ${value.length} texts; they are shown joined by blank lines.`;
      report(draft, 'warning', 'completion-type', message, field(at));
      return joined(value, at);
    }
    return completionFromMessages(draft, value, at);
  }
  if (isObject(value)) {
    const content = own(value, 'content') ?? own(value, 'text');
    if (typeof content === 'string') {
      return { text: content, at: [...at, own(value, 'content') === content ? 'content' : 'text'] };
    }
  } else {
    const message = `\`${at.join('.')}\` is ${typeName(value)}, not text.`;
    report(draft, 'warning', 'completion-type', message, field(at));
    return { text: String(value), at };
  }
  report(
    draft,
    'error',
    'completion-type',
    `\`${at.join('.')}\` is ${typeName(value)}, not text.`,
    field(at),
  );
  return null;
}

function joined(items: readonly string[], at: JsonPath): TextValue {
  return compose(
    items.flatMap((text, position) => {
      const piece = { text, at: [...at, position] };
      return position === 0 ? [piece] : [{ text: '\n\n', at: null }, piece];
    }),
  );
}

/** Reads a ground-truth value: text, number or true/false; a list of them is shown with its first only. */
export function readGroundTruthAt(draft: Draft, value: Json | undefined, at: JsonPath): TextValue | null {
  if (typeof value === 'string') return { text: value, at };
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean') {
    const message = `\`${at.join('.')}\` is ${typeName(value)}; it is compared as text.`;
    report(draft, 'info', 'ground-truth-type', message, field(at));
    return { text: String(value), at };
  }
  const [first] = Array.isArray(value) ? value : [];
  if (typeof first === 'string' || typeof first === 'number') {
    const message = `\`${at.join('.')}\` is a list; its first entry is the ground truth.`;
    report(draft, 'warning', 'ground-truth-type', message, field(at));
    return { text: String(first), at: [...at, 0] };
  }
  const message = `\`${at.join('.')}\` is ${typeName(value)}, not a short answer.`;
  report(draft, 'error', 'ground-truth-type', message, field(at));
  return null;
}

/** Reads the first ground-truth field that the row has; `more` are names that mean it in one shape only. */
export function readGroundTruth(draft: Draft, more: readonly string[] = []): void {
  const key = presentKey(draft.row, [...groundTruthKeys, ...more]);
  if (key === undefined) return;
  draft.used.add(key);
  draft.groundTruth = readGroundTruthAt(draft, own(draft.row, key), [key]);
}

/**
 * Without a ground truth of its own, a trace takes it from its last box, so that it can be shown and exported; `at`
 * stays null, as a verdict against itself says nothing.
 */
export function groundTruthFromBox(draft: Draft): void {
  if (draft.groundTruth !== null || draft.completion === null) return;
  const text = lastBoxContent(draft.completion.text);
  if (text === null) return;
  draft.groundTruth = { text, at: null };
  const message = 'The row has no ground truth; the one shown is the box of its own completion.';
  report(draft, 'info', 'ground-truth-from-box', message);
}

/** A `system` text and ms-swift's or Alpaca's `history` of [prompt, completion] pairs come before the prompt. */
export function readEarlierTurns(draft: Draft): void {
  const system = own(draft.row, 'system');
  if (typeof system === 'string' && system !== '') {
    draft.used.add('system');
    draft.turns.push({ role: 'system', parts: [{ kind: 'text', value: { text: system, at: ['system'] } }] });
  }
  const history = own(draft.row, 'history');
  if (!Array.isArray(history)) return;
  draft.used.add('history');
  for (const [position, pair] of history.entries()) {
    if (!Array.isArray(pair)) continue;
    for (const [side, text] of pair.entries()) {
      if (typeof text !== 'string') continue;
      const parts = splitPlaceholders(draft, text, ['history', position, side]);
      draft.turns.push({ role: side === 0 ? 'user' : 'assistant', parts });
    }
  }
}

function field(at: JsonPath): { field: string } {
  return { field: String(at[0] ?? '') };
}

import type { Trace } from '../trace/trace.ts';
import { imageOrder, placeholderCount, turnText } from './export-turns.ts';

/** The one row shape that the Python side reads (`inputs/train.jsonl`, `inputs/eval.jsonl` of a run folder). */
export interface TrainerRow {
  readonly trace: { readonly id: string; readonly index: number; readonly source: string };
  /** The turns before the completion, `<image>` where an image goes. */
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly completion: string | null;
  readonly images: readonly string[];
  readonly ground_truth: string | null;
}

export interface TrainerPrompt {
  /** Replaces the row's own system turns when it is not empty. */
  readonly system: string;
  /** Text around the last user turn; `{prompt}` stands for it. */
  readonly template: string;
}

/**
 * A trace as the trainer sees it; `images` (absolute paths) are named in the order of `trace.images`. When the prompt
 * has no `<image>` at all, the images go in front of the first user turn; any other difference in number is left as it
 * is, for the check before the start to refuse.
 */
export function trainerRow(
  trace: Trace,
  images: readonly string[],
  prompt: TrainerPrompt,
  source: string,
): TrainerRow {
  const turns = prompt.system === '' ? trace.turns : trace.turns.filter((turn) => turn.role !== 'system');
  const tags = placeholderCount(trace) === 0 ? '<image>'.repeat(trace.images.length) : '';
  const first = turns.findIndex((turn) => turn.role === 'user');
  const last = turns.findLastIndex((turn) => turn.role === 'user');
  const messages = turns.map((turn, position) => {
    const text = `${position === first ? tags : ''}${turnText(turn)}`;
    return {
      role: turn.role as string,
      content: position === last ? prompt.template.replace('{prompt}', () => text) : text,
    };
  });
  if (prompt.system !== '') messages.unshift({ role: 'system', content: prompt.system });
  return {
    trace: { id: trace.id, index: trace.index, source },
    messages,
    completion: trace.completion?.text ?? null,
    images: imageOrder(trace).map((position) => images[position] ?? ''),
    ground_truth: trace.groundTruth?.text ?? null,
  };
}

import type { Trace, Turn } from '../trace/trace.ts';
import { flatPrompt, imageOrder, placeholderCount, turnText } from './export-turns.ts';

/** A field of an exported row: its name and a JSON value. */
export type Field = readonly [string, unknown];

/** Image names in the order of their placeholders. */
export const ordered = (trace: Trace, images: readonly string[]): string[] =>
  imageOrder(trace).map((position) => images[position] ?? '');

/** The trace as role and content, the completion last. */
export function chat(trace: Trace): { role: string; content: string }[] {
  const turns = trace.turns.map((turn) => ({ role: turn.role as string, content: turnText(turn) }));
  if (trace.completion !== null) turns.push({ role: 'assistant', content: trace.completion.text });
  return turns;
}

const speakers = { system: 'system', user: 'human', assistant: 'gpt', tool: 'observation' } as const;

/** The same as ShareGPT's from and value. */
export function conversations(trace: Trace): { from: string; value: string }[] {
  return chat(trace).map(({ role, content }) => ({ from: speakers[role as Turn['role']], value: content }));
}

/** Image parts of a turn in a shape without `<image>` text; images that have no placeholder stand in front of the first user turn. */
export function parts(trace: Trace, turn: Turn, image: (position: number) => unknown): unknown[] {
  const first = trace.turns.find((candidate) => candidate.role === 'user');
  const bare = turn === first ? imageOrder(trace).slice(placedCount(trace)) : [];
  return [
    ...bare.map(image),
    ...turn.parts.map((part) => {
      if (part.kind === 'text') return { type: 'text', text: part.value.text };
      return part.image === null ? { type: 'text', text: '<image>' } : image(part.image);
    }),
  ];
}

function placedCount(trace: Trace): number {
  const unfilled = trace.turns
    .flatMap((turn) => turn.parts)
    .filter((part) => part.kind === 'image' && part.image === null);
  return placeholderCount(trace) - unfilled.length;
}

/** TRL fills image parts from `images` in order, so the list follows the parts as they are written. */
export function trlPrompt(trace: Trace, images: readonly string[]): { prompt: Field; images: Field[] } {
  const list: string[] = [];
  const place = (position: number): unknown => {
    list.push(images[position] ?? '');
    return { type: 'image' };
  };
  const prompt = trace.turns.map((turn) => ({ role: turn.role, content: parts(trace, turn, place) }));
  return { prompt: ['prompt', prompt], images: list.length === 0 ? [] : [['images', list]] };
}

/** Prompt under `key`, with `system` and `history` beside it where there are any. */
export function flat(trace: Trace, key: string, history: boolean): Field[] {
  const prompt = flatPrompt(trace, history);
  return [
    ...(prompt.system === null ? [] : [['system', prompt.system] as const]),
    ...(prompt.history.length === 0 ? [] : [['history', prompt.history] as const]),
    [key, prompt.prompt],
  ];
}

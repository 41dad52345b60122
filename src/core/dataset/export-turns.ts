import type { Trace, Turn } from '../trace/trace.ts';

/** One turn as people write it into files: `<image>` stands where an image goes. */
export function turnText(turn: Turn): string {
  return turn.parts.map((part) => (part.kind === 'text' ? part.value.text : '<image>')).join('');
}

/** Positions of the trace's images in the order of their placeholders; images without one follow at the end. */
export function imageOrder(trace: Trace): number[] {
  const placed = trace.turns.flatMap((turn) =>
    turn.parts.flatMap((part) => (part.kind === 'image' && part.image !== null ? [part.image] : [])),
  );
  const left = trace.images.map((_, position) => position).filter((position) => !placed.includes(position));
  return [...placed, ...left];
}

/** How many `<image>` places the prompt has, filled or not. */
export function placeholderCount(trace: Trace): number {
  return trace.turns.reduce(
    (sum, turn) => sum + turn.parts.filter((part) => part.kind === 'image').length,
    0,
  );
}

/** System text (turns joined), earlier exchanges, and the prompt proper: what the flat shapes have room for. */
export interface FlatPrompt {
  readonly system: string | null;
  readonly history: readonly (readonly [string, string])[];
  readonly prompt: string;
}

/**
 * A conversation for shapes with one prompt field. With `history`, earlier user and assistant turns become pairs; without,
 * or when they do not alternate, all turns are joined by a blank line, which keeps the words and loses the roles.
 */
export function flatPrompt(trace: Trace, history: boolean): FlatPrompt {
  const system = trace.turns.filter((turn) => turn.role === 'system').map(turnText);
  const others = trace.turns.filter((turn) => turn.role !== 'system');
  const joinedSystem = system.length === 0 ? null : system.join('\n\n');
  const alternate = others.every(
    (turn, position) => turn.role === (position % 2 === 0 ? 'user' : 'assistant'),
  );
  if (history && alternate && others.length % 2 === 1) {
    const pairs: [string, string][] = [];
    for (let position = 0; position + 1 < others.length; position += 2) {
      const [asked, replied] = [others[position], others[position + 1]];
      if (asked !== undefined && replied !== undefined) pairs.push([turnText(asked), turnText(replied)]);
    }
    const last = others.at(-1);
    return { system: joinedSystem, history: pairs, prompt: last === undefined ? '' : turnText(last) };
  }
  return { system: joinedSystem, history: [], prompt: others.map(turnText).join('\n\n') };
}

/** One line of JSON that no reader splits: U+2028, U+2029 and U+0085 are escaped, lone surrogates too. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u0085\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

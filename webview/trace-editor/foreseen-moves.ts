const moves = ['next', 'previous', 'skip'] as const;
export type Move = (typeof moves)[number];

/** A command that has not come back by then will not, also from a busy machine far away, ms. */
const patience = 10_000;
/** A command within this time of the only key is that key's, ms. */
const certain = 1000;

interface Press {
  readonly key: string;
  readonly at: number;
  /** The row that a foreseen move left; null when the key waits for its command. */
  readonly left: number | null;
}

/** What is to be done with a command: nothing more, run it, or go back to a row that a wrong guess left first. */
export type Arrival = 'done' | 'run' | { readonly back: number };

const isMove = (name: string | undefined): name is Move => moves.some((move) => move === name);

/**
 * Keys belong to VS Code, and their commands come back through the extension host, over SSH from another machine. What
 * a key has brought before is done at once when it is a move, and its command then finds it done. A move is foreseen
 * only while no other key waits: a decision falls on the trace that its key was pressed on.
 */
export class ForeseenMoves {
  /** What each key brought last: bindings can change at any time. */
  readonly #meanings = new Map<string, string>();
  #presses: Press[] = [];

  /** A key went to VS Code while row `index` was shown; the move to make at once, or null. */
  pressed(key: string, index: number | null, now: number): Move | null {
    this.#forget(now);
    const meaning = this.#meanings.get(key);
    const isFree = this.#presses.every(({ left }) => left !== null);
    const move = isFree && index !== null && isMove(meaning) ? meaning : null;
    this.#presses.push({ key, at: now, left: move === null ? null : index });
    return move;
  }

  /** A command came from VS Code. */
  arrived(name: string, now: number): Arrival {
    this.#forget(now);
    const at = this.#presses.findIndex(({ key }) => this.#meanings.get(key) === name);
    const found = this.#presses[at];
    if (found) {
      // Commands come in the order of their keys: what was pressed before has none.
      this.#presses.splice(0, at + 1);
      return found.left === null ? 'run' : 'done';
    }
    const [first, ...others] = this.#presses;
    if (typeof first?.left === 'number') {
      for (const { key, left } of this.#presses) if (left !== null) this.#meanings.delete(key);
      this.#presses = [];
      return { back: first.left };
    }
    this.#presses = others;
    // With others about, the command could be theirs.
    if (first && others.length === 0 && now - first.at < certain) this.#meanings.set(first.key, name);
    return 'run';
  }

  #forget(now: number): void {
    const late = this.#presses.filter(({ at }) => now - at > patience);
    for (const { key } of late) this.#meanings.delete(key);
    this.#presses = this.#presses.slice(late.length);
  }
}

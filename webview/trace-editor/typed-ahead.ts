import { isPrintable } from '../elements/field-keys.ts';

/** A key of VS Code has come back as a command by then, also on a busy machine, ms. */
const patience = 1000;

/**
 * What is typed between the key that opens an editor and its opening, which VS Code's command brings: it is text, and
 * must not act as keys.
 */
export class TypedAhead {
  #text: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The key was pressed. */
  begin(): void {
    this.end();
    this.#text = '';
    this.#timer = setTimeout(() => this.end(), patience);
  }

  /** Keeps a letter that was typed ahead; false when the key is none. */
  takes(event: KeyboardEvent): boolean {
    if (this.#text === null) return false;
    if (!isPrintable(event)) {
      this.end();
      return false;
    }
    this.#text += event.key;
    return true;
  }

  /** The editor is open, or will not be: the letters so far. */
  end(): string {
    const text = this.#text ?? '';
    clearTimeout(this.#timer);
    this.#text = null;
    return text;
  }
}

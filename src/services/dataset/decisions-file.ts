import { type FileHandle, open, readFile } from 'node:fs/promises';
import { DecisionFold, type DecisionLine, decisionLineSchema } from '../../core/dataset/decisions.ts';
import { errorCode, fileError } from '../files/file-errors.ts';
import { nextTurn, rowsATurn } from './turns.ts';

const flushAfterMs = 50;

const ending = '.decisions.jsonl';

/** Decisions of a dataset live beside it, in a file that is only appended to. */
export function decisionsPath(dataset: string): string {
  return `${dataset}${ending}`;
}

/** The dataset that a file holds the decisions of; null for other files. */
export function decidedDataset(path: string): string | null {
  return path.endsWith(ending) ? path.slice(0, -ending.length) : null;
}

/**
 * The decisions file of one dataset: read once, then appended to with O_APPEND and fsync, at most 50 ms after the
 * decision. Lines that cannot be read are counted and left alone.
 */
export class DecisionsFile {
  readonly fold = new DecisionFold();
  #unreadable = 0;
  #tornTail = false;
  #seq = 0;
  #pending: string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  private constructor(readonly path: string) {}

  static async open(path: string): Promise<DecisionsFile> {
    const file = new DecisionsFile(path);
    await file.#load();
    return file;
  }

  /** Lines that are no decision of version 1. */
  get unreadable(): number {
    return this.#unreadable;
  }

  async #load(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw fileError(error, this.path, 'read');
    }
    this.#tornTail = text !== '' && !text.endsWith('\n');
    for (const [at, line] of text.split('\n').entries()) {
      if ((at + 1) % rowsATurn === 0) await nextTurn();
      if (line.trim() === '') continue;
      const parsed = parseLine(line);
      if (!parsed) this.#unreadable++;
      else {
        this.fold.apply(parsed);
        this.#seq = Math.max(this.#seq, parsed.seq ?? 0);
      }
    }
  }

  /** Takes the decision at once and writes it soon; `onError` hears of a failed write, and `flush` rejects. */
  append(lines: readonly Omit<DecisionLine, 'version' | 'seq'>[], onError: (error: unknown) => void): void {
    for (const given of lines) {
      const line: DecisionLine = { version: 1, ...given, seq: ++this.#seq };
      this.fold.apply(line);
      this.#pending.push(JSON.stringify(line));
    }
    this.#timer ??= setTimeout(() => this.flush().catch(onError), flushAfterMs);
  }

  /** Resolves when everything appended so far is on disk. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const write = this.#writing.then(() => this.#write());
    this.#writing = write.catch(() => undefined);
    return write;
  }

  async #write(): Promise<void> {
    const lines = this.#pending;
    if (lines.length === 0) return;
    this.#pending = [];
    let handle: FileHandle | null = null;
    try {
      handle = await open(this.path, 'a');
      await handle.appendFile(`${this.#tornTail ? '\n' : ''}${lines.join('\n')}\n`);
      await handle.sync();
      this.#tornTail = false;
    } catch (error) {
      // A part may have been written: the next try starts on a new line, and repeating a decision changes nothing.
      this.#tornTail = true;
      this.#pending = [...lines, ...this.#pending];
      throw fileError(error, this.path, 'write');
    } finally {
      await handle?.close();
    }
  }
}

function parseLine(line: string): DecisionLine | null {
  try {
    const parsed = decisionLineSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

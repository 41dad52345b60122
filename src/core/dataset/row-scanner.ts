import type { RowBlock } from './row-index.ts';

export type RowFormat = 'jsonl' | 'array';

const newline = 0x0a;
const carriageReturn = 0x0d;
const maxLength = 0xffff_ffff;

/** Finds row places in consecutive chunks of a file; `take` hands over the rows found since the last call. */
export interface RowScanner {
  push(chunk: Uint8Array): void;
  /** No more bytes follow: a last row without its end is a row too. */
  finish(): void;
  take(): RowBlock;
}

/** `skip` bytes at the start of the file (a byte order mark) belong to no row. */
export function rowScanner(format: RowFormat, skip: number): RowScanner {
  return format === 'jsonl' ? new LineScanner(skip) : new ArrayScanner(skip);
}

class Places {
  #starts: number[] = [];
  #lengths: number[] = [];
  #lines: number[] = [];
  constructor(readonly withLines: boolean) {}

  add(start: number, end: number, line: number): void {
    this.#starts.push(start);
    this.#lengths.push(Math.min(end - start, maxLength));
    if (this.withLines) this.#lines.push(line);
  }

  take(): RowBlock {
    const block = {
      starts: Float64Array.from(this.#starts),
      lengths: Uint32Array.from(this.#lengths),
      lines: this.withLines ? Uint32Array.from(this.#lines) : null,
    };
    this.#starts = [];
    this.#lengths = [];
    this.#lines = [];
    return block;
  }
}

/** Every line is a row, blank ones too; LF and CRLF end a line, and nothing else does (U+2028 is text). */
class LineScanner implements RowScanner {
  readonly #places = new Places(false);
  #position = 0;
  #start: number;
  #previous = 0;

  constructor(skip: number) {
    this.#start = skip;
  }

  push(chunk: Uint8Array): void {
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) {
      const end = this.#position + at;
      const before = at > 0 ? chunk[at - 1] : this.#previous;
      this.#places.add(this.#start, before === carriageReturn && end > this.#start ? end - 1 : end, 0);
      this.#start = end + 1;
    }
    this.#previous = chunk[chunk.length - 1] ?? this.#previous;
    this.#position += chunk.length;
  }

  finish(): void {
    if (this.#position > this.#start) this.#places.add(this.#start, this.#position, 0);
  }

  take(): RowBlock {
    return this.#places.take();
  }
}

/** Rows are the elements of one top-level JSON array, found without parsing them. */
class ArrayScanner implements RowScanner {
  readonly #places = new Places(true);
  #position = 0;
  #line = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #start = -1;
  #startLine = 1;
  /** End of the last byte that is not white space. */
  #end = 0;

  constructor(private readonly skip: number) {}

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at++) this.#byte(chunk[at] as number, this.#position + at);
    this.#position += chunk.length;
  }

  finish(): void {
    if (this.#start !== -1) this.#close();
  }

  take(): RowBlock {
    return this.#places.take();
  }

  #byte(byte: number, position: number): void {
    if (position < this.skip) return;
    if (byte === newline) this.#line++;
    if (this.#inString) {
      this.#end = position + 1;
      if (this.#escaped) this.#escaped = false;
      else if (byte === 0x5c) this.#escaped = true;
      else if (byte === 0x22) this.#inString = false;
      return;
    }
    if (byte === 0x20 || byte === newline || byte === 0x09 || byte === carriageReturn) return;
    if (this.#depth === 0) {
      if (byte === 0x5b) this.#depth = 1;
      return;
    }
    if (this.#depth === 1 && (byte === 0x2c || byte === 0x5d)) {
      if (this.#start !== -1) this.#close();
      if (byte === 0x5d) this.#depth = -1;
      return;
    }
    if (this.#depth < 0) return;
    if (this.#start === -1) {
      this.#start = position;
      this.#startLine = this.#line;
    }
    this.#end = position + 1;
    if (byte === 0x22) this.#inString = true;
    else if (byte === 0x7b || byte === 0x5b) this.#depth++;
    else if ((byte === 0x7d || byte === 0x5d) && this.#depth > 1) this.#depth--;
  }

  #close(): void {
    this.#places.add(this.#start, this.#end, this.#startLine);
    this.#start = -1;
  }
}

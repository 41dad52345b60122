/** Where a value sits inside one JSON row: keys and array positions from the top. */
export type JsonPath = readonly (string | number)[];

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Text of a row together with its place; `at` is null when it was put together from several values and cannot be edited as one. */
export interface TextValue {
  readonly text: string;
  readonly at: JsonPath | null;
  /** Half-open UTF-16 range of the string at `at` when the text is only a part of it (prompt text between `<image>` tags). */
  readonly range?: readonly [number, number];
  /** When `at` is null: the stretches of `text` that are values of the row, in order; what lies between them is ours. */
  readonly pieces?: readonly TextPiece[];
}

/** `start`..`end` of a composed text is the whole string at `at`. */
export interface TextPiece {
  readonly start: number;
  readonly end: number;
  readonly at: JsonPath;
}

/** One image as the row names it. `source` is shown to people: a path, a URL, or the head of a data URI. */
export interface ImageRef {
  readonly kind: 'path' | 'data' | 'remote' | 'bytes' | 'invalid';
  readonly source: string;
  readonly at: JsonPath;
}

export type PromptPart =
  | { readonly kind: 'text'; readonly value: TextValue }
  /** `image` is the position in `Trace.images`, or null when there is a placeholder but no image for it. */
  | { readonly kind: 'image'; readonly image: number | null };

export interface Turn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly parts: readonly PromptPart[];
}

export type Severity = 'error' | 'warning' | 'info';

/** Something wrong with a row that does not stop the others; `code` is stable, `message` is for people. */
export interface RowProblem {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly field?: string;
  /** Half-open range in the completion, UTF-16 units. */
  readonly range?: readonly [number, number];
}

/** One dataset row seen through a lens: what every surface, filter, export and trainer works on. */
export interface Trace {
  /** Position among the rows of the file, from 0. */
  readonly index: number;
  /** Line in the file, from 1. */
  readonly line: number;
  /** Stable id from the row, else the first 16 hex digits of its content hash. */
  readonly id: string;
  /** SHA-256 (first 16 hex digits) of the row's bytes without line end: the key of decisions. */
  readonly hash: string;
  readonly shape: string;
  /** The turns before the completion. */
  readonly turns: readonly Turn[];
  readonly images: readonly ImageRef[];
  readonly completion: TextValue | null;
  readonly groundTruth: TextValue | null;
  readonly problems: readonly RowProblem[];
  /** Remaining top-level fields (source, licence, provenance, …), short scalars only. */
  readonly meta: Readonly<Record<string, string | number | boolean | null>>;
}

/** The user-visible text of the prompt with `<image>` where an image stands; turns are separated by a blank line. */
export function promptText(trace: Trace): string {
  return trace.turns
    .map((turn) => turn.parts.map((part) => (part.kind === 'text' ? part.value.text : '<image>')).join(''))
    .join('\n\n');
}

/** The prompt as lists show it, without what a system turn says of all traces alike. */
export function listedPrompt(trace: Trace): string {
  const asked = trace.turns.filter(({ role }) => role !== 'system');
  return promptText(asked.length > 0 ? { ...trace, turns: asked } : trace);
}

/**
 * A labelled stretch of a completion. The ranges of all segments, in order, cover the whole text without gap or
 * overlap (`start`/`end`, UTF-16 units, tags included); `contentStart`/`contentEnd` leave the tags out.
 */
export interface Segment {
  /** caption, think, answer, reflection, critique, verification, draft, … (the tag), or prose for untagged text. */
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly contentStart: number;
  readonly contentEnd: number;
  /** The tag as written, without brackets; null for prose and boxed. */
  readonly tag: string | null;
  /** False for a tag that is never closed, or closed without being opened. */
  readonly closed: boolean;
}

export type Decision = 'keep' | 'drop' | 'flag';

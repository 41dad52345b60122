import type { Draft, JsonObject } from './draft.ts';

/** What a shape is called and what people should know about it. */
export interface LensInfo {
  /** Stable name, for `--shape` and settings. */
  readonly name: string;
  readonly title: string;
  readonly note: string;
}

/** One row shape: whether a row has it, and how to read prompt, images, completion and ground truth out of it. */
export interface Lens extends LensInfo {
  /** Judged by the fields alone; lenses are asked in order, the most particular first. */
  fits(row: JsonObject): boolean;
  /** Whether a row that no particular shape fits may still be read so (a field is missing). */
  accepts?(row: JsonObject): boolean;
  /** Fills the draft; images come before the turns, whose placeholders they fill. */
  read(draft: Draft): void;
  /** False for shapes that carry prompts only: no completion is then no problem. */
  readonly expectsCompletion: boolean;
}

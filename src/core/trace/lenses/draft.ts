import type {
  ImageRef,
  Json,
  JsonPath,
  PromptPart,
  RowProblem,
  Severity,
  TextValue,
  Turn,
} from '../trace.ts';

/** A JSON object as `JSON.parse` makes it: reach into it only through `own`, its keys come from strangers. */
export type JsonObject = { readonly [key: string]: Json };

/** A trace while its lens reads it. Each field that a lens understands is named in `used`; the rest becomes meta. */
export interface Draft {
  readonly row: JsonObject;
  readonly used: Set<string>;
  turns: Turn[];
  images: ImageRef[];
  /** How many images wait for a placeholder, in order; images inside the prompt come after them. */
  pool: number;
  /** How many placeholders the turns have so far. */
  placeholders: number;
  completion: TextValue | null;
  groundTruth: TextValue | null;
  readonly problems: RowProblem[];
}

/** A draft that has read nothing of the row yet. */
export function newDraft(row: JsonObject): Draft {
  return {
    row,
    used: new Set(),
    turns: [],
    images: [],
    pool: 0,
    placeholders: 0,
    completion: null,
    groundTruth: null,
    problems: [],
  };
}

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own key, or undefined: `__proto__`, `constructor` and the like are data here. */
export function own(value: Json | JsonObject | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
}

/** The first of `keys` that the row has with a value other than null; else the first that it has at all. */
export function presentKey(row: JsonObject, keys: readonly string[]): string | undefined {
  let empty: string | undefined;
  for (const key of keys) {
    const value = own(row, key);
    if (value === undefined) continue;
    if (value !== null) return key;
    empty ??= key;
  }
  return empty;
}

export function report(
  draft: Draft,
  severity: Severity,
  code: string,
  message: string,
  at: { field?: string; range?: readonly [number, number] } = {},
): void {
  draft.problems.push({ code, severity, message, ...at });
}

/** How a value is named in a message. */
export function typeName(value: Json | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

const placeholder = '<image>';

/** Splits a string of the row at `<image>` into parts; each part knows its range, so it can be edited alone. */
export function splitPlaceholders(draft: Draft, text: string, at: JsonPath | null): PromptPart[] {
  const parts: PromptPart[] = [];
  let from = 0;
  const push = (start: number, end: number): void => {
    if (start === end) return;
    const whole = start === 0 && end === text.length;
    const value: TextValue =
      at === null || whole
        ? { text: text.slice(start, end), at }
        : { text: text.slice(start, end), at, range: [start, end] };
    parts.push({ kind: 'text', value });
  };
  for (let next = text.indexOf(placeholder); next >= 0; next = text.indexOf(placeholder, from)) {
    push(from, next);
    parts.push(nextImage(draft));
    from = next + placeholder.length;
  }
  push(from, text.length);
  if (parts.length === 0) parts.push({ kind: 'text', value: { text, at } });
  return parts;
}

/** The part for the next placeholder: the images of the row's own field fill them in order, so read those first. */
export function nextImage(draft: Draft): PromptPart {
  const position = draft.placeholders;
  draft.placeholders += 1;
  return { kind: 'image', image: position < draft.pool ? position : null };
}

/** An image that stands inside the prompt itself (a content part with its own source). */
export function inlineImage(draft: Draft, image: ImageRef): PromptPart {
  draft.images.push(image);
  return { kind: 'image', image: draft.images.length - 1 };
}

/** Joins pieces of the row and text of ours into one text; a single piece stays editable as itself. */
export function compose(pieces: readonly { text: string; at: JsonPath | null }[]): TextValue {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return { text: first.text, at: first.at };
  let text = '';
  const placed: { start: number; end: number; at: JsonPath }[] = [];
  for (const piece of pieces) {
    if (piece.at !== null)
      placed.push({ start: text.length, end: text.length + piece.text.length, at: piece.at });
    text += piece.text;
  }
  return { text, at: null, pieces: placed };
}

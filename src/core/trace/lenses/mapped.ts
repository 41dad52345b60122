import type { Json, JsonPath } from '../trace.ts';
import { type Draft, type JsonObject, own, report } from './draft.ts';
import { readImagesAt } from './images.ts';
import { readCompletionAt, readGroundTruthAt, readPromptAt } from './values.ts';

/** Fields named by hand: a top-level key, or a dotted path where no key has that very name. */
export interface FieldMap {
  readonly prompt?: string;
  readonly images?: string;
  readonly completion?: string;
  readonly ground_truth?: string;
  readonly id?: string;
}

/** Finds a field by its name, or by its dotted path; numbers in a path count list positions. */
export function fieldAt(row: JsonObject, name: string): { value: Json | undefined; at: JsonPath } {
  if (own(row, name) !== undefined) return { value: own(row, name), at: [name] };
  let value: Json | undefined = row as Json;
  const at: (string | number)[] = [];
  for (const step of name.split('.')) {
    if (Array.isArray(value)) {
      at.push(Number(step));
      value = value[Number(step)];
    } else {
      at.push(step);
      value = own(value, step);
    }
  }
  return { value, at };
}

/** Reads the named fields over what the shape found; a name that the row lacks is a problem, not an exception. */
export function readByMap(draft: Draft, map: FieldMap): void {
  const find = (name: string): { value: Json | undefined; at: JsonPath } => {
    const found = fieldAt(draft.row, name);
    draft.used.add(String(found.at[0]));
    if (found.value === undefined) {
      report(draft, 'warning', 'field-missing', `The row has no field \`${name}\`.`, { field: name });
    }
    return found;
  };
  if (map.images !== undefined) {
    const { value, at } = find(map.images);
    draft.images = [];
    draft.pool = 0;
    if (value !== undefined) readImagesAt(draft, value, at);
  }
  if (map.prompt !== undefined || map.images !== undefined) rereadPrompt(draft, map.prompt, find);
  if (map.completion !== undefined) {
    const { value, at } = find(map.completion);
    draft.completion = readCompletionAt(draft, value, at);
  }
  if (map.ground_truth !== undefined) {
    const { value, at } = find(map.ground_truth);
    draft.groundTruth = readGroundTruthAt(draft, value, at);
  }
}

function rereadPrompt(
  draft: Draft,
  name: string | undefined,
  find: (name: string) => { value: Json | undefined; at: JsonPath },
): void {
  if (name === undefined) {
    let next = 0;
    draft.turns = draft.turns.map((turn) => ({
      role: turn.role,
      parts: turn.parts.map((part) => {
        if (part.kind === 'text') return part;
        const position = next;
        next += 1;
        return { kind: 'image', image: position < draft.pool ? position : null };
      }),
    }));
    return;
  }
  draft.turns = draft.turns.filter((turn) => turn.role === 'system');
  draft.placeholders = 0;
  const { value, at } = find(name);
  const completion = draft.completion;
  readPromptAt(draft, value, at);
  draft.completion = draft.completion ?? completion;
}

import { type LiteralStyle, literalStyle, stringLiteral } from './json-literal.ts';
import { editTextRange, insertField } from './json-span.ts';
import type { Trace } from './trace.ts';

/** An edit of one trace, by what a person sees. Offsets count UTF-16 units of the completion. */
export type TraceEdit =
  | { readonly kind: 'completion'; readonly start: number; readonly end: number; readonly text: string }
  | { readonly kind: 'prompt'; readonly turn: number; readonly part: number; readonly text: string }
  | { readonly kind: 'ground-truth'; readonly text: string };

export type EditResult =
  | { readonly ok: true; readonly line: string }
  | { readonly ok: false; readonly message: string };

/**
 * Carries an edit into the row's own text: only the edited stretch of it changes. A trace without a ground truth of its
 * own gets a field `ground_truth` at the end of the row. `style` spells new text, the row's own style if not given.
 */
export function applyEdit(line: string, trace: Trace, edit: TraceEdit, style?: LiteralStyle): EditResult {
  switch (edit.kind) {
    case 'completion':
      return editCompletion(line, trace, edit, style);
    case 'prompt':
      return editPrompt(line, trace, edit, style);
    case 'ground-truth':
      return editGroundTruth(line, trace, edit.text, style);
  }
}

const composed =
  'This text is put together from several fields of the row: edit each within its own bounds, or the row as text.';

function editCompletion(
  line: string,
  trace: Trace,
  edit: { start: number; end: number; text: string },
  style?: LiteralStyle,
): EditResult {
  if (trace.completion === null) return refuse('The row has no completion to edit.');
  const edited = editTextRange(line, trace.completion, edit.start, edit.end, edit.text, style);
  return edited === null ? refuse(composed) : { ok: true, line: edited };
}

function editPrompt(
  line: string,
  trace: Trace,
  edit: { turn: number; part: number; text: string },
  style?: LiteralStyle,
): EditResult {
  const part = trace.turns[edit.turn]?.parts[edit.part];
  if (part?.kind !== 'text') return refuse('There is no such text in the prompt.');
  const edited = editTextRange(line, part.value, 0, part.value.text.length, edit.text, style);
  return edited === null ? refuse(composed) : { ok: true, line: edited };
}

function editGroundTruth(line: string, trace: Trace, text: string, style?: LiteralStyle): EditResult {
  const value = trace.groundTruth;
  if (value === null || value.at === null) {
    const edited = insertField(line, 'ground_truth', stringLiteral(text, style ?? literalStyle(line)));
    return edited === null
      ? refuse('The row is not an object: it cannot take a ground truth.')
      : { ok: true, line: edited };
  }
  const edited = editTextRange(line, value, 0, value.text.length, text, style);
  return edited === null
    ? refuse('The ground truth of this row cannot be edited as text.')
    : { ok: true, line: edited };
}

function refuse(message: string): EditResult {
  return { ok: false, message };
}

import { many } from '../../text/plural.ts';
import { type Draft, own, report } from './draft.ts';
import { fieldAt } from './mapped.ts';

const idKeys = ['id', 'trace_id', 'uid', '_id'] as const;

/** The row's own id as text, or null; `named` is the field that a person chose. */
export function readId(draft: Draft, named: string | undefined): string | null {
  for (const key of named === undefined ? idKeys : [named]) {
    const { value } = named === undefined ? { value: own(draft.row, key) } : fieldAt(draft.row, key);
    if (value === undefined || value === null) continue;
    draft.used.add(key);
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value);
    report(draft, 'warning', 'id-type', `\`${key}\` is not text or a number; the row's content names it.`, {
      field: key,
    });
    return null;
  }
  const extra = own(own(draft.row, 'extra_info'), 'index');
  return typeof extra === 'string' || typeof extra === 'number' ? String(extra) : null;
}

/** Says what is wrong with the trace as a whole; nothing here stops it from being shown. */
export function checkDraft(draft: Draft, expectsCompletion: boolean): void {
  const texts = textParts(draft);
  checkPrompt(draft);
  checkPlaceholders(draft, texts);
  checkCompletion(draft, expectsCompletion);
  checkEscapes(draft, texts);
}

function textParts(draft: Draft): string[] {
  const texts: string[] = [];
  for (const turn of draft.turns)
    for (const part of turn.parts) if (part.kind === 'text') texts.push(part.value.text);
  return texts;
}

function checkPrompt(draft: Draft): void {
  const asked = draft.turns.some(
    (turn) =>
      turn.role !== 'system' &&
      turn.parts.some((part) => part.kind === 'text' && part.value.text.trim() !== ''),
  );
  if (!asked) report(draft, 'error', 'prompt-empty', 'The prompt is empty.');
}

const lookAlike = /<\s*\/?\s*(?:image|img)\b[^<>]{0,40}>/i;

/** Trainers need one `<image>` for each image: seed §3, TRL and ms-swift all stop or drop images otherwise. */
function checkPlaceholders(draft: Draft, texts: readonly string[]): void {
  let places = 0;
  for (const turn of draft.turns) for (const part of turn.parts) if (part.kind === 'image') places += 1;
  const images = draft.images.length;
  if (places !== images) {
    const counted = `${many(places, '`<image>` tag')} for ${many(images, 'image')}`;
    if (places === 0) {
      const message = `The prompt has ${counted}; in training the images go in front of it.`;
      report(draft, 'warning', 'placeholder-mismatch', message);
    } else {
      report(draft, 'error', 'placeholder-mismatch', `The prompt has ${counted}.`);
    }
  }
  let likeness: string | undefined;
  for (const text of texts) if (text.includes('<')) likeness ??= lookAlike.exec(text)?.[0];
  if (likeness === undefined) return;
  const message = `"${likeness}" in the prompt looks like a placeholder but is plain text: only \`<image>\` counts.`;
  report(draft, 'warning', 'placeholder-look-alike', message);
}

function checkCompletion(draft: Draft, expected: boolean): void {
  const { completion } = draft;
  if (completion === null) {
    const said = draft.problems.some((problem) => problem.code.startsWith('completion-'));
    if (expected && !said) report(draft, 'warning', 'completion-missing', 'The row has no completion.');
    return;
  }
  if (completion.text.trim() === '') {
    report(draft, 'warning', 'completion-empty', 'The completion is empty.');
  }
  const tag = completion.text.indexOf('<image>');
  if (tag >= 0) {
    const message = 'The completion holds `<image>`, which trainers may take for an image of the prompt.';
    report(draft, 'warning', 'placeholder-in-completion', message, { range: [tag, tag + '<image>'.length] });
  }
}

/** `\boxed` written with one backslash is the JSON escape for a backspace, `\frac` for a form feed, `\text` for a tab. */
const eaten = /[\b](?:oxed|eta|egin|ar\b)|\f(?:rac|box)|\t(?:ext|imes|frac)\{?/;

/** The expression starts nowhere else, and looking for a letter is many times faster. */
const eatenHeads = ['\b', '\f', '\t'] as const;

function checkEscapes(draft: Draft, texts: readonly string[]): void {
  let hit: RegExpExecArray | null = null;
  for (const text of [draft.completion?.text ?? '', ...texts])
    if (eatenHeads.some((head) => text.includes(head))) hit ??= eaten.exec(text);
  if (hit === null) return;
  const letter = hit[0].startsWith('\b') ? 'b' : hit[0].startsWith('\f') ? 'f' : 't';
  const message = `A control character stands where \\${letter}${hit[0].slice(1)} was meant: the backslash was not doubled when the row was written.`;
  report(draft, 'warning', 'backslash-lost', message);
}

const longestMeta = 500;

/** The remaining short scalar fields; the record has no prototype, so a field may have any name. */
export function metaOf(draft: Draft): Record<string, string | number | boolean | null> {
  const meta = Object.create(null) as Record<string, string | number | boolean | null>;
  for (const [key, value] of Object.entries(draft.row)) {
    if (draft.used.has(key) || (typeof value === 'object' && value !== null)) continue;
    if (typeof value === 'string' && value.length > longestMeta) continue;
    meta[key] = value;
  }
  return meta;
}

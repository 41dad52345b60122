import { knownTags } from '../trace/segments.ts';

/** The part that a person calls the reasoning: tagged as such, or the untagged text around the answer. */
export const reasoningPart = 'reasoning';

const reasoningKinds: ReadonlySet<string> = new Set([
  'think',
  'thinking',
  'thought',
  'reasoning',
  'reason',
  'prose',
]);

/** Names that stand for segments in a filter; no completion has segments of any other kind. */
export const segmentParts: readonly string[] = [...knownTags, 'prose', 'boxed'];

/** What surfaces call the answer: tagged as such, or the box in untagged text. */
const answerPart = 'answer';

/** Whether a segment belongs to the part of that name. Blank text between two tags is no reasoning. */
export function isOfPart(segment: { readonly kind: string; readonly text: string }, part: string): boolean {
  if (part === answerPart) return segment.kind === answerPart || segment.kind === 'boxed';
  if (part !== reasoningPart) return segment.kind === part;
  return reasoningKinds.has(segment.kind) && (segment.kind !== 'prose' || segment.text.trim() !== '');
}

/** Parts that a dataset with segments of these kinds has, in the words of the surfaces, reasoning first. */
export function presentParts(kinds: readonly string[]): string[] {
  const reasoning = kinds.some((kind) => reasoningKinds.has(kind)) ? [reasoningPart] : [];
  const words = kinds.flatMap((kind) => (kind === 'prose' ? [] : [kind === 'boxed' ? answerPart : kind]));
  return [...new Set([...reasoning, ...words])];
}

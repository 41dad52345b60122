import type { Filter } from './filter-ast.ts';

/** Words that lenses may write between values of a row: their presence in a trace proves nothing of the row. */
const insertedWords = [
  'image',
  'thinking',
  'answer',
  'boxed',
  'reasoning',
  'system',
  'user',
  'assistant',
  'tool',
  'call',
];
const shortest = 3;

/**
 * Lower-case ASCII literals that the raw text of a row must hold for the row to pass; empty when nothing is
 * certain. Use with `rawMayMatch`, on rows as they are in the file: edited rows must be evaluated.
 */
export function literalPrefilter(filter: Filter): string[] {
  return [...new Set(collect(filter))];
}

/**
 * False only when the row cannot pass: a literal is missing, and the raw text neither escapes ASCII
 * (`\u00..`) nor holds content parts, whose texts a lens may join without a gap.
 */
export function rawMayMatch(raw: string, literals: readonly string[]): boolean {
  if (literals.length === 0) return true;
  const lower = raw.toLowerCase();
  if (literals.every((literal) => lower.includes(literal))) return true;
  return lower.includes('\\u00') || lower.includes('"type"') || /"content"\s*:\s*\[/.test(lower);
}

function collect(filter: Filter): string[] {
  switch (filter.kind) {
    case 'and':
      return filter.terms.flatMap(collect);
    case 'text':
      if (filter.operator === 'matches' || filter.of.kind === 'id' || filter.of.kind === 'problem') return [];
      return literalsOf(filter.value);
    case 'field':
      return filter.operator === 'contains' || filter.operator === 'equals' ? literalsOf(filter.value) : [];
    default:
      return [];
  }
}

/** Stretches of letters: digits are left out, since a number may be written in other ways. */
function literalsOf(value: string): string[] {
  const stretches = value.toLowerCase().match(/(?<![^\0-\x7f])[a-z]+(?![^\0-\x7f])/g) ?? [];
  return stretches.filter(
    (stretch) => stretch.length >= shortest && !insertedWords.some((word) => word.includes(stretch)),
  );
}

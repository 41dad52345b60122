import { pythonStrip } from './python-text.ts';

const wholeText = /^\\text\{([^\n]+)\}$/;
const slashOfIntegers = /^(0|-?[1-9][0-9]*)\/(0|-?[1-9][0-9]*)$/;

/**
 * The case-sensitive string that mathruler compares first (`math_normalize.normalize_answer`, after the MATH
 * release's `math_equivalence`). Where that code raises, the trimmed text is returned unchanged.
 */
export function mathdNormalise(answer: string): string {
  const trimmed = pythonStrip(answer);
  const whole = wholeText.exec(trimmed);
  const text = whole ? pythonStrip(whole[1] ?? '') : trimmed;
  return normalise(text) ?? text;
}

/** The rewriting itself; null where the reference code raises. */
function normalise(input: string): string | null {
  let text = input.replaceAll('\n', '');
  if (text.includes('\\')) {
    text = text.replaceAll('\\!', '').replaceAll('\\\\', '\\');
    text = text.replaceAll('tfrac', 'frac').replaceAll('dfrac', 'frac');
    text = text.replaceAll('\\left', '').replaceAll('\\right', '');
    text = text.replaceAll('^{\\circ}', '').replaceAll('^\\circ', '').replaceAll('\\$', '');
    const units = text.split('\\text{ ');
    if (units.length > 2) return null;
    text = (units[0] ?? '').replaceAll('\\%', '');
  } else {
    text = text.replaceAll('tfrac', 'frac').replaceAll('dfrac', 'frac');
  }
  text = text.replaceAll('%', '').replaceAll(' .', ' 0.').replaceAll('{.', '{0.');
  if (text === '') return text;
  if (text.startsWith('.')) text = `0${text}`;
  const sides = text.split('=');
  if (sides.length === 2 && [...(sides[0] ?? '')].length <= 2) text = sides[1] ?? '';
  const rooted = wrapRoots(text);
  if (rooted === null) return null;
  const fractions = wrapFractions(rooted.replaceAll(' ', ''));
  if (fractions === null) return null;
  if (fractions === '0.5') return '\\frac{1}{2}';
  const slash = slashOfIntegers.exec(fractions);
  return slash ? `\\frac{${slash[1]}}{${slash[2]}}` : fractions;
}

/** Puts braces around the character after each `\sqrt`; null when nothing follows one. */
function wrapRoots(text: string): string | null {
  if (!text.includes('\\sqrt')) return text;
  const [head, ...rest] = text.split('\\sqrt');
  let result = head ?? '';
  for (const part of rest) {
    const first = firstCharacter(part);
    if (first === '') return null;
    result += first === '{' ? `\\sqrt${part}` : `\\sqrt{${first}}${part.slice(first.length)}`;
  }
  return result;
}

/** Puts braces around bare arguments of `\frac`; null when one is followed by nothing. */
function wrapFractions(text: string): string | null {
  if (!text.includes('\\frac')) return text;
  const [head, ...rest] = text.split('\\frac');
  let result = head ?? '';
  for (const part of rest) {
    const top = firstCharacter(part);
    if (top === '') return null;
    if (top === '{') {
      result += `\\frac${part}`;
      continue;
    }
    const bottom = firstCharacter(part.slice(top.length));
    if (bottom === '') return text;
    const after = part.slice(top.length + bottom.length);
    result += bottom === '{' ? `\\frac{${top}}{${after}` : `\\frac{${top}}{${bottom}}${after}`;
  }
  return result;
}

function firstCharacter(text: string): string {
  const code = text.codePointAt(0);
  return code === undefined ? '' : String.fromCodePoint(code);
}

import { latexToText } from './latex-text.ts';
import { integerText, isNearInteger, pythonFloat } from './python-text.ts';

const wholeText = /^\\text\{([^\n]+)\}\n?$/;
const unitNames =
  'degree cm centimeter meter mile second minute hour day week month year foot feet inch yard'.split(' ');
const anyUnit = new RegExp(unitNames.join('|'));
const units = unitNames.map((unit) => new RegExp(`${unit}(?:es)?(?:s)? *(?:\\^[0-9]+)?`, 'g'));
const thousandsComma = /(\p{Nd}),(\p{Nd}{3})($|\P{Nd})/gu;

/**
 * The lower-case string that mathruler compares second and grades by elements (`grader._normalize`):
 * units, currency and thousands commas go, LaTeX becomes text, mixed numbers become sums.
 */
export function normalise(answer: string): string {
  let text = wholeText.exec(answer)?.[1] ?? answer;
  text = text.replaceAll('\\%', '%').replaceAll('\\$', '$').replace(/[$%]/g, '');
  text = text.replaceAll(' or ', ' , ').replaceAll(' and ', ' , ');
  text = text.replaceAll('million', '*10^6').replaceAll('billion', '*10^9').replaceAll('trillion', '*10^12');
  if (anyUnit.test(text)) for (const unit of units) text = text.replace(unit, '');
  if (text.includes('\\')) text = text.replace(/\^ *\\circ/g, '');
  if (text.startsWith('{') && text.endsWith('}') && text.length > 1) text = text.slice(1, -1);
  text = text.replace(/,\\! */g, '');
  const value = pythonFloat(text);
  if (value !== null && isNearInteger(value)) text = integerText(Math.round(value));
  if (text.includes('\\')) text = latexToText(text) ?? text;
  text = text.replace(/- */g, '-').replace(/([0-9]) +([0-9])/g, '$1+$2');
  text = text.replace(/[ {}]/g, '').toLowerCase();
  return isIntegerText(text) ? truncatedText(text) : text;
}

/** Drops commas that group digits by three, as long as there are any. */
export function dropThousandsCommas(text: string): string {
  if (!text.includes(',')) return text;
  let current = text;
  for (;;) {
    const next = current.replace(thousandsComma, '$1$2$3');
    if (next === current) return current;
    current = next;
  }
}

/** True for text that reads as a number within 1e-7 of an integer (`_str_is_int`). */
export function isIntegerText(text: string): boolean {
  const value = pythonFloat(dropThousandsCommas(text));
  return value !== null && isNearInteger(value);
}

function truncatedText(text: string): string {
  const value = pythonFloat(text.replaceAll(',', ''));
  return value === null ? text : integerText(Math.trunc(value));
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RichText } from '../../../webview/elements/rich-text.ts';
import '../../../webview/elements/rich-text.ts';

let element: RichText;
const thrown: string[] = [];
const listen = (event: ErrorEvent | PromiseRejectionEvent) =>
  thrown.push('message' in event ? event.message : String(event.reason));
beforeEach(() => {
  thrown.length = 0;
  window.addEventListener('error', listen);
  window.addEventListener('unhandledrejection', listen);
  element = document.createElement('cs-rich-text');
  document.body.append(element);
});
afterEach(() => {
  element.remove();
  window.removeEventListener('error', listen);
  window.removeEventListener('unhandledrejection', listen);
  expect(thrown).toEqual([]);
});

async function draw(text: string): Promise<void> {
  element.text = text;
  await element.updateComplete;
}
const shown = (): string => element.querySelector('.body')?.textContent ?? '';

/** Formulas that cost much more than they say. Those that are refused stand there as their source. */
const formulas: readonly (readonly [string, string, 'source' | 'drawn'])[] = [
  ['of 8,001 characters', 'x'.repeat(8_001), 'source'],
  ['of 50,000 characters, as text', `x${'+x'.repeat(25_000)}`, 'source'],
  ['of nested braces', `${'{'.repeat(3_000)}x${'}'.repeat(3_000)}`, 'source'],
  ['of nested fractions', `${'\\frac{'.repeat(600)}1${'}{2}'.repeat(600)}`, 'source'],
  ['of nested roots', `${'\\sqrt{'.repeat(400)}x${'}'.repeat(400)}`, 'source'],
  ['of nested exponents', `${'x^{'.repeat(400)}x${'}'.repeat(400)}`, 'source'],
  ['of left without right', '\\left('.repeat(1_000), 'source'],
  ['of nested environments', '\\begin{matrix}'.repeat(400), 'source'],
  [
    'of macros that double',
    '\\def\\a{xx}\\def\\b{\\a\\a\\a\\a}\\def\\c{\\b\\b\\b\\b}\\def\\d{\\c\\c\\c\\c}\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d\\d',
    'source',
  ],
  ['of a macro that calls itself', '\\def\\a{\\a\\a}\\a', 'source'],
  ['of \\edef and \\expandafter', '\\edef\\a{\\a}\\expandafter\\a\\a', 'source'],
  ['of \\gdef, kept from the next', '\\gdef\\frac{\\frac}\\frac12', 'source'],
  ['of \\newcommand on itself', '\\newcommand{\\a}[1]{\\a{#1#1}}\\a{x}', 'source'],
  ['of \\char beyond Unicode', '\\char"FFFFFFFF', 'source'],
  ['of \\htmlData', '\\htmlData{onclick=1}{x}', 'source'],
  ['of \\includegraphics', '\\includegraphics[height=9999999em]{x.png}', 'source'],
  ['of \\href', '\\href{javascript:1}{x}', 'source'],
  ['of a huge rule', '\\rule{999999999em}{999999999em}', 'drawn'],
  ['of huge spaces', '\\kern999999999em x\\hspace{-99999em}y\\raisebox{999999em}{z}', 'drawn'],
  ['of a wide array', `\\begin{array}{${'c'.repeat(3_000)}}x\\end{array}`, 'drawn'],
  ['of many rows', `\\begin{matrix}${'x\\\\'.repeat(2_000)}\\end{matrix}`, 'drawn'],
  ['of many primes', `x${"'".repeat(5_000)}`, 'drawn'],
  ['of many accents', `${'\\hat{'.repeat(150)}x${'}'.repeat(150)}`, 'drawn'],
];

describe('a formula', () => {
  it.each(formulas)('%s costs nobody anything', async (_, tex, expected) => {
    await draw(`$y$ and so \\(${tex}\\)`);
    const formula = element.querySelectorAll<HTMLElement>('.cs-math')[1];
    await vi.waitFor(() => expect(formula?.matches('.failed, [role=math]')).toBe(true));
    expect(element.querySelectorAll('.cs-math')[0]?.querySelector('.katex')).not.toBeNull();
    if (expected === 'source') {
      expect(formula?.textContent).toBe(`\\(${tex}\\)`);
      expect(formula?.title).not.toBe('');
    } else {
      expect(formula?.querySelector('.katex')).not.toBeNull();
      expect(formula?.querySelectorAll('*').length).toBeLessThan(30_000);
      // maxSize bounds what a formula may ask for: 20 em each way.
      for (const box of formula?.querySelectorAll('.rule') ?? [])
        expect(box.getBoundingClientRect().width).toBeLessThan(2_000);
    }
  });

  it('changes nothing for the next one', async () => {
    await draw('$\\gdef\\x{HACKED}\\x$ and $\\frac12$');
    await draw('$\\x$ and $\\frac12$');
    expect(shown()).not.toContain('HACKED');
  });

  it('is one of at most 3,000 in a text', async () => {
    await draw('$\\frac{1}{2}$ '.repeat(10_000));
    expect(element.querySelectorAll('.cs-math').length).toBe(3_000);
  });
});

const upTo = (characters: number, piece: string): string =>
  piece.repeat(Math.ceil(characters / piece.length)).slice(0, characters);

/** Shapes on which parsers of markdown are known to take quadratic time or to overflow their stack. */
const shapes: readonly (readonly [string, (characters: number) => string])[] = [
  ['stars', (n) => upTo(n, '*a ')],
  ['open emphasis', (n) => upTo(n, '*a_ **b__ ')],
  ['brackets', (n) => upTo(n, '[')],
  ['link openers', (n) => upTo(n, '[a](')],
  ['image openers', (n) => upTo(n, '![[](')],
  ['nested quotes', (n) => upTo(n, '>')],
  ['nested lists', (n) => upTo(n, '- - - - 1. ')],
  [
    'backticks of every length',
    (n) => upTo(n, Array.from({ length: 300 }, (_, count) => '`'.repeat(count)).join('a')),
  ],
  ['html openers', (n) => upTo(n, '<!--<?<![CDATA[<a ')],
  ['entities', (n) => upTo(n, '&amp;&#x;&#99999999;&')],
  ['table cells', (n) => `|${upTo(n / 2, 'a|')}\n|${upTo(n / 2, '-|')}`],
  ['reference definitions', (n) => upTo(n, '[a]: b\n')],
  ['backslashes', (n) => upTo(n, '\\')],
  ['one long line', (n) => upTo(n, 'word ')],
  ['blank lines', (n) => upTo(n, '\n')],
  ['openers of round math', (n) => upTo(n, '\\(')],
  ['openers of boxes', (n) => upTo(n, '\\boxed{')],
  ['openers of environments', (n) => upTo(n, '\\begin{a')],
  ['dollars', (n) => upTo(n, '$a ')],
  ['display dollars on lines', (n) => upTo(n, '$$x\n')],
  ['strikes and rules', (n) => upTo(n, '~~a\n***\n')],
];

describe('markdown made to hang', () => {
  it.each(shapes)('%s: a quarter of a megabyte is drawn, the whole when asked', async (_, shape) => {
    await draw(shape(512 * 1024));
    element.querySelector<HTMLButtonElement>('.more button')?.click();
    await element.updateComplete;
    expect(element.querySelector('.more')).toBeNull();
    expect(element.querySelector('.body')).not.toBeNull();
  });

  it.each(shapes)('%s: four megabytes are shown as their source', async (_, shape) => {
    const text = shape(4 * 1024 * 1024);
    await draw(text);
    element.querySelector<HTMLButtonElement>('.more button')?.click();
    await element.updateComplete;
    expect(element.querySelector('.body')?.firstElementChild?.className).toBe('source');
    expect(shown() === text).toBe(true);
  });

  it('drops nothing where it nests too deep for markdown', async () => {
    const text = `${'>'.repeat(60)} the end`;
    await draw(text);
    expect(shown()).toBe(text);
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gradeAnswer } from '../../../../src/core/verify/grade.ts';
import { mathdNormalise } from '../../../../src/core/verify/mathd-normalise.ts';
import { normalise } from '../../../../src/core/verify/normalise.ts';

/** Ground truth, given, verdict of mathruler 0.1.0, deciding rule. */
const pairs: readonly (readonly [string, string, boolean, string])[] = [
  ['1/2', '2/4', false, 'fraction-string'],
  ['1/2', '\\frac12.', false, 'fraction-string'],
  ['4', '\\frac{8}{2}', false, 'integer-mismatch'],
  ['6', '\\sqrt{36}', false, 'integer-mismatch'],
  ['5!', '120', false, 'integer-mismatch'],
  ['1500', '1.5\\times10^3', false, 'integer-mismatch'],
  ['5', 'BC=5', true, 'string-equal'],
  ['5', 'BC = 5', false, 'integer-mismatch'],
  ['x=5', 'y=5', true, 'string-equal'],
  ['4', '3=4', true, 'string-equal'],
  ['5\\text{ cm}^2', '5', true, 'string-equal'],
  ['1000', '1 000', true, 'string-equal'],
  ['50', '50\\%', true, 'string-equal'],
  ['50\\%', '0.5', false, 'integer-mismatch'],
  ['1,234', '1{,}234', true, 'normalised-equal'],
  ['1000', '1\\,000', false, 'integer-mismatch'],
  ['3\\frac14', '3.25', true, 'symbolic'],
  ['5', '5.', true, 'normalised-equal'],
  ['2.5', '2.5.', false, 'symbolic-error'],
  ['3', '2.99999999', true, 'normalised-equal'],
  ['5 cm', '5 miles', true, 'normalised-equal'],
  ['Mon', 'Monday', true, 'normalised-equal'],
  ['5', '5 m', false, 'integer-mismatch'],
  ['5', '5\\text{m}', false, 'integer-mismatch'],
  ['5 cm', '5 cm^{2}', false, 'integer-mismatch'],
  ['90', '90°', false, 'integer-mismatch'],
  ['90', '$90^{\\circ}$', false, 'integer-mismatch'],
  ['2000000', '2 million', false, 'integer-mismatch'],
  ['-3', '−3', false, 'integer-mismatch'],
  ['9007199254740993', '9007199254740992', true, 'normalised-equal'],
  ['12', '１２', true, 'normalised-equal'],
  ['12', '十二', false, 'integer-mismatch'],
  ['\\frac{x+1}{2}', 'x+\\frac12', true, 'normalised-equal'],
  ['\\frac{1}{2x}', '\\frac{x}{2}', true, 'symbolic'],
  ['2^{n+1}', '2^n+1', true, 'normalised-equal'],
  ['\\sqrt[3]{5}', '\\sqrt5', true, 'normalised-equal'],
  ['\\binom52', '52', true, 'normalised-equal'],
  ['0.\\overline3', '0.3', true, 'normalised-equal'],
  ['\\cot x', '\\sec x', true, 'normalised-equal'],
  ['\\frac{x+1}{2}', '(x+1)/2', false, 'symbolic'],
  ['\\begin{pmatrix}1\\\\2\\end{pmatrix}', '\\begin{matrix}1\\\\2\\end{matrix}', false, 'symbolic-error'],
  ['(1,200)', '(1200)', true, 'symbolic'],
  ['(1,2)', '[1,2]', false, 'bracket-mismatch'],
  ['(1,2)', '1,2', false, 'bracket-mismatch'],
  ['[0,1)', '[0,1.0)', true, 'symbolic'],
  ['1,2', '2,1', false, 'symbolic-error'],
  ['\\{1,2\\}', '1,2', true, 'normalised-equal'],
  ['(-\\infty,\\frac12)', '(-\\infty,0.5)', false, 'symbolic-refused'],
  ['a+b+c', 'c+b+a', false, 'symbolic-refused'],
  ['2\\pi r', '2r\\pi', false, 'symbolic-refused'],
  ['on', 'no', true, 'symbolic'],
  ['ab', 'ba', true, 'symbolic'],
  ['\\ln 6', '3\\ln2', true, 'symbolic'],
  ['x\\sqrt2', '\\sqrt2x', false, 'symbolic'],
  ['31/17', '31/\\\\17', true, 'symbolic'],
  ['31', '3.1\\\\10', false, 'integer-mismatch'],
  ['3.5x', '3.5\\\\x', false, 'symbolic-error'],
  ['x^2-1', 'x^2.-1', false, 'symbolic'],
  ['13\\sqrt{19}', '13\\sqrt{19.}', false, 'symbolic'],
  ['x+05', 'x', true, 'symbolic'],
  ['0.3', '0.1+0.2', false, 'symbolic'],
  ['0.0015', '1.5\\times10^{-3}', true, 'symbolic'],
  ['0.0036', '3.6\\times10^{-3}', false, 'symbolic'],
  ['1/3', '0.3333', false, 'symbolic'],
  ['\\sqrt{x^2}', 'x', false, 'symbolic'],
  ['x^2+2x+1', '(x+1)^2', true, 'symbolic'],
  ['\\sqrt{12}', '2\\sqrt{3}', true, 'symbolic'],
  ['\\sqrt{12}', '2\\sqrt{3.0000000001}', false, 'symbolic'],
  ['2+\\sqrt{5}', '\\sqrt{5}+2', true, 'symbolic'],
  ['\\frac{\\pi}{2}', '0.5\\pi', true, 'symbolic'],
  ['3', '', false, 'empty'],
  ['', '', true, 'string-equal'],
  ['C', '(C)', true, 'symbolic'],
  ['C', 'C.', false, 'symbolic-error'],
  ['1/0', '2/0', false, 'symbolic'],
  ['9^9^9', '1.5', false, 'symbolic-refused'],
  ['9**9**9', '1.5', false, 'refused-size'],
  ['9999999!', '1.5', false, 'refused-size'],
];

const choices = {
  right: ['C', 'c', '(C)', '[C]', '{C}', '$C$', '\\text{(C)}', '\\textbf{C}'],
  wrong: ['C.', 'C)', 'C) 5', '\\mathbf{C}', 'Option C', '"C"'],
};

function check(truth: string, given: string, correct: boolean, rule: string): void {
  test(`${truth} | ${given} ${correct ? '✓' : '✗'}`, () => {
    expect(gradeAnswer(given, truth)).toEqual({ correct, rule });
  });
}

for (const [truth, given, correct, rule] of pairs) check(truth, given, correct, rule);

test('a choice is the letter, in few wrappings', () => {
  for (const given of choices.right) expect([given, gradeAnswer(given, 'C').correct]).toEqual([given, true]);
  for (const given of choices.wrong) expect([given, gradeAnswer(given, 'C').correct]).toEqual([given, false]);
});

test('null is incorrect', () => {
  expect(gradeAnswer(null, 'none').correct).toBe(false);
});

const mathd: readonly (readonly [string, string])[] = [
  ['\\tfrac12', '\\frac{1}{2}'],
  ['\\frac1{72}', '\\frac{1}{72}'],
  ['0.5', '\\frac{1}{2}'],
  ['3/4', '\\frac{3}{4}'],
  ['03/4', '03/4'],
  ['\\sqrt2', '\\sqrt{2}'],
  ['1 \\sqrt', '1 \\sqrt'],
  ['.5', '\\frac{1}{2}'],
  ['5\\text{ a}\\text{ b}', '5\\text{ a}\\text{ b}'],
];

test.each(mathd)('first string of %s is %s', (answer, expected) => {
  expect(mathdNormalise(answer)).toBe(expected);
});

const normalised: readonly (readonly [string, string])[] = [
  ['1e30', '1000000000000000019884624838656'],
  ['1_000', '1000'],
  ['\u001c7\u0085', '7'],
  ['\ufeff7', '\ufeff7'],
  ['inf', 'inf'],
  ['1,234,567.0', '1234567'],
  ['12,34', '12,34'],
  ['\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}', '[1+2;3+4]'],
  ['\\mathbb{R}', 'ℝ'],
  ['\\frac{1}', '%s/%s1'],
  ['\\sqrt', '\\sqrt'],
];

test.each(normalised)('second string of %j is %j', (answer, expected) => {
  expect(normalise(answer)).toBe(expected);
});

const hostile = [
  '{'.repeat(10_000),
  `${'{'.repeat(10_000)}5${'}'.repeat(10_000)}`,
  '('.repeat(10_000),
  '\\frac'.repeat(3_000),
  '\\sqrt{'.repeat(3_000),
  '\\begin{array}'.repeat(1_000),
  '-'.repeat(19_000),
  `${'1,'.repeat(9_000)}1`,
  ' '.repeat(19_000),
  `x${'!'.repeat(5_000)}`,
  '9**9**9**9',
  '((9^9)^9)^9)^9',
  '(((9^9)^9)^9)^9',
  'pi**999999999',
  '2**pi**9**9**9',
  'sqrt(2)**123456789',
  '99999999999!!',
  '0.1**-99999',
  'sqrt(sqrt(sqrt(2)))**1999',
  '1e99999999',
  'x**x**x**x**9',
  '7'.repeat(19_000),
  `${'sqrt(2)+'.repeat(300)}1`,
  '\u202e\0\ud800',
  '% comment \\',
];

test('hostile answers are graded in bounded time', () => {
  for (const given of hostile) {
    for (const truth of ['1.5', 'x+1', given.slice(0, 40)]) {
      const started = performance.now();
      gradeAnswer(given, truth);
      gradeAnswer(truth, given);
      expect([given.slice(0, 30), performance.now() - started < 10_000]).toEqual([given.slice(0, 30), true]);
    }
  }
});

const pieces = fc.constantFrom(
  ...'0 1 2 9 . , / ^ ** ! ( ) [ ] { } + - * x y n \\frac \\sqrt \\pi \\text{ \\left \\begin{pmatrix} \\end{pmatrix} \\\\ & = e5 _ $ % pi sqrt( ln('.split(
    ' ',
  ),
  ' ',
  '\n',
);

test('any two strings are graded, quickly, and a string equals itself', () => {
  const answer = fc.oneof(
    fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 40 }),
  );
  fc.assert(
    fc.property(answer, answer, (given, truth) => {
      const started = performance.now();
      gradeAnswer(given, truth);
      expect(performance.now() - started).toBeLessThan(10_000);
      expect(gradeAnswer(truth, truth).correct).toBe(true);
    }),
    { numRuns: 1500 },
  );
});

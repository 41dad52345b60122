import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileFilter } from '../../../src/core/dataset/filter-evaluate.ts';
import { parseFilter } from '../../../src/core/dataset/filter-parse.ts';
import type { Extraction } from '../../../src/core/run/spec.ts';
import { extractAnswer, extractionProblem } from '../../../src/core/verify/extract.ts';
import { gradeAnswer } from '../../../src/core/verify/grade.ts';
import { openDataset, row, testFolder } from '../services/dataset/open-dataset.ts';

/** Patterns that take an engine which goes back exponential or high polynomial time, most of them from published advisories. */
const evil: readonly string[] = [
  ...[
    '^(a+)+$',
    '(a*)*b',
    '(a|a)*b',
    '(a|aa)+$',
    '(.*a){25}b',
    '([a-zA-Z]+)*$',
    '(a|a?)+b',
    '(x+x+)+y',
    '(?:a?){50}a{50}',
  ],
  ...[
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(\\w+\\s?)+$',
    '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}$',
  ],
  ...[
    '(.|\\s)*z',
    '(\\s*\\n?)*b',
    '<!--(.*?)*-->',
    '((ab)*)+c',
    '(a+){10}y',
    '((a{1,10}){1,10}){1,3}b',
    '.*.*.*=.*',
    '(.+)+\\1',
    '(?=(a+))a*b\\1',
  ],
  ...[
    '(?<=a+)b',
    '(?>a+)b',
    '^(?:.*?,){25}P',
    '\\d+1\\d+2\\d+3x',
    '(0|1)*[^01]',
    '([^b]|a)*b$',
    '(?:(?:a{30}){30})',
    'a{1000}',
    'a{1001}',
  ],
  ...[
    '(((a{100}){100}){100}){100}',
    '(a{1000}){1000}',
    `${'('.repeat(400)}a${')'.repeat(400)}`,
    `${'(a|'.repeat(150)}b${')'.repeat(150)}`,
  ],
  ...[
    '(a*)*'.repeat(60),
    '\\pL{1000}',
    '(\\pL|\\pN|\\pM){1000}',
    '.{1000}'.repeat(100),
    '[^a]'.repeat(240),
    '(?i)ſK+',
    'a.*b|a',
    '(a)?'.repeat(200),
  ],
  ...[
    '(',
    ')',
    '[',
    '*',
    '(?',
    'a{2,1}',
    '\\',
    '(?P<x>',
    '[z-a]',
    '\\x{110000}',
    '(?<n>a)(?<n>b)',
    '^*',
    '$**',
    '\\8',
  ],
];
const texts: readonly string[] = [
  'a'.repeat(10_000),
  `${'ab '.repeat(3_000)}!`,
  `${' '.repeat(9_000)}x`,
  '0'.repeat(9_000),
  `${'a,'.repeat(4_000)}\n`,
];

const quoted = (pattern: string): string => `"${pattern.replace(/["\\]/g, '\\$&')}"`;

describe('an evil pattern', () => {
  it.each(evil.map((pattern) => [pattern.slice(0, 40), pattern] as const))(
    '%s in a filter is refused with a reason, or done in linear time',
    (_, pattern) => {
      const parsed = parseFilter(`completion~${quoted(pattern)}`);
      if (!parsed.ok) {
        expect(parsed.message).toMatch(/RE2 syntax|longer than|repeats too much/);
        return;
      }
      const passes = compileFilter(parsed.filter);
      for (const completion of texts) passes({ completion } as never);
    },
  );

  it.each(evil.map((pattern) => [pattern.slice(0, 40), pattern] as const))(
    '%s as an extraction rule is refused, or finds its answer or none',
    (_, pattern) => {
      const rule: Extraction = `regex:${pattern}`;
      const refused = extractionProblem(rule) !== null;
      for (const completion of texts) {
        const found = extractAnswer(completion, rule);
        if (refused) expect(found).toBeNull();
        if (found) expect(completion.slice(found.start, found.end)).toBe(found.text);
      }
    },
  );

  it('never holds the host: a newer filter takes the place of one that takes long', async () => {
    const path = join(testFolder(), 'evil.jsonl');
    const completion = 'a'.repeat(400_000);
    writeFileSync(
      path,
      Array.from({ length: 40 }, (_, index) => `${row(index, { answer: completion })}\n`).join(''),
    );
    const document = await openDataset(path);
    await document.indexed();
    for (const pattern of ['(?:.{450}){1,2}b', '(.*a){25}b', '\\pL{1000}']) {
      // Each of these scans would take minutes.
      await document.setFilter(`completion~${quoted(pattern)}`);
      expect(document.view().filter.error).toBeNull();
    }
    document.setExtraction('regex:(?:.{1,300}){1,3}b');
    const { rows } = await document.rowsRead(0, 40);
    expect(rows.map(({ verdict }) => verdict)).toEqual(rows.map(() => 'none'));
    await document.setFilter('id:t-7');
    await document.filtered();
    expect(document.view().filter).toMatchObject({ matched: 1, error: null });
  });
});

it('an ordinary pattern still finds its answer in a long completion', () => {
  const completion = `${'so 12 and 13, '.repeat(20_000)}\nFinal: 42`;
  expect(extractAnswer(completion, 'regex:Final: (\\d+)')?.text).toBe('42');
  expect(extractAnswer(completion.slice(-200_000), 'regex:(\\d+)')?.text).toBe('42');
});

/** Answers on which a grader could compute, go back or nest for ever. */
const answers: readonly string[] = [
  ...[
    '9^9^9^9^9',
    '2^{999999999}',
    '1e999999999',
    '99999!',
    '(-1)^(1/3)',
    '(x+y+z+w)^{99}',
    '(sqrt(2)+sqrt(3)+sqrt(5)+sqrt(7))^40',
    'sqrt(2)^99999',
  ],
  ...[
    '9',
    '0.',
    '1/',
    '(',
    '{',
    '\\frac{1}{',
    'sqrt(',
    '-',
    'x+',
    'x*',
    '1+',
    '\\sqrt{',
    '^',
    '1^',
    '\\text{a} ',
    ' ',
    ',',
    '\\%',
    '\\\\',
    '1 ',
    '$',
    '\\left(',
    'million ',
    'and ',
    '1e',
    'i^',
    '_1',
    '1_',
    '٣',
    '[',
    '|',
    '\\circ',
  ].map((piece) => piece.repeat(Math.floor(19_000 / piece.length))),
];

const dressed = answers.flatMap((answer) => [answer, `${answer}!`, `1${answer}x`]);
it.each(dressed.map((answer) => [answer.slice(0, 30), answer] as const))(
  'the answer %j is graded',
  (_, answer) => {
    for (const truth of ['1', '2.5', 'x', '(1,2)', `${answer}0`]) {
      expect(typeof gradeAnswer(answer, truth).correct).toBe('boolean');
      expect(typeof gradeAnswer(truth, answer).correct).toBe('boolean');
    }
  },
);

import { expect, test } from 'vitest';
import { compileFilter, type FilterRow } from '../../../../src/core/dataset/filter-evaluate.ts';
import { parseFilter } from '../../../../src/core/dataset/filter-parse.ts';
import { countWords } from '../../../../src/core/text/words.ts';

const raw: Record<string, unknown> = {
  source: 'GeoQA',
  rate: 0.5,
  level: '4',
  checked: true,
  nothing: null,
  tags: ['angle', 'circle'],
  meta: { origin: 'teacher' },
  url: '',
};

const row: FilterRow = {
  index: 11,
  line: 12,
  id: 'geo-12',
  prompt: '<image> How many red Cubes (in total)?',
  completion: '<think>one two three. Wait, no.</think><answer>\\boxed{14}</answer>',
  groundTruth: '12',
  imageCount: 2,
  segments: () => [
    { kind: 'think', text: 'one two three. Wait, no.' },
    { kind: 'answer', text: '\\boxed{14}' },
    { kind: 'answer', text: 'so 14' },
  ],
  verdict: () => 'incorrect',
  decision: 'flag',
  problems: ['image-missing'],
  hasFault: true,
  edited: false,
  field: (path) =>
    path
      .split('.')
      .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], raw),
};

const bare: FilterRow = {
  ...row,
  completion: null,
  groundTruth: null,
  id: null,
  imageCount: 0,
  segments: () => [],
  verdict: () => 'none',
  decision: null,
  problems: [],
  hasFault: false,
  field: () => undefined,
};

function passes(text: string, of: FilterRow): boolean {
  const parse = parseFilter(text);
  if (!parse.ok) throw new Error(parse.message);
  return compileFilter(parse.filter)(of);
}

/** Filter, whether the full row passes, whether the bare one does. */
const cases: readonly (readonly [string, boolean, boolean])[] = [
  ['', true, true],
  ['cubes', true, true],
  ['"RED CUBES"', true, true],
  ['"(in total)?"', true, true],
  ['wait', true, false],
  ['-wait', false, true],
  ['boxed{14}', true, false],
  ['12', true, false],
  ['verdict:incorrect', true, false],
  ['verdict:none', false, true],
  ['decision:flag', true, false],
  ['decision:none', false, true],
  ['edited:no', true, true],
  ['has:image', true, false],
  ['has:think', true, false],
  ['has:truth', true, false],
  ['has:problem', true, false],
  ['has:source', true, false],
  ['has:url', false, false],
  ['has:meta.origin', true, false],
  ['images>1', true, false],
  ['images=0', false, true],
  ['line:12', true, true],
  ['line!=12', false, false],
  ['index<11', false, false],
  ['words(think)=5', true, false],
  ['words(think)<1', false, true],
  ['has:reasoning', true, false],
  ['len(truth)=2', true, false],
  ['words>2', true, false],
  ['count(answer)>1', true, false],
  ['count(boxed)>0', false, false],
  ['segment(think):WAIT', true, false],
  ['segment(answer):wait', false, false],
  ['segment(answer)~"^so [0-9]+$"', true, false],
  ['prompt:wait', false, false],
  ['truth=12', true, false],
  ['id:GEO', true, false],
  ['id=GEO-12', false, false],
  ['problem:missing', true, false],
  ['~"how\\s+MANY"', true, true],
  ['~"(?-i)how"', false, false],
  ['~"zzz|three\\. wait"', true, false],
  ['~"\\bait\\b"', false, false],
  ['source:geo', true, false],
  ['source=geo', false, false],
  ['source!=geo', true, true],
  ['source~"^geo"', true, false],
  ['rate>0.2 rate<=0.5', true, false],
  ['rate=.5', true, false],
  ['rate:0', false, false],
  ['level>3', true, false],
  ['source>F', true, false],
  ['checked:TRUE', true, false],
  ['nothing:null', true, false],
  ['tags:circ', true, false],
  ['tags=circ', false, false],
  ['missing:x', false, false],
  ['missing<5', false, false],
  ['meta:teacher', true, false],
  ['verdict:correct or decision:flag', true, false],
  ['verdict:incorrect (decision:keep or decision:drop)', false, false],
  ['not (verdict:correct or verdict:none)', true, false],
];

test.each(cases)('%s', (text, full, empty) => {
  expect([passes(text, row), passes(text, bare)]).toEqual([full, empty]);
});

test('cheap conditions decide before grading', () => {
  let graded = 0;
  const parse = parseFilter('verdict:correct decision:keep');
  if (!parse.ok) throw new Error(parse.message);
  compileFilter(parse.filter)({
    ...row,
    verdict: () => {
      graded += 1;
      return 'correct';
    },
  });
  expect(graded).toBe(0);
});

test('words are stretches without white space', () => {
  expect(['', ' ', 'a', ' a\n b\tc ', '12 red cubes.'].map(countWords)).toEqual([0, 0, 1, 3, 3]);
  for (let unit = 0; unit < 0x10000; unit++) {
    const text = `a${String.fromCharCode(unit)}b`;
    if (countWords(text) !== text.match(/\S+/g)?.length) expect.fail(`U+${unit.toString(16)}`);
  }
});

/** Filter, and whether it passes with tagged, untagged and no reasoning. */
const reasonings: readonly (readonly [string, boolean, boolean, boolean])[] = [
  ['words(reasoning)>2', true, true, false],
  ['words(think)>2', true, false, false],
  ['words(prose)>2', false, true, false],
  ['len(reasoning)=15', true, true, false],
  ['count(reasoning)=1', true, true, false],
  ['has:reasoning', true, true, false],
  ['segment(reasoning):three', true, true, false],
  ['segment(reasoning):12', false, false, false],
  ['segment(prose):three', false, true, false],
];

test.each(reasonings)('%s finds the reasoning with tags %s, without %s, absent %s', (text, ...expected) => {
  const answer = { kind: 'boxed', text: '12' };
  const completions = [
    [{ kind: 'think', text: 'one, two, three' }, answer],
    [{ kind: 'prose', text: 'one, two, three' }, answer],
    [{ kind: 'prose', text: '\n' }, answer],
  ];
  expect(completions.map((segments) => passes(text, { ...bare, segments: () => segments }))).toEqual(
    expected,
  );
});

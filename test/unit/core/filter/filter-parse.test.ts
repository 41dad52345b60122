import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Filter, filterNeeds } from '../../../../src/core/dataset/filter-ast.ts';
import { parseFilter } from '../../../../src/core/dataset/filter-parse.ts';
import { printFilter } from './print-filter.ts';

const anywhere = (value: string): Filter => ({
  kind: 'text',
  of: { kind: 'anywhere' },
  operator: 'contains',
  value,
});
const a = anywhere('a');
const b = anywhere('b');
const c = anywhere('c');

const accepted: readonly (readonly [string, Filter])[] = [
  ['', { kind: 'all' }],
  ['  \n', { kind: 'all' }],
  ['wait', anywhere('wait')],
  ['"let me check"', anywhere('let me check')],
  ['"say \\"hi\\" \\\\ \\boxed"', anywhere('say "hi" \\ \\boxed')],
  ['“let me check”', anywhere('let me check')],
  ['„let me check“', anywhere('let me check')],
  ['“say "hi" \\“now\\””', anywhere('say "hi" “now”')],
  ['-“a”', { kind: 'not', term: a }],
  ['a or“b”', { kind: 'or', terms: [a, b] }],
  [
    'segment(reasoning):“rate of change”',
    {
      kind: 'text',
      of: { kind: 'segment', segment: 'reasoning' },
      operator: 'contains',
      value: 'rate of change',
    },
  ],
  ['f(x) b', { kind: 'and', terms: [anywhere('f(x)'), b] }],
  ['a b c', { kind: 'and', terms: [a, b, c] }],
  ['a and b', { kind: 'and', terms: [a, b] }],
  ['a b or c', { kind: 'or', terms: [{ kind: 'and', terms: [a, b] }, c] }],
  ['a (b OR c)', { kind: 'and', terms: [a, { kind: 'or', terms: [b, c] }] }],
  ['(a or b) or c', { kind: 'or', terms: [a, b, c] }],
  ['-a', { kind: 'not', term: a }],
  ['not a', { kind: 'not', term: a }],
  ['-(a b)', { kind: 'not', term: { kind: 'and', terms: [a, b] } }],
  ['a - b', { kind: 'and', terms: [a, anywhere('-'), b] }],
  ['"and"', anywhere('and')],
  ['android', anywhere('android')],
  ['verdict:incorrect', { kind: 'verdict', is: 'incorrect' }],
  ['Verdict: None', { kind: 'verdict', is: 'none' }],
  ['verdict!=correct', { kind: 'not', term: { kind: 'verdict', is: 'correct' } }],
  ['decision:kept', { kind: 'decision', is: 'keep' }],
  ['decision:undecided', { kind: 'decision', is: 'none' }],
  ['edited:yes', { kind: 'edited', is: true }],
  ['has:images', { kind: 'has', what: 'image' }],
  ['has:Think', { kind: 'has', what: 'think' }],
  ['has:meta.Url', { kind: 'has', what: 'meta.Url' }],
  ['images>1', { kind: 'number', of: { kind: 'images' }, operator: '>', value: 1 }],
  ['line:12', { kind: 'number', of: { kind: 'line' }, operator: '=', value: 12 }],
  ['words>=2e2', { kind: 'number', of: { kind: 'words', part: 'completion' }, operator: '>=', value: 200 }],
  ['words(Think) > 200', { kind: 'number', of: { kind: 'words', part: 'think' }, operator: '>', value: 200 }],
  [
    'len(ground_truth)<=3',
    { kind: 'number', of: { kind: 'length', part: 'truth' }, operator: '<=', value: 3 },
  ],
  [
    'count(reflection)=2',
    { kind: 'number', of: { kind: 'count', segment: 'reflection' }, operator: '=', value: 2 },
  ],
  [
    'segment(think):wait',
    { kind: 'text', of: { kind: 'segment', segment: 'think' }, operator: 'contains', value: 'wait' },
  ],
  ['problem:no-box', { kind: 'text', of: { kind: 'problem' }, operator: 'contains', value: 'no-box' }],
  ['id=abc', { kind: 'text', of: { kind: 'id' }, operator: 'equals', value: 'abc' }],
  ['~wait|hold', { kind: 'text', of: { kind: 'anywhere' }, operator: 'matches', value: 'wait|hold' }],
  ['~(a|b)+', { kind: 'text', of: { kind: 'anywhere' }, operator: 'matches', value: '(a|b)+' }],
  ['prompt~"^how many"', { kind: 'text', of: { kind: 'prompt' }, operator: 'matches', value: '^how many' }],
  ['meta.source:geo', { kind: 'field', path: 'meta.source', operator: 'contains', value: 'geo' }],
  ['pass_rate<0.8', { kind: 'field', path: 'pass_rate', operator: '<', value: '0.8' }],
  ['turns[0].from=human', { kind: 'field', path: 'turns[0].from', operator: 'equals', value: 'human' }],
  ['field(prompt):x', { kind: 'field', path: 'prompt', operator: 'contains', value: 'x' }],
  ['field(odd name)~"^a"', { kind: 'field', path: 'odd name', operator: 'matches', value: '^a' }],
];

test.each(accepted)('%j', (text, filter) => {
  expect(parseFilter(text)).toEqual({ ok: true, filter });
  expect(parseFilter(printFilter(filter))).toEqual({ ok: true, filter });
  expect(structuredClone(filter)).toEqual(filter);
});

/** Text, the part underlined, and words of the message. */
const refused: readonly (readonly [string, string, string])[] = [
  ['verdict:corect', 'corect', "Unknown verdict 'corect'. One of correct, incorrect, unparsed, none."],
  ['a verdict:', 'verdict:', 'verdict needs a value: correct, incorrect, unparsed, none.'],
  ['verdict>correct', '>', "verdict takes ':', not '>'."],
  ['decision:maybe', 'maybe', "Unknown decision 'maybe'. One of keep, drop, flag, none."],
  ['edited:perhaps', 'perhaps', 'yes or no'],
  ['images>many', 'many', "images is compared with a number, not 'many'."],
  ['words(think)', 'words(think)', 'needs a comparison'],
  ['segment(think)', 'segment(think)', 'segment(think):wait'],
  ['segment():x', 'segment()', 'needs a name'],
  ['wrods(think)>5', 'wrods', "Unknown function 'wrods'. One of segment, words, len, count, field."],
  ['prompt>5', 'prompt>5', 'words(prompt)>'],
  ['a (b', '(', 'never closed'],
  ['a b)', ')', "')' without '('."],
  ['()', '()', 'Nothing stands'],
  ['"open', '"open', 'never closed'],
  ['“open"', '“open"', 'never closed'],
  ['a or', 'or', "'or' needs a condition after it."],
  ['or a', 'or', "'or' needs a condition before it."],
  ['a and and b', 'and', "'and' needs a condition after it."],
  ['not', 'not', "'not' needs a condition after it."],
  ['~', '~', 'needs a regular expression'],
  ['~"(a"', '"(a"', 'Not a usable regular expression'],
  ['prompt~"(?=a)"', '"(?=a)"', 'RE2 syntax'],
  ['id<5', 'id<5', 'id is text'],
  ['text=a', 'text=a', "text takes ':' or '~'"],
  ['(((((((((('.repeat(30), '(', 'nested too deeply'],
];

test.each(refused)('%j is refused at %j', (text, underlined, message) => {
  const parse = parseFilter(text);
  if (parse.ok) throw new Error(`accepted as ${JSON.stringify(parse.filter)}`);
  expect(parse.message).toContain(message);
  expect(text.slice(parse.start, parse.end)).toBe(underlined);
});

const pieces = fc.constantFrom(
  ...'a and or not ( ) - " “ „ ” ~ : = != > <= verdict: decision: correct keep words( think) segment( field( has: images line 5 "x y" \\ meta.a'.split(
    ' ',
  ),
  ' ',
);

test('any text parses or says where it fails, and what parses survives printing', () => {
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(' ')),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  fc.assert(
    fc.property(text, (written) => {
      const parse = parseFilter(written);
      if (parse.ok) {
        expect(parseFilter(printFilter(parse.filter))).toEqual(parse);
        expect(JSON.parse(JSON.stringify(parse.filter))).toEqual(parse.filter);
      } else {
        expect(parse.message).not.toBe('');
        expect(0 <= parse.start && parse.start <= parse.end && parse.end <= written.length).toBe(true);
      }
    }),
    { numRuns: 5000 },
  );
});

const needs: readonly (readonly [string, readonly string[]])[] = [
  ['', []],
  ['line>5 id:a', ['id']],
  ['has:id or words>5', ['id']],
  ['verdict:correct -decision:keep', ['verdict', 'decision']],
  ['wait words(think)>5 has:image problem:a edited:no meta.a:b', []],
];

test.each(needs)('%j needs %j', (text, expected) => {
  const parse = parseFilter(text);
  const found = parse.ok ? Object.entries(filterNeeds(parse.filter)) : [];
  expect(found.flatMap(([name, isNeeded]) => (isNeeded ? [name] : []))).toEqual(expected);
});

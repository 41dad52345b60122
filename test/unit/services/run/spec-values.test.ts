import { expect, test } from 'vitest';
import { functionsOf, pathInSpec, valueAt } from '../../../../src/services/run/spec-values.ts';

/** A text with `|` where the cursor is; the kind of what can be proposed there and the stretch it takes the place of. */
const places: readonly (readonly [string, string | null])[] = [
  ['{"model": "r|u"}', 'model "ru"'],
  ['{"model": |}', 'model '],
  ['{"mo|del": "x"}', null],
  ['{"model": "x"|}', 'model "x"'],
  ['{"name": "r|u"}', null],
  ['{"dataset": {"path": "|"}}', 'dataset ""'],
  ['{"evaluation": {"path": "a/|b.jsonl"}}', 'dataset "a/b.jsonl"'],
  ['{"dataset": {"filter": "|"}}', null],
  ['{"rewards": [{"name": "answer"}, {"file": "|"}]}', 'function ""'],
  ['{"rewards": [{"name": "r|"}]}', 'function "r"'],
  ['{"rewards": ["|"]}', null],
  ['{"lora": {"model": "|"}}', null],
];

test.each(places)('%s', (marked, expected) => {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const place = valueAt(text, offset);
  const shown = place && `${place.kind} ${text.slice(place.offset, place.offset + place.length)}`;
  expect(shown).toBe(expected);
});

test('a path is named as the resolver of specs reads it', () => {
  expect(pathInSpec('/project/specs/a.run.json', '/project/specs/data/x.jsonl')).toBe('data/x.jsonl');
  expect(pathInSpec('/project/specs/a.run.json', '/project/x.jsonl')).toBe('../x.jsonl');
  expect(pathInSpec('/project/specs/a.run.json', '/project/specs')).toBe('.');
});

test('functions at the top level of a file are found', () => {
  const source = [
    'import re',
    'def score(completions, **kwargs):',
    '    def inner(): pass',
    'async  def later (x): return x',
    'class A:',
    '    def method(self): pass',
    'def _own(): pass',
    '# def gone():',
    'def score(again): pass',
    'definitely(1)',
  ].join('\r\n');
  expect(functionsOf(source)).toEqual(['score', 'later']);
});

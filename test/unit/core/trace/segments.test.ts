import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findReflections } from '../../../../src/core/trace/reflection.ts';
import { knownTags, parseSegments } from '../../../../src/core/trace/segments.ts';

/** `kind(content)`, with `!` after the kind of an unbalanced one. */
const outline = (text: string, tags: string[] = []): string =>
  parseSegments(text, { tags })
    .map((s) => `${s.kind}${s.closed ? '' : '!'}(${text.slice(s.contentStart, s.contentEnd)})`)
    .join(' ');

describe('parseSegments', () => {
  it.each<[string, string, string[]?]>([
    ['', ''],
    ['just text', 'prose(just text)'],
    ['<think>a</think><answer>5</answer>', 'think(a) answer(5)'],
    [
      '<caption>c</caption>\n<think>a</think>\n\\boxed{5}',
      'caption(c) prose(\n) think(a) prose(\n) boxed(5)',
    ],
    ['so \\boxed{\\frac{1}{2}}.', 'prose(so ) boxed(\\frac{1}{2}) prose(.)'],
    ['\\boxed{1} then $x = \\boxed{2}$', 'prose(\\boxed{1} then ) boxed(2)'],
    ['\\[ \\boxed{2} \\] done', 'boxed(2) prose( done)'],
    ['costs $5, \\boxed{7}', 'prose(costs $5, ) boxed(7)'],
    ['\\boxed{2', 'boxed!(2)'],
    ['<answer>\\boxed{2}</answer>', 'answer(\\boxed{2})'],
    ['\\boxed{1}<think>a</think>', 'boxed(1) think(a)'],
    ['<think>open', 'think!(open)'],
    ['reasoned</think>5', 'think!(reasoned) prose(5)'],
    ['<think>a</think></think><answer>\\boxed{2}', 'think(a) think!() answer!(\\boxed{2})'],
    ['<think>a<reflection>b</reflection>c</think>', 'think(a) reflection(b) think(c)'],
    ['<think><think>b</think></think>', 'think() think(b) think()'],
    ['<think>put <answer> here</think>5', 'think(put ) answer!( here) think() prose(5)'],
    ['<think>a</answer>b</think>', 'think(a) answer!() think(b)'],
    ['<THINK>a</Think>', 'think(a)'],
    ['<image> <b>bold</b> x<y <think >', 'prose(<image> <b>bold</b> x<y <think >)'],
    ['<cue>a</cue>', 'cue(a)', ['cue']],
  ])('%j', (text, expected, tags) => {
    expect(outline(text, tags)).toBe(expected);
  });

  it('stays linear on text made to be slow', () => {
    const many = 60_000;
    const hostile = [
      '<think>'.repeat(many) + '</answer>'.repeat(many),
      '<think>'.repeat(many) + '</think>'.repeat(many),
      '</think>'.repeat(many),
      `${'$'.repeat(many)}\\boxed{1}`,
      `\\boxed${'{'.repeat(many)}`,
      '\\boxed{'.repeat(many),
      '<'.repeat(many),
    ];
    for (const text of hostile) {
      const started = performance.now();
      expect(parseSegments(text).at(-1)?.end).toBe(text.length);
      expect(performance.now() - started, text.slice(0, 20)).toBeLessThan(20_000);
    }
  });

  it('covers any text without gap or overlap, tags as written', () => {
    const token = fc.oneof(
      fc.constantFrom(...knownTags.slice(0, 6)).map((tag) => `<${tag}>`),
      fc.constantFrom(...knownTags.slice(0, 6)).map((tag) => `</${tag}>`),
      fc.constantFrom('\\boxed{', '}', '$', '$$', '\\[', '\\]', '\n', '<image>', '<', '>'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
        const text = tokens.join('');
        let end = 0;
        for (const segment of parseSegments(text)) {
          expect(segment.start).toBe(end);
          expect(segment.end).toBeGreaterThan(segment.start);
          expect(segment.contentStart).toBeGreaterThanOrEqual(segment.start);
          expect(segment.contentEnd).toBeGreaterThanOrEqual(segment.contentStart);
          expect(segment.contentEnd).toBeLessThanOrEqual(segment.end);
          end = segment.end;
        }
        expect(end).toBe(text.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('findReflections', () => {
  it.each([
    ['Wait, let me re-check.', ['Wait', 'let me re-check']],
    ['waiting for awaits; no hit', []],
    ['Hold  on. On second\nthought', ['Hold  on', 'On second\nthought']],
    ['double-check', ['double-check']],
  ])('%j', (text, expected) => {
    expect(findReflections(text).map(([start, end]) => text.slice(start, end))).toEqual(expected);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sourceOfSelection } from '../../../webview/elements/copy-source.ts';
import type { RichText } from '../../../webview/elements/rich-text.ts';
import '../../../webview/elements/rich-text.ts';

let element: RichText;
beforeEach(() => {
  element = document.createElement('cs-rich-text');
  document.body.append(element);
});
afterEach(() => element.remove());

async function draw(text: string, source: boolean): Promise<void> {
  Object.assign(element, { text, source });
  await element.updateComplete;
}

function copied(): string {
  const selection = document.getSelection();
  selection?.selectAllChildren(element);
  return selection ? sourceOfSelection(selection) : '';
}

/** Controls, bidi, zero width, fillers, separators, tags, selectors, lone surrogates: one of each block, all of the short ones. */
const hiding: readonly number[] = [
  ...Array.from({ length: 0x20 }, (_, code) => code).filter(
    (code) => code !== 9 && code !== 10 && code !== 13,
  ),
  ...Array.from({ length: 0x21 }, (_, at) => 0x7f + at),
  0xad,
  0x34f,
  0x61c,
  0x115f,
  0x1160,
  0x17b4,
  0x17b5,
  0x180b,
  0x180e,
  ...Array.from({ length: 5 }, (_, at) => 0x200b + at),
  0x2028,
  0x2029,
  0x202a,
  0x202b,
  0x202c,
  0x202d,
  0x202e,
  ...Array.from({ length: 16 }, (_, at) => 0x2060 + at),
  0x3164,
  0xfeff,
  0xffa0,
  0xfff9,
  0xfffa,
  0xfffb,
  0x1bca0,
  0x1d173,
  0xd800,
  0xdbff,
  0xdc00,
  0xdfff,
  0xe0001,
  0xe0041,
  0xe007f,
  0xe0100,
  0xe01ef,
];
const nameOf = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

describe('every character that hides', () => {
  it.each([
    ['markdown', false],
    ['source', true],
  ])('has a mark in %s, and is copied as itself', async (_, source) => {
    for (const code of hiding) {
      // NUL is U+FFFD by the rules of markdown.
      if (code === 0 && !source) continue;
      const text = `left ${String.fromCodePoint(code)} right`;
      await draw(text, source);
      const marks = [...element.querySelectorAll('.cs-mark')].map((mark) => mark.textContent);
      expect(marks).toEqual([nameOf(code)]);
      expect([nameOf(code), copied()]).toEqual([nameOf(code), text]);
    }
  });

  it('is named in a tooltip, too', async () => {
    await draw('[pay](https://example.org/\u202egro.knab) ![x](https://a\u200bb.example/p.png)', false);
    const titles = [...element.querySelectorAll<HTMLElement>('.cs-link, .cs-refused')].map(
      ({ title }) => title,
    );
    expect(titles.join(' ')).not.toMatch(/[\u202e\u200b]/);
  });
});

describe('text copied as its source', () => {
  it.each([
    ['lines', 'one\n\n\n\ntwo\n\n'],
    ['white space', '  a\t b  \r\n c  '],
    ['an open tag', '<think>\n\n\n</think> </script> -->'],
    ['formulas', '$a:b$ $x]>y$ \\boxed{</style>}'],
  ])('%s', async (_, text) => {
    await draw(text, true);
    expect(copied()).toBe(text);
  });

  it.each([
    'a:b = 2:3',
    'x \\in [0,1]>0',
    'A-->B',
    'x: y',
    'a < b </script',
    ' x ',
    'javascript:x',
    '\\text{\u00a0}',
    '\\text{\ufeff}',
  ])('the formula %s is drawn and copied', async (tex) => {
    const text = `so \\(${tex}\\) holds`;
    await draw(text, false);
    await vi.waitFor(() => expect(element.querySelector('.cs-math .katex')).not.toBeNull());
    expect(copied()).toBe(text);
  });

  it.each(['</script>', 'a:b', ']>', ' -->'])('the box of %s is copied with its frame', async (content) => {
    const text = `so \\boxed{${content}} it is`;
    await draw(text, false);
    expect(copied()).toBe(text);
  });

  it('keeps paragraphs apart', async () => {
    await draw('one\ntwo\n\nthree\n\n- a\n- b', false);
    expect(copied()).toBe('one\ntwo\nthree\na\nb');
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sourceOfSelection } from '../../../webview/elements/copy-source.ts';
import type { RichText } from '../../../webview/elements/rich-text.ts';
import '../../../webview/elements/rich-text.ts';
import { visibleText } from '../../../webview/elements/visible-text.ts';

declare global {
  interface Window {
    hacked?: number;
  }
}

let element: RichText;
beforeEach(() => {
  element = document.createElement('cs-rich-text');
  document.body.append(element);
});
afterEach(() => element.remove());

async function draw(text: string, source = false): Promise<RichText> {
  element.text = text;
  element.source = source;
  await element.updateComplete;
  return element;
}

const shown = (): string => element.querySelector('.body')?.textContent ?? '';

describe('what a person reads', () => {
  it.each([
    ['tags are text', 'a <think> b </think>', 'a <think> b </think>'],
    ['lines stay lines', 'one\ntwo', 'onetwo'],
    ['products are no emphasis', '2*3*4 = 24', '2*3*4 = 24'],
    ['money is no formula', 'costs $5 and $6', 'costs $5 and $6'],
    ['emphasis loses its stars', '**bold** text', 'bold text'],
    ['an unknown command stays', '\\unknowncmd{x}', '\\unknowncmd{x}'],
    ['an unclosed formula stays', 'so $x + 1', 'so $x + 1'],
    ['a box keeps what is inside', '\\boxed{14}', '14'],
    ['an empty box stays text', 'put it in \\boxed{}.', 'put it in \\boxed{}.'],
    ['a box of words', '\\boxed{\\text{Rocky Port}}', 'Rocky Port'],
    ['indented lines are no code', '    x = 1', 'x = 1'],
  ])('%s', async (_, text, expected) => {
    await draw(text);
    expect(shown().trim()).toBe(expected);
  });

  it.each([
    ['$\\frac{17 games - 8 games}{2015 - 2014}$', 'visible', 'inline'],
    ['\\boxed{-6\\frac{1}{2}}', 'visible', 'inline'],
    ['$$\\frac{1}{2}$$', 'auto', 'block'],
  ])('only a formula on its own scrolls: %s', async (text, overflow, display) => {
    await draw(`so ${text} it is`);
    await vi.waitFor(() => expect(element.querySelector('.cs-math .katex')).not.toBeNull());
    const style = getComputedStyle(element.querySelector('.cs-math') as HTMLElement);
    expect([style.overflowX, style.display, style.verticalAlign]).toEqual([overflow, display, 'baseline']);
  });

  it('draws math in each way of writing it', async () => {
    await draw('$x^2$ and \\(y\\) and $$z$$ and \\[w\\] and \\frac{1}{2} and \\begin{matrix}a\\end{matrix}');
    // On a slow machine the last ones are drawn in a later frame.
    await vi.waitFor(() => expect(element.querySelectorAll('.cs-math .katex')).toHaveLength(6));
    expect(element.querySelectorAll('.cs-math.failed')).toHaveLength(0);
  });

  it('shows the source when asked, character for character', async () => {
    const text = '**a** $x$ <think>\n  & &amp; \\boxed{1}';
    await draw(text, true);
    expect(shown()).toBe(text);
  });

  it('copies formulas and marks as their source', async () => {
    await draw('so $\\frac{1}{2}$ is\u202e half');
    const selection = document.getSelection();
    selection?.selectAllChildren(element);
    expect(selection && sourceOfSelection(selection)).toBe('so $\\frac{1}{2}$ is\u202e half');
  });
});

describe('characters that hide', () => {
  const marks = (text: string): string[] => {
    const holder = document.createElement('div');
    holder.append(visibleText(text));
    return [...holder.querySelectorAll('.cs-mark')].map((mark) => mark.textContent ?? '');
  };
  it.each([
    ['plain text', 'naïve café – “quotes” 😀', []],
    ['line breaks and tabs', 'a\tb\r\nc', []],
    ['right-to-left override', 'a\u202eb', ['U+202E']],
    ['zero width space', 'a\u200bb', ['U+200B']],
    ['escape', '\u001b[31m', ['U+001B']],
    ['byte order mark', '\ufeffa', ['U+FEFF']],
    ['a lone surrogate', 'a\ud83db', ['U+D83D']],
    ['tag characters', 'a\u{e0041}', ['U+E0041']],
    ['a family emoji', '👩\u200d👩\u200d👧', []],
    ['selectors that smuggle', 'a\ufe01\ufe02\ufe03', ['U+FE02', 'U+FE03']],
  ])('%s', (_, text, expected) => expect(marks(text)).toEqual(expected));
});

const scripts = [
  '<script>window.hacked=1</script>',
  '<img src=x onerror="window.hacked=1">',
  '<svg onload="window.hacked=1"><script>window.hacked=1</script></svg>',
  '<iframe srcdoc="<script>parent.hacked=1</script>"></iframe>',
  '<video onmouseover="window.hacked=1" autoplay src=http://127.0.0.1:9/x>',
  '<a href="javascript:window.hacked=1">x</a>',
  '[x](javascript:window.hacked=1)',
  '[x](JaVaScRiPt&colon;window.hacked=1)',
  '[x](data:text/html,<script>window.hacked=1</script>)',
  '[x](vscode://file/etc/passwd) [y](command:workbench.action.terminal.new) [z](file:///etc/passwd)',
  '<javascript:window.hacked=1>',
  '![x](http://127.0.0.1:9/a.png) ![y][r]\n\n[r]: http://127.0.0.1:9/b.png',
  '<style>@import url(http://127.0.0.1:9/c.css)</style>',
  '<link rel=stylesheet href=http://127.0.0.1:9/d.css>',
  '<form action=http://127.0.0.1:9/><button id=b>go</button></form>',
  '`<img src=x onerror=window.hacked=1>`',
  '```html\n<script>window.hacked=1</script>\n```',
  '$\\href{javascript:window.hacked=1}{x}$',
  '$\\htmlData{onclick=window.hacked=1}{x}$ $\\htmlStyle{background:url(http://127.0.0.1:9/e)}{x}$',
  '$\\includegraphics{http://127.0.0.1:9/f.png}$',
  '$\\url{http://127.0.0.1:9/g}$',
  '| a |\n|---|\n| <img src=x onerror=window.hacked=1> |',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.hacked=1&gt;">',
  '<noscript><p title="</noscript><img src=x onerror=window.hacked=1>">',
  '\\boxed{<img src=x onerror=window.hacked=1>}',
];

describe('hostile text', () => {
  it.each(scripts)('%s neither runs nor loads', async (payload) => {
    performance.clearResourceTimings();
    for (const source of [false, true]) {
      await draw(payload, source);
      for (const target of element.querySelectorAll<HTMLElement>('*')) {
        target.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
        target.click();
      }
    }
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(window.hacked).toBeUndefined();
    const body = element.querySelector('.body');
    expect(body?.querySelector('script, img, iframe, video, form, link, style, a, object, embed')).toBeNull();
    for (const node of body?.querySelectorAll('*') ?? []) {
      for (const { name } of node.attributes)
        expect(name).not.toMatch(/^(on|href$|src|srcdoc|action|formaction)/i);
    }
    expect(
      performance.getEntriesByType('resource').filter(({ name }) => name.includes('127.0.0.1:9')),
    ).toEqual([]);
  });

  it('asks the surface to open https links and no others', async () => {
    const urls: string[] = [];
    element.addEventListener('cs-link', (event) =>
      urls.push((event as CustomEvent<{ url: string }>).detail.url),
    );
    await draw(
      '[a](https://example.org/x) [b](http://example.org) [c](mailto:x@y.z) <https://example.org/y>',
    );
    for (const link of element.querySelectorAll<HTMLElement>('.cs-link')) link.click();
    expect(urls).toEqual(['https://example.org/x', 'https://example.org/y']);
  });
});

it('cuts a long text and shows the rest on demand', async () => {
  await draw('x'.repeat(300 * 1024), true);
  expect(shown()).toHaveLength(256 * 1024);
  element.querySelector<HTMLButtonElement>('.more button')?.click();
  await element.updateComplete;
  expect(shown()).toHaveLength(300 * 1024);
});

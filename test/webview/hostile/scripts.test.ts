import { html, render } from 'lit';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { chip, iconButton } from '../../../webview/elements/controls.ts';
import type { RichText } from '../../../webview/elements/rich-text.ts';
import { visibleText } from '../../../webview/elements/visible-text.ts';
import '../../../webview/elements/image-view.ts';
import '../../../webview/elements/rich-text.ts';
import { canary, hostilePayloads, mathForms } from './payloads.ts';
import { setTraps, touchAll } from './traps.ts';

const payloads = hostilePayloads();
const together = 40;
const links: string[] = [];
document.addEventListener('cs-link', (event) =>
  links.push((event as CustomEvent<{ url: string }>).detail.url),
);

/** Elements that may show a text; KaTeX draws with its own spans and shapes. */
const harmless =
  /^(div|p|span|em|strong|s|code|pre|blockquote|ul|ol|li|table|thead|tbody|tr|th|td|br|hr|svg|path|line)$/i;
const harmful =
  /^(on|href$|src|srcdoc|action|formaction|xlink|style$|id$|name$|ping|poster|background|data$)/i;
const ofMath =
  /^(style|xmlns|viewBox|width|height|d|preserveAspectRatio|aria-hidden|aria-label|x1|x2|y1|y2|stroke-width)$/;

function wrong(root: ParentNode): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll('*')) {
    const math = element.closest('.katex') !== null;
    if (!harmless.test(element.localName)) found.push(`<${element.localName}>`);
    for (const { name } of element.attributes)
      if (harmful.test(name) && !(math && ofMath.test(name))) found.push(`${element.localName} ${name}`);
  }
  return found;
}

const holder = document.createElement('main');
document.body.append(holder);
afterEach(() => holder.replaceChildren());

async function drawTexts(texts: readonly string[], source: boolean): Promise<void> {
  const elements = texts.map((text): RichText => {
    const element = document.createElement('cs-rich-text');
    Object.assign(element, { text, source });
    return element;
  });
  holder.replaceChildren(...elements);
  await Promise.all(elements.map((element) => element.updateComplete));
  const bodies = elements.map((element) => element.querySelector<HTMLElement>(':scope > .body'));
  for (const [at, body] of bodies.entries()) {
    expect(body?.childNodes.length, texts[at]).toBeGreaterThan(0);
    expect(body ? wrong(body) : [], texts[at]).toEqual([]);
    if (source)
      expect(body?.querySelector('pre')?.textContent?.length).toBeGreaterThanOrEqual(texts[at]?.length ?? 0);
  }
}

async function drawTooltips(texts: readonly string[]): Promise<void> {
  const refused = (text: string) =>
    ({ source: text, status: 'missing', message: text, width: null, height: null, tokens: null }) as const;
  render(
    html`${texts.map(
      (
        text,
      ) => html`${chip(text, { title: text })}${iconButton('edit', text, () => undefined, { key: text })}<b
          title=${text}
        >${visibleText(text)}</b><cs-image .image=${refused(text)}></cs-image>`,
    )}`,
    holder,
  );
  await Promise.all([...holder.querySelectorAll('cs-image')].map((image) => image.updateComplete));
  const titles = [...holder.querySelectorAll<HTMLElement>('b, .refused')].map(({ title }) => title);
  expect(titles).toEqual(texts.flatMap((text) => [text, text]));
  expect(holder.querySelectorAll(':not(span, button, b, cs-image, div)').length).toBe(0);
}

const sinks: readonly (readonly [string, (texts: readonly string[], from: number) => Promise<void>])[] = [
  ['markdown', (texts) => drawTexts(texts, false)],
  ['source', (texts) => drawTexts(texts, true)],
  [
    'formulas',
    (texts, from) =>
      drawTexts(
        texts.map((text, at) =>
          (mathForms[(from + at) % mathForms.length] ?? '').replaceAll('#', () => text),
        ),
        false,
      ),
  ],
  ['tooltips', drawTooltips],
];

const traps = setTraps();
afterAll(() => traps.release());

it('the traps catch what is not sanitised', async () => {
  const { caught } = traps;
  holder.innerHTML = `<img src="${canary}seen" onerror="ranScript()"><a href="${canary}gone">x</a><b onclick="ranScript()">x</b>`;
  await vi.waitFor(() => expect(caught.scripts).toBe(1));
  touchAll(holder);
  await traps.settled();
  expect(caught.scripts).toBe(2);
  expect(caught.requests.map((url) => new URL(url).pathname)).toContain(`${canary}seen`);
  expect(caught.navigations.map((url) => new URL(url).pathname)).toContain(`${canary}gone`);
  expect(wrong(holder)).toEqual(['<img>', 'img src', 'img onerror', '<a>', 'a href', '<b>', 'b onclick']);
  Object.assign(caught, { scripts: 0, requests: [], navigations: [] });
});

it.each(sinks)(
  '7,000 injections into %s run nothing, load nothing and go nowhere',
  async (_, draw) => {
    expect(payloads.length).toBeGreaterThanOrEqual(7_000);
    for (let from = 0; from < payloads.length; from += together) {
      await draw(payloads.slice(from, from + together), from);
      touchAll(holder);
    }
    await traps.settled();
    expect(traps.caught).toEqual({ scripts: 0, requests: [], navigations: [] });
    expect(links.filter((url) => !/^https:\/\//i.test(url))).toEqual([]);
    expect(document.forms.length).toBe(0);
  },
  180_000,
);

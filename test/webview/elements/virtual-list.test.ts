import { html, render } from 'lit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { VirtualList } from '../../../webview/elements/virtual-list.ts';
import '../../../webview/elements/virtual-list.ts';
import {
  type ListShape,
  maxSpacerHeight,
  offsetShowing,
  placeAfterScroll,
  placeAt,
  visibleLines,
} from '../../../webview/elements/virtual-window.ts';

const million: ListShape = { lines: 1_000_000, lineHeight: 26, viewport: 520 };

describe('geometry', () => {
  it.each([
    [
      'a short list scrolls one to one',
      { lines: 100, lineHeight: 26, viewport: 520 },
      300,
      { offset: 300, scrollTop: 300 },
    ],
    [
      'the end of a short list',
      { lines: 100, lineHeight: 26, viewport: 520 },
      1e9,
      { offset: 2080, scrollTop: 2080 },
    ],
    [
      'a list shorter than its view',
      { lines: 3, lineHeight: 26, viewport: 520 },
      50,
      { offset: 0, scrollTop: 0 },
    ],
    ['the end of a million', million, 26e6, { offset: 26e6 - 520, scrollTop: maxSpacerHeight - 520 }],
  ])('%s', (_, shape, offset, place) => expect(placeAt(shape, offset)).toEqual(place));

  it('moves a million rows px by px under the wheel and by share under the thumb', () => {
    const start = placeAt(million, 10_000_000);
    const wheel = placeAfterScroll(million, start, start.scrollTop + 120);
    expect(wheel.offset).toBe(10_000_120);
    const thumb = placeAfterScroll(million, start, (maxSpacerHeight - 520) / 2);
    expect(thumb.offset).toBeCloseTo((26e6 - 520) / 2, 3);
    expect(placeAfterScroll(million, start, 0).offset).toBe(0);
  });

  it('draws only what is near', () => {
    expect(visibleLines(million, 26_000, 6)).toEqual({ first: 994, last: 1026 });
    expect(visibleLines(million, 0, 6)).toEqual({ first: 0, last: 26 });
  });

  it('scrolls no more than it must', () => {
    expect(offsetShowing(million, 1000, 40, 'nearest')).toBe(1000);
    expect(offsetShowing(million, 1000, 0, 'nearest')).toBe(0);
    expect(offsetShowing(million, 0, 100, 'nearest')).toBe(101 * 26 - 520);
  });
});

const holder = document.createElement('div');
document.body.append(holder);
afterEach(() => render(html``, holder));

async function list(count: number, label = (index: number) => `row ${index}`): Promise<VirtualList> {
  holder.style.cssText = 'height:520px;width:300px;display:flex';
  render(
    html`<cs-virtual-list
      id="t"
      style="flex:1"
      .count=${count}
      .lineHeight=${26}
      .active=${0}
      .renderItem=${(index: number) => html`${label(index)}`}
    ></cs-virtual-list>`,
    holder,
  );
  const element = holder.querySelector('cs-virtual-list') as VirtualList;
  await vi.waitFor(() => expect(element.querySelectorAll('.cell').length).toBeGreaterThan(5));
  return element;
}

/** Positions whose drawn cell lies inside the viewport, as the eye sees them. */
function seen(element: VirtualList): number[] {
  const box = element.getBoundingClientRect();
  return [...element.querySelectorAll<HTMLElement>('.cell')]
    .filter((cell) => {
      const { top, bottom } = cell.getBoundingClientRect();
      return bottom > box.top + 1 && top < box.bottom - 1;
    })
    .map((cell) => Number(cell.getAttribute('aria-posinset')) - 1);
}

describe('a million rows', () => {
  it('show any row asked for, and few nodes', async () => {
    const element = await list(1_000_000);
    for (const wanted of [0, 999_999, 500_000, 123_456, 999_000]) {
      await element.reveal(wanted, 'center');
      await element.updateComplete;
      expect(seen(element)).toContain(wanted);
      expect(element.querySelectorAll('.cell').length).toBeLessThan(60);
    }
  });

  it('keep their place when rows are added', async () => {
    const element = await list(1_000_000);
    await element.reveal(400_000, 'center');
    await element.updateComplete;
    const before = seen(element);
    await list(1_500_000);
    await element.updateComplete;
    expect(seen(element)).toEqual(before);
  });

  it('follow the wheel line by line', async () => {
    const element = await list(1_000_000);
    await element.reveal(400_000, 'center');
    await element.updateComplete;
    const first = seen(element)[0] ?? 0;
    element.scrollTop += 260;
    await vi.waitFor(() => expect(seen(element)[0]).toBe(first + 10));
  });

  it('tell assistive technology how many there are', async () => {
    const element = await list(1_000_000);
    const cell = element.querySelector('.cell');
    expect(element.getAttribute('role')).toBe('listbox');
    expect(cell?.getAttribute('role')).toBe('option');
    expect(cell?.getAttribute('aria-setsize')).toBe('1000000');
    expect(element.getAttribute('aria-activedescendant')).toBe('t-0');
  });
});

it('asks for the rows near the viewport, half-open', async () => {
  const asked: unknown[] = [];
  holder.addEventListener('cs-range', (event) => asked.push((event as CustomEvent).detail));
  await list(30);
  expect(asked.at(-1)).toEqual({ first: 0, last: 27 });
});

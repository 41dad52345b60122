import { afterEach, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import '../../../webview/elements/filter-box.ts';

afterEach(() => document.querySelector('cs-filter-box')?.remove());

/** A filter box in the page, and what it has sent. */
async function shown() {
  const sent: string[] = [];
  const box = document.createElement('cs-filter-box');
  box.addEventListener('cs-filter', (event) => {
    if (event instanceof CustomEvent) sent.push(event.detail.text);
  });
  document.body.append(box);
  await box.updateComplete;
  const input = box.querySelector('input') as HTMLInputElement;
  const told = async (value: string) => {
    box.value = value;
    await box.updateComplete;
  };
  return { sent, input, told };
}

it('keeps the letters that were typed since a filter that is told late', async () => {
  const { sent, input, told } = await shown();
  await userEvent.type(input, 'abc');
  await vi.waitFor(() => expect(sent).toEqual(['abc']));
  await userEvent.type(input, 'd');
  await vi.waitFor(() => expect(sent).toEqual(['abc', 'abcd']));
  await told('abc');
  expect(input.value).toBe('abcd');
  await userEvent.type(input, 'e');
  expect(input.value).toBe('abcde');
  await vi.waitFor(() => expect(sent.at(-1)).toBe('abcde'));
  await told('abcde');
  await told('set elsewhere');
  expect(input.value).toBe('set elsewhere');
});

it('takes a filter that was set elsewhere before the own one came back', async () => {
  const { sent, input, told } = await shown();
  await userEvent.type(input, 'abc');
  await vi.waitFor(() => expect(sent).toEqual(['abc']));
  await told('decision:keep');
  expect(input.value).toBe('decision:keep');
});

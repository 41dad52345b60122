import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './driver.ts';
import { eventually } from './eventually.ts';

export const traceEditor = 'Coldstart Trace Editor';

/** What a person sees of the visible trace editor, by what it says rather than how it is built. */
export class TracePage {
  readonly frame: FrameLocator;

  constructor(readonly workbench: Workbench) {
    this.frame = workbench.webview();
  }

  /** Opens a dataset from the explorer, as text, and shows it in the trace editor by the button of the editor title. */
  static async open(workbench: Workbench, file: string): Promise<TracePage> {
    const { page } = workbench;
    await workbench.openFromExplorer(file);
    await page.locator('.editor-actions a[aria-label^="Open in trace editor"]').click();
    const traces = new TracePage(workbench);
    await traces.trace.waitFor();
    return traces;
  }

  get trace(): Locator {
    return this.frame.locator('cs-trace article');
  }

  get count(): Locator {
    return this.frame.locator('.count');
  }

  get filterBox(): Locator {
    return this.frame.locator('cs-filter-box input');
  }

  segment(kind: string): Locator {
    return this.frame.locator(`cs-segment[data-kind="${kind}"]`);
  }

  /** The number before a word of the tallies: correct, incorrect, kept, … */
  async tally(word: string): Promise<number> {
    const title = await this.frame.locator(`.tally[title*=" ${word}"]`).getAttribute('title');
    return Number((title ?? '').match(/^[\d,]+/)?.[0].replaceAll(',', ''));
  }

  /** Waits until the count line reads so, as `3 of 1,000`. */
  async counts(text: string | RegExp): Promise<void> {
    const fits = (shown: string | null) =>
      shown !== null && (typeof text === 'string' ? shown.trim() === text : text.test(shown.trim()));
    await eventually('The count line', () => this.count.textContent(), fits);
  }

  /** The line number of the trace shown. */
  async line(): Promise<number> {
    const label = (await this.trace.getAttribute('aria-label')) ?? '';
    return Number(label.match(/\d+/)?.[0]);
  }

  /** Waits until a frame has shown the trace: no key decides on one that nobody can have seen. */
  async shows(line: number): Promise<void> {
    const article = this.frame.locator(`cs-trace article[aria-label="Trace on line ${line}"]`);
    await article.waitFor();
    await article.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }

  /** Waits until the bar of the trace says so where it stands in the list, as `2 of 12`. */
  async place(text: string): Promise<void> {
    await eventually(
      'The place in the list',
      () => this.frame.locator('.trace-bar .where').textContent(),
      (shown) => shown?.trim() === text,
    );
  }

  /** Types a filter as a person does. */
  async typeFilter(text: string): Promise<void> {
    await this.focusList();
    await this.press('/');
    await this.frame.locator('cs-filter-box input:focus').waitFor();
    await this.filterBox.fill(text);
    await this.press('Enter');
  }

  /** Types a filter that is right: Enter gives the keys back to the list. */
  async filter(text: string): Promise<void> {
    await this.typeFilter(text);
    await this.frame.locator('cs-virtual-list:focus, .trace-scroll:focus').first().waitFor();
  }

  async focusList(): Promise<void> {
    // A narrow window shows the trace without the list.
    await this.frame.locator('cs-virtual-list, .trace-scroll').first().focus();
  }

  /** Presses a key of VS Code's bindings while the trace editor has the focus. */
  press(key: string): Promise<void> {
    return this.workbench.page.keyboard.press(key);
  }

  /** Waits until the first image of the trace has pixels. */
  async imageIsDrawn(): Promise<void> {
    const image = this.frame.locator('cs-trace cs-image img').first();
    const width = () =>
      image.evaluate((node) => ('naturalWidth' in node ? Number(node.naturalWidth) : 0)).catch(() => 0);
    await eventually('The width of the image', width, (pixels) => pixels > 1);
  }
}

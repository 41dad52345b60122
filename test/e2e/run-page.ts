import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './driver.ts';
import { eventually } from './eventually.ts';

/** Long enough to import torch and make the first step on two busy cores, ms. */
const trainerPatience = 180_000;

/** What a person sees of the visible run dashboard. */
export class RunPage {
  readonly frame: FrameLocator;

  constructor(readonly workbench: Workbench) {
    this.frame = workbench.webview();
  }

  get status(): Locator {
    return this.frame.locator('.run-bar .status b');
  }

  /** Waits until the header says one of these words: running, completed, stopped, failed, … */
  async is(...words: string[]): Promise<void> {
    const read = async () => {
      const header = await this.frame
        .locator('.run-bar')
        .textContent({ timeout: 1000 })
        .catch(() => '');
      const word = await this.status.textContent({ timeout: 1000 }).catch(() => '');
      return { word: word?.trim() ?? '', header: header?.replace(/\s+/g, ' ').trim() };
    };
    await eventually('The run', read, ({ word }) => words.includes(word), trainerPatience);
  }

  /** The step that the header shows, -1 while there is no dashboard. */
  async step(): Promise<number> {
    const label = this.frame.locator('.run-bar .step');
    const text = await label.textContent({ timeout: 1000 }).catch(() => null);
    return Number(text?.match(/step ([\d,]+)/)?.[1]?.replaceAll(',', '') ?? -1);
  }

  /** Waits, touching nothing, until the header shows at least this step. */
  async reaches(step: number): Promise<number> {
    return eventually(
      'The step',
      () => this.step(),
      (now) => now >= step,
      trainerPatience,
    );
  }

  async tab(name: 'overview' | 'rollouts' | 'checkpoints' | 'evaluation' | 'log' | 'config'): Promise<void> {
    await this.frame.locator(`#tab-${name}`).click();
    await this.frame.locator(`.panel.${name}`).waitFor();
  }

  button(label: string): Locator {
    return this.frame.locator('.run-bar .cs-button').filter({ hasText: label });
  }

  /** Waits until a chart has drawn at least one line. */
  async chartIsDrawn(): Promise<void> {
    await this.frame.locator('.panel.overview canvas').first().waitFor({ timeout: 30_000 });
  }

  /** Waits until the image of the group shown has pixels. */
  async imageIsDrawn(): Promise<void> {
    const image = this.frame.locator('cs-group cs-image img').first();
    const width = () =>
      image
        .evaluate((node) => ('naturalWidth' in node ? Number(node.naturalWidth) : 0), undefined, {
          timeout: 2000,
        })
        .catch(() => 0);
    await eventually('The width of the image', width, (pixels) => pixels > 1, 60_000);
  }
}

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from 'playwright-core';
import type { RunningHost } from '../../scripts/vscode-host/start.mjs';
import { chromiumPath, ensureSystemPackages } from '../../scripts/vscode-host/system.mjs';
import { eventually } from './eventually.ts';

/** The three looks that every surface is judged in: setting by release, label in the theme picker, class of the workbench. */
const themes = {
  light: { oldest: 'Default Light Modern', newest: 'Light Modern', label: 'Light Modern', shown: '.vs' },
  dark: { oldest: 'Default Dark Modern', newest: 'Dark Modern', label: 'Dark Modern', shown: '.vs-dark' },
  hc: {
    oldest: 'Default High Contrast',
    newest: 'Default High Contrast',
    label: 'Dark High Contrast',
    shown: '.hc-black',
  },
} as const;
export type Theme = keyof typeof themes;
export const themeNames: readonly Theme[] = ['light', 'dark', 'hc'];

/** Settings that open a host in a theme. */
export function themeSettings(theme: Theme, release: 'oldest' | 'newest'): Record<string, unknown> {
  return { 'workbench.colorTheme': themes[theme][release], 'window.autoDetectColorScheme': false };
}

/** Starts Debian's (or the machine's own) Chromium, installed when it lacks, without any network use of its own. */
export async function launchBrowser(): Promise<Browser> {
  await ensureSystemPackages(['chromium']);
  const executablePath = chromiumPath();
  if (!executablePath)
    throw new Error('No Chromium found: install the package chromium, or set COLDSTART_CHROMIUM.');
  const quiet = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ];
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({
    executablePath,
    args: [...quiet, ...root, '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

export interface WorkbenchOptions {
  readonly width?: number;
  readonly height?: number;
  /** VS Code's `payload` query parameter: pairs such as `extensionTestsPath`. */
  readonly payload?: readonly (readonly [string, string])[];
  /** Called before the page loads, to expose functions. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** Runs in the page: what VS Code keeps of the open editors, as JSON text. */
async function readEditorState(): Promise<string> {
  const ended = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const texts: string[] = [];
  for (const { name } of await indexedDB.databases()) {
    if (!name?.startsWith('vscode-web-state-db-') || name.includes('global')) continue;
    const database = await ended(indexedDB.open(name));
    const store = database.transaction('ItemTable').objectStore('ItemTable');
    texts.push(String(await ended(store.get('memento/workbench.parts.editor'))));
    database.close();
  }
  return texts.join('\n');
}

/** Loading failures that an offline VS Code has anyway. */
const knownNoise = [/Failed to load resource: net::ERR_/, /allow-scripts and allow-same-origin/];

/** True for what VS Code's own scripts report about themselves; a webview's document lies under contrib/webview. */
function isWorkbenchNoise(text: string, source: string): boolean {
  if (knownNoise.some((noise) => noise.test(text))) return true;
  const isWorkbench = source.includes('/static/') && !source.includes('/contrib/webview/');
  return isWorkbench && !/coldstart/i.test(text);
}

/** One browser page with a VS Code workbench, driven as a person would: palette, keys, clicks. */
export class Workbench {
  /** Page errors, console errors and CSP violations since the page opened, without VS Code's own noise. */
  readonly problems: string[] = [];
  #isLeaving = false;

  private constructor(
    readonly page: Page,
    readonly host: RunningHost,
  ) {
    page.on('pageerror', (error) => this.#note(`page error: ${error.message}`, error.stack ?? ''));
    page.on('console', (message) => {
      const isCsp = /Content Security Policy|Refused to/i.test(message.text());
      const kind = isCsp ? 'csp' : message.type();
      if (isCsp || kind === 'error') this.#note(`${kind}: ${message.text()}`, message.location().url);
    });
  }

  #note(text: string, source: string): void {
    if (!this.#isLeaving && !isWorkbenchNoise(text, source)) this.problems.push(text);
  }

  /** Opens the host's folder in a new page and resolves when the workbench can be used. */
  static async open(browser: Browser, host: RunningHost, options: WorkbenchOptions = {}): Promise<Workbench> {
    const { width = 1600, height = 1000, payload } = options;
    const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: 1 });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: host.origin });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const workbench = new Workbench(page, host);
    await options.prepare?.(page);
    const query = payload ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : '';
    await page.goto(host.url + query);
    await workbench.ready();
    return workbench;
  }

  /** Waits until the workbench is drawn and the extension host has started. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
    await this.page
      .locator('.explorer-folders-view .monaco-list-row, .split-view-view .monaco-list')
      .first()
      .waitFor({ timeout: 60_000 });
  }

  /**
   * Waits until the browser has stored the editors' state with `part` in it, as a desktop does when it closes: in a
   * browser VS Code writes it every five seconds, and a reload before that would show an older state.
   */
  async stored(part: string): Promise<void> {
    await eventually(
      `The stored state of the editors with ${part}`,
      // Its JSON holds the JSON of pages; without the escapes all of it reads alike.
      async () => (await this.page.evaluate(readEditorState)).replaceAll('\\', '').includes(part),
      (found) => found,
    );
  }

  async reload(): Promise<void> {
    // What the page being left was still loading ends in errors of its own.
    this.#isLeaving = true;
    await this.page.reload();
    this.#isLeaving = false;
    await this.ready();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  get #pick(): Locator {
    return this.page.locator('.quick-input-widget:visible');
  }

  /** Types into the open quick input and accepts the row whose text contains `label`, or else the typed value. */
  async choose(text: string, label?: string, timeout = 60_000): Promise<void> {
    const input = this.#pick.locator('input.input:visible').first();
    await input.waitFor({ timeout });
    await input.fill(text);
    if (label === undefined) return this.page.keyboard.press('Enter');
    await this.#pick.locator('.monaco-list-row').filter({ hasText: label }).first().click({ timeout });
  }

  /** Types the label of a row of the open quick pick and accepts that row; hovers of rows cover others for a mouse. */
  async pick(label: string): Promise<void> {
    const input = this.#pick.locator('input.input:visible').first();
    await this.#pick.locator('.monaco-list-row').filter({ hasText: label }).first().waitFor();
    await input.fill(label);
    await this.#pick.locator('.monaco-list-row.focused').filter({ hasText: label }).waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Ticks entries of the open quick pick of several by their labels. */
  async tick(...labels: readonly string[]): Promise<void> {
    for (const label of labels) {
      const row = this.#pick.locator('.monaco-list-row').filter({ hasText: label }).first();
      await row.waitFor();
      await row.click();
    }
  }

  /** Accepts what is ticked in the open quick pick of several. */
  async confirmPicks(): Promise<void> {
    const accept = this.#pick.locator('.quick-input-action .monaco-button:visible').first();
    await this.#pick.locator('.monaco-list-row').first().waitFor();
    await accept.click();
    await accept.waitFor({ state: 'hidden' });
  }

  /** Types a path into the open save dialog, once it has proposed its own, and accepts it. */
  async saveAs(file: string): Promise<void> {
    const input = this.#pick.locator('input.input:visible').first();
    await eventually(
      'The proposed path',
      () => input.inputValue(),
      (shown) => path.isAbsolute(shown),
    );
    await this.#pick.locator('.monaco-list-row').first().waitFor();
    await input.fill(file);
    await this.page.keyboard.press('Enter');
  }

  /** Types a folder into the open folder dialog and accepts it. */
  async chooseFolder(folder: string): Promise<void> {
    const input = this.#pick.locator('input.input:visible').first();
    const rows = this.#pick.locator('.monaco-list-row');
    const accept = this.#pick.locator('.quick-input-action .monaco-button:visible').first();
    // The dialog reads the folder that it proposes, then the one typed; only then a click means this folder.
    await eventually(
      'The proposed folder',
      () => input.inputValue(),
      (shown) => path.isAbsolute(shown),
    );
    await rows.filter({ hasText: '..' }).first().waitFor();
    await input.fill(`${folder}/`);
    await rows
      .filter({ hasText: path.basename(folder) })
      .first()
      .waitFor({ state: 'detached' });
    await rows.filter({ hasText: '..' }).first().waitFor();
    await eventually(
      'The folder in the dialog',
      () => input.inputValue(),
      (shown) => shown === `${folder}/`,
    );
    await accept.click();
    await accept.waitFor({ state: 'hidden' });
  }

  /** The rows that the open quick pick shows. */
  async pickRows(): Promise<string[]> {
    await this.#pick.locator('.monaco-list-row').first().waitFor();
    return this.#pick.locator('.monaco-list-row').allInnerTexts();
  }

  /** Runs a command by its title, as "Category: Title", through the command palette. */
  async runCommand(title: string): Promise<void> {
    // A palette that was opened before a command could run does not learn of it: it is opened anew.
    await this.#retry(async (patience) => {
      await this.page.keyboard.press('F1');
      await this.choose(`>${title}`, title, patience);
    });
  }

  /** Opens a file of the folder in its default editor, by quick open. */
  async openFile(relative: string): Promise<void> {
    const name = path.basename(relative);
    await this.#retry(async (patience) => {
      await this.page.keyboard.press('ControlOrMeta+P');
      await this.choose(relative, name, patience);
    });
    await this.tab(name).first().waitFor();
  }

  /** Opens a file of the folder's top level as text, by a double click in the explorer. */
  async openFromExplorer(name: string): Promise<void> {
    const row = this.page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: name });
    await row.first().dblclick();
    await this.tab(name).first().waitFor();
    // Its tab comes before its text: until then what is typed or clicked is the file before.
    await this.page
      .locator(`.editor-instance .monaco-editor[data-uri$="/${name}"]:visible`)
      .first()
      .waitFor();
  }

  /** Shows the side bar of Coldstart. */
  async openSidebar(): Promise<void> {
    await this.page.locator('.activitybar .action-item a[aria-label^="Coldstart"]').click();
    await this.page.locator('.sidebar .pane-header').filter({ hasText: 'Environments' }).waitFor();
    // A tooltip would cover what is read.
    await this.page.mouse.move(0, 0);
  }

  /** Waits until the visible text editor has a line with `text`: what was written to its file behind it is there. */
  async hasLine(text: string): Promise<void> {
    await this.page
      .locator('.editor-instance .view-line:visible')
      .filter({ hasText: text })
      .first()
      .waitFor();
  }

  /** Clicks a CodeLens of the visible editor. */
  async lens(title: string): Promise<void> {
    const link = this.page.locator('.codelens-decoration a:visible');
    await link
      .filter({ hasText: new RegExp(`^${title}$`) })
      .first()
      .click();
  }

  /** Applies the quick fix at the caret that names `label`, until nothing is marked any more. */
  async quickFix(label: string): Promise<void> {
    const mark = this.page.locator('.squiggly-error, .squiggly-warning').first();
    const fix = this.page.locator('.action-widget .monaco-list-row').filter({ hasText: label }).first();
    // VS Code closes the menu when it marks the text anew.
    await this.#retry(async (timeout) => {
      if ((await mark.count()) === 0) return;
      await this.page.keyboard.press('ControlOrMeta+.');
      await fix.click({ timeout });
      await mark.waitFor({ state: 'detached', timeout });
    });
  }

  /** Clicks a button of the open modal dialog. */
  async answerDialog(button: string | RegExp): Promise<void> {
    const buttons = this.page.locator('.monaco-dialog-box .monaco-button');
    await buttons.filter({ hasText: button }).first().click();
    await this.page.locator('.monaco-dialog-box').waitFor({ state: 'detached' });
  }

  async #retry(attempt: (patience: number) => Promise<void>): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      try {
        return await attempt(4000);
      } catch {
        await this.page.keyboard.press('Escape');
      }
    }
    await attempt(10_000);
  }

  /** Opens a file and shows it in the named editor ("Coldstart Trace Editor"). */
  async openWith(relative: string, editor: string): Promise<void> {
    await this.openFile(relative);
    await this.runCommand('View: Reopen Editor With...');
    await this.pick(editor);
  }

  tab(name: string): Locator {
    return this.page.locator('.tabs-container .tab').filter({ hasText: name });
  }

  /** True when the tab shows the dot of unsaved changes. */
  async isDirty(name: string): Promise<boolean> {
    return (await this.tab(name).first().getAttribute('class'))?.includes('dirty') ?? false;
  }

  /** The document inside the visible webview of Coldstart (the n-th, when several are visible). */
  webview(index = 0): FrameLocator {
    const outer = 'iframe.webview.ready[src*="extensionId=coldstart.coldstart"]:visible';
    return this.page.locator(outer).nth(index).contentFrame().frameLocator('#active-frame');
  }

  /** Texts of the notifications on screen. */
  notifications(): Promise<string[]> {
    return this.page.locator('.notification-toast .notification-list-item-message').allInnerTexts();
  }

  /** Switches the colour theme as a person would and waits until the workbench shows it. */
  async setTheme(theme: Theme): Promise<void> {
    const { label, shown } = themes[theme];
    await this.runCommand('Preferences: Color Theme');
    await this.choose(label, label);
    await this.page.locator(`.monaco-workbench${shown}`).waitFor();
  }

  /** What every frame holds for a screen reader, and whether it has the focus: a screenshot does not reach a log. */
  async described(): Promise<string> {
    const told = this.page.frames().map(async (frame) => {
      const shown = await frame.locator('body').ariaSnapshot({ timeout: 2000 });
      const focus = await frame.evaluate(() => document.hasFocus());
      return shown === '' ? '' : `${focus ? 'focused' : 'not focused'}:\n${shown.slice(0, 3000)}`;
    });
    const settled = await Promise.allSettled(told);
    return settled
      .flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
      .join('\n\n');
  }

  /** Saves a PNG of the page as `folder/name.png` and returns its path. */
  async screenshot(name: string, folder = 'screenshots'): Promise<string> {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `${name}.png`);
    await this.page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
    return file;
  }
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import type { Browser, Frame, Page } from 'playwright-core';
import sharp from 'sharp';
import { launchBrowser, Workbench } from '../e2e/driver.ts';
import { type Bench, dist, median, quantile } from './bench.ts';
import { generateRows } from './generate.ts';

const origin = 'http://coldstart.test';
const mime: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.html': 'text/html',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};
/** Between a painted trace and the next key: a quick reader's pace, in which the editor reads ahead. */
const pauseMs = 60;
const keysPerRound = 20;

/**
 * Takes the time from a key press (the browser's own time stamp) until a frame was painted in which `changed` holds.
 * A script as text: it runs in pages and in VS Code's webview frames alike.
 */
const clock = (key: string, changed: string, before: string) => `
  window.paints = [];
  window.addEventListener('keydown', (event) => {
    if (event.key !== ${JSON.stringify(key)}) return;
    const from = event.timeStamp;
    const before = (${before})();
    window.paints.push(new Promise((resolve) => {
      const look = () => {
        if (!(${changed})(before)) return requestAnimationFrame(look);
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now() - from);
        port2.postMessage(0);
      };
      requestAnimationFrame(look);
    }));
  }, true);`;

const shownLine = `() => Number((document.querySelector('cs-trace article')?.getAttribute('aria-label') ?? '').replace(/\\D+/g, ''))`;
/** Number, every text and every picture of the next trace are there. */
const nextShown = `(before) => (${shownLine})() === before + 1 && document.querySelectorAll('cs-trace article img').length > 0
  && document.querySelectorAll('cs-trace cs-rich-text > .body').length > 1
  && [...document.querySelectorAll('cs-trace cs-rich-text > .body')].every((body) => body.textContent.trim() !== '')
  && [...document.querySelectorAll('cs-trace article img')].every((image) => image.complete && image.naturalWidth > 0)`;

/** Presses a key in a page and resolves to the milliseconds until its effect was painted. */
async function press(page: Page, frame: Frame | Page, key: string, count: number): Promise<number> {
  await page.keyboard.press(key);
  const slow = delay(10_000).then(() => {
    throw new Error(`No new trace was painted within 10 s of key ${count + 1}.`);
  });
  slow.catch(() => {});
  await frame.waitForFunction(`window.paints.length > ${count}`, undefined, { timeout: 5000 });
  const took = await Promise.race([frame.evaluate(`window.paints[${count}]`), slow]);
  await delay(pauseMs);
  return took as number;
}

/** A page that only writes a number when a key is pressed: what keys and frames cost here without us. */
async function emptyPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  await page.setContent('<p id="count">0</p>');
  await page.evaluate(
    clock(
      'ArrowDown',
      `(before) => (() => Number(count.textContent))() > before`,
      '() => Number(count.textContent)',
    ),
  );
  await page.evaluate(
    `addEventListener('keydown', () => { count.textContent = Number(count.textContent) + 1; })`,
  );
  return page;
}

/** The built trace editor with a dataset in memory. */
async function surfacePage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, 'webview-page.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  });
  const rows = generateRows(200).map(({ prompt, completion, ground_truth }) => ({
    prompt: `${prompt} Solve $\\frac{a}{b} = ${prompt.length}$.`,
    completion,
    truth: ground_truth,
  }));
  const styles = ['media/codicon.css', 'media/katex.min.css', 'media/tokens.css', 'webview/trace-editor.css'];
  const html = `<!DOCTYPE html><html lang="en"><head>${styles.map((name) => `<link rel="stylesheet" href="/${name}">`).join('')}</head>
<body data-surface="trace-editor"><coldstart-trace-editor></coldstart-trace-editor>
<script>const benchRows = ${JSON.stringify(rows).replaceAll('</', '<\\/')};</script><script src="/host.js"></script>
<script type="module" src="/webview/trace-editor.js"></script></body></html>`;
  await page.route(`${origin}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    const contentType = mime[extname(pathname)] ?? 'text/html';
    if (pathname === '/') return route.fulfill({ contentType, body: html });
    if (pathname === '/host.js')
      return route.fulfill({ contentType, body: bundle.outputFiles[0]?.text ?? '' });
    return route.fulfill({ contentType, body: readFileSync(join(dist, pathname)) });
  });
  await page.goto(origin);
  await page.locator('cs-trace article img').first().waitFor({ timeout: 15_000 });
  await page.evaluate(clock('ArrowDown', nextShown, shownLine));
  return page;
}

/** The trace editor in a real VS Code, on a file with pictures; the frame is that of the webview. */
async function editorInVsCode(browser: Browser, folder: string) {
  mkdirSync(join(folder, 'images'), { recursive: true });
  for (let number = 0; number < 16; number++) {
    const background = { r: number * 15, g: 120, b: 255 - number * 15 };
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 };
    const image = sharp({ create: { width: 640, height: 420, channels: 3, background, noise } });
    await image.png().toFile(join(folder, 'images', `${number}.png`));
  }
  const rows = generateRows(600).map((row, index) => ({ ...row, images: [`images/${index % 16}.png`] }));
  writeFileSync(join(folder, 'traces.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  // Loaded late: these scripts are ES modules that wait at their top, which tsx cannot require.
  const { startHost } = await import('../../scripts/vscode-host/start.mjs');
  const host = await startHost({ vscode: 'newest', folder });
  try {
    const workbench = await Workbench.open(browser, host, { width: 1200, height: 900 });
    await workbench.openWith('traces.jsonl', 'Coldstart Trace Editor');
    const inside = workbench.webview().locator('cs-trace article img').first();
    await inside.waitFor({ timeout: 30_000 });
    await workbench
      .webview()
      .locator('.trace-scroll')
      .click({ position: { x: 5, y: 5 } });
    const frame = await (await inside.elementHandle())?.ownerFrame();
    if (!frame) throw new Error('the trace editor has no frame');
    await frame.evaluate(clock('j', nextShown, shownLine));
    return { frame, page: workbench.page, stop: () => host.stop() };
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** A key press until the next trace is painted, with picture, in plain Chromium and in VS Code. */
export async function benchWebview(bench: Bench): Promise<void> {
  const browser = await launchBrowser();
  let stop = async () => {};
  try {
    const empty = await emptyPage(browser);
    const surface = await surfacePage(browser);
    await compareKeys(
      bench,
      'key to next trace painted',
      { page: surface, frame: surface, key: 'ArrowDown' },
      empty,
    );
    await surface.close();
    bench.say('starting VS Code');
    const editor = await editorInVsCode(browser, join(bench.scratch, 'workspace'));
    stop = editor.stop;
    await compareKeys(bench, 'key to next trace painted in VS Code', { ...editor, key: 'j' }, empty);
  } finally {
    await browser.close();
    await stop();
  }
}

async function compareKeys(
  bench: Bench,
  measure: string,
  { page, frame, key }: { page: Page; frame: Frame | Page; key: string },
  empty: Page,
): Promise<void> {
  const rounds = Math.max(1, Math.round(5 * bench.options.scale));
  const times: number[] = [];
  const others: number[] = [];
  for (let round = -1; round < rounds; round++) {
    bench.options.signal.throwIfAborted();
    bench.say(`${measure}: round ${Math.max(0, round) + 1} of ${rounds}`);
    const keys = round < 0 ? 5 : keysPerRound;
    const seen = Number(await frame.evaluate('paints.length'));
    const seenEmpty = Number(await empty.evaluate('paints.length'));
    for (let count = 0; count < keys; count++) {
      const took = await press(page, frame, key, seen + count);
      const other = await press(empty, empty, 'ArrowDown', seenEmpty + count);
      if (round >= 0) {
        times.push(took);
        others.push(other);
      }
    }
  }
  const shared = { unit: 'ms', baseline: 'the same key on an empty page' };
  bench.record({
    ...shared,
    measure: `${measure}, p50`,
    value: median(times),
    baseline_value: median(others),
  });
  bench.record({
    ...shared,
    measure: `${measure}, p95`,
    value: quantile(times, 0.95),
    baseline_value: quantile(others, 0.95),
    bar: { value: 50 },
  });
}

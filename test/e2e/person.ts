import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostOptions, type RunningHost, startHost } from '../../scripts/vscode-host/start.mjs';
import { launchBrowser, Workbench, type WorkbenchOptions } from './driver.ts';

/** One person before one window: the folder they work in and the workbench that shows it. */
export interface Person {
  readonly folder: string;
  readonly host: RunningHost;
  readonly workbench: Workbench;
}

export type Step = readonly [title: string, act: (person: Person) => Promise<void>];

export interface Walk {
  /** Writes the workspace into an empty folder. */
  readonly prepare: (folder: string) => Promise<void> | void;
  readonly host?: Omit<HostOptions, 'folder'> | (() => Omit<HostOptions, 'folder'>);
  readonly window?: WorkbenchOptions;
  readonly steps: readonly Step[];
  /** Ends what the walk left running outside VS Code. */
  readonly finish?: (folder: string) => void;
  /** Why the walk cannot be done on this machine, naming what is missing; null when it can. */
  readonly missing?: string | null;
}

/** Screenshots of failed steps and what the extension has logged; an ignored folder that each run of the suites empties. */
const reports = fileURLToPath(new URL('../../.cache/test-reports/e2e', import.meta.url));
/** What the extension has written to its output channel, in every window so far. */
function logged({ host }: Person): string {
  const logs = readdirSync(host.userData, { recursive: true, encoding: 'utf8' });
  return logs
    .filter((file) => path.basename(file) === 'Coldstart.log')
    .map((file) => `${file}\n${readFileSync(path.join(host.userData, file), 'utf8')}`)
    .join('\n');
}

const fileName = (text: string): string => text.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 80);

/**
 * Walks the steps in one window of one host, in order. After a failed step the rest is skipped, what the window
 * showed is printed, and a screenshot lies in the reports folder; at the end the window must have reported no error and no breach of the security policy.
 */
export function walk(title: string, given: Walk): void {
  describe.skipIf(given.missing)(given.missing ? `${title} (skipped: ${given.missing})` : title, () => {
    let person: Person | undefined;
    let failed: string | undefined;
    let close: () => Promise<void> = async () => undefined;

    beforeAll(async () => {
      // Not named after the product: what VS Code says of files in it would pass for the extension's.
      const folder = mkdtempSync(path.join(tmpdir(), 'person-'));
      await given.prepare(folder);
      const options = typeof given.host === 'function' ? given.host() : (given.host ?? {});
      const host = await startHost({ ...options, folder });
      const browser = await launchBrowser();
      close = async () => {
        await browser.close();
        await host.stop();
        given.finish?.(folder);
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      };
      person = { folder, host, workbench: await Workbench.open(browser, host, given.window) };
    });
    afterAll(() => close());

    const steps: readonly Step[] = [
      ...given.steps,
      ['the window has reported no error', async ({ workbench }) => expect(workbench.problems).toEqual([])],
    ];
    for (const [name, act] of steps) {
      it(name, async ({ skip }) => {
        if (failed) skip(`“${failed}” failed before`);
        if (!person) throw new Error('The window did not open.');
        try {
          await act(person);
        } catch (error) {
          failed = name;
          const report = fileName(`${title} ${name}`);
          await person.workbench.screenshot(report, reports);
          console.error(await person.workbench.described());
          writeFileSync(path.join(reports, `${report}.log`), logged(person));
          throw error;
        }
      });
    }
  });
}

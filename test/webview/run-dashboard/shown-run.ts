import { afterEach } from 'vitest';
import type { RunView } from '../../../src/protocol/run-dashboard.ts';
import type { CommandName } from '../../../webview/run-dashboard/actions.ts';
import type { RunDashboard } from '../../../webview/run-dashboard/run-dashboard.ts';
import '../../../webview/run-dashboard/run-dashboard.ts';
import { type FakeGroup, type FakeOptions, type FakeRun, fakeRun } from './fake-run.ts';

let open: RunDashboard | null = null;

afterEach(() => {
  open?.remove();
  open = null;
});

export interface ShownRun {
  readonly host: FakeRun;
  readonly element: RunDashboard;
  /** The text of what `selector` finds first, white space made even. */
  text(selector: string): string;
  all(selector: string): HTMLElement[];
  click(selector: string): void;
  /** Sends a key's command as VS Code does, and waits until the page has answered to it. */
  command(name: CommandName): Promise<void>;
}

/** Waits until `ready` holds; the page works in microtasks, frames and the host's answers. */
export async function until(ready: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 20_000;
  while (!ready()) {
    if (performance.now() > end) throw new Error(`Never came true: ${what}`);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

/** Shows a dashboard of a fake run, after its first reading; it goes after the test. */
export async function show(options: FakeOptions = {}, state?: Record<string, unknown>): Promise<ShownRun> {
  document.body.dataset.surface = 'run-dashboard';
  const host = fakeRun(options);
  if (state) host.transport.writeState(state);
  const element = document.createElement('coldstart-run-dashboard');
  document.body.append(element);
  open = element;
  element.start(host.transport);
  await until(() => element.querySelector('.run-bar, [role="alert"]') !== null, 'the first reading');
  const all = (selector: string) => [...element.querySelectorAll<HTMLElement>(selector)];
  const even = (text: string) => text.replace(/\s+/g, ' ').trim();
  return {
    host,
    element,
    all,
    text: (selector) => even(all(selector)[0]?.textContent ?? ''),
    click: (selector) => all(selector)[0]?.click(),
    async command(name) {
      host.deliver({ type: 'event', event: 'command', data: { name } });
      await settle(element);
    },
  };
}

export async function settle(element: RunDashboard): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    await element.updateComplete;
  }
}

export const group = (
  prompt: string,
  rewards: readonly number[],
  texts: readonly string[] = [],
): FakeGroup => ({
  prompt,
  truth: '12',
  rollouts: rewards.map((reward, at) => ({
    text: texts[at] ?? `<think>${prompt} thought ${at}</think>\n<answer>\\boxed{${at}}</answer>`,
    reward,
    rewards: { answer: reward >= 1 ? 1 : 0, format: reward % 1 > 0.1 ? 1 : 0 },
    advantage: reward - 0.5,
    verdict: reward >= 1 ? 'correct' : 'incorrect',
  })),
});

export const groupsOf = (step: number): FakeGroup[] => [
  group(`mixed at ${step}`, [0, 1.2, 0.2, 1]),
  group(`bad at ${step}`, [0, 0, 0, 0]),
  group(`good at ${step}`, [1.2, 1.2, 1.2, 1.2]),
];

export const rollouts = (run: Partial<RunView> = {}): FakeOptions => ({
  groups: groupsOf,
  run: { rolloutSteps: [1, 2, 3], step: 3, ...run },
});

/** What is stored of a first visit, with the rollouts in front. */
export const first = {
  version: 1,
  folder: '/f',
  tab: 'rollouts',
  step: null,
  group: null,
  order: 'file',
  search: '',
  source: false,
  diff: false,
  listWidth: 300,
  allMetrics: false,
  stream: 'stdout',
  promoted: [],
};

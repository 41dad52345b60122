import type {} from '@vitest/browser-playwright';
import { cdp } from 'vitest/browser';

declare global {
  interface Window {
    ranScript(): void;
  }
}

/** What hostile text managed to do. */
export interface Caught {
  scripts: number;
  readonly requests: string[];
  readonly navigations: string[];
}

/** The fonts of KaTeX load when the first formula is drawn; nothing else may. */
const expected = /\/katex\/dist\/fonts\/[\w-]+\.(woff2?|ttf)/;

interface Traps {
  readonly caught: Caught;
  /** Resolves when everything that was asked of the network before the call has been reported. */
  settled(): Promise<void>;
}

/** Counts scripts that run, requests of any frame as the browser itself reports them, and navigations (stopped). */
export async function setTraps(): Promise<Traps> {
  const caught: Caught = { scripts: 0, requests: [], navigations: [] };
  window.ranScript = () => {
    caught.scripts += 1;
  };
  const waiting = new Map<string, () => void>();
  const session = cdp();
  session.on('Network.requestWillBeSent', ({ request }) => {
    const end = new URL(request.url).searchParams.get('settled');
    if (end !== null) waiting.get(end)?.();
    else if (!expected.test(request.url)) caught.requests.push(request.url);
  });
  session.on('Network.webSocketCreated', ({ url }) => caught.requests.push(url));
  session.on('Page.frameRequestedNavigation', ({ url }) => caught.navigations.push(url));
  session.on('Page.windowOpen', ({ url }) => caught.navigations.push(url));
  await session.send('Network.enable');
  await session.send('Page.enable');
  window.navigation.addEventListener('navigate', (event) => {
    event.preventDefault();
    caught.navigations.push(event.destination.url);
  });
  return {
    caught,
    async settled() {
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      const name = crypto.randomUUID();
      const reported = new Promise<void>((resolve) => waiting.set(name, resolve));
      await fetch(`/?settled=${name}`).catch(() => undefined);
      await reported;
    },
  };
}

/** Touches every element as a person might, with the mouse and the keyboard. */
export function touchAll(root: ParentNode): void {
  for (const target of root.querySelectorAll<HTMLElement>('*')) {
    for (const name of ['pointerover', 'mouseover', 'mouseenter', 'pointerdown', 'mousedown', 'auxclick'])
      target.dispatchEvent(new MouseEvent(name, { bubbles: true }));
    target.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    target.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
  }
}

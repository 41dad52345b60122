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

interface Traps {
  readonly caught: Caught;
  /** Resolves when everything that was asked of the network before the call has been reported. */
  settled(): Promise<void>;
  /** Takes the traps away: what the page does after its tests is nobody's. */
  release(): void;
}

/** The fonts of KaTeX load when the first formula is drawn; nothing else may. */
const expected = /\/katex\/dist\/fonts\/[\w-]+\.(woff2?|ttf)/;

/** Counts scripts that run, requests as the browser itself reports them (failed ones, too), and navigations (stopped). */
export function setTraps(): Traps {
  const caught: Caught = { scripts: 0, requests: [], navigations: [] };
  window.ranScript = () => {
    caught.scripts += 1;
  };
  const waiting = new Map<string, () => void>();
  const observer = new PerformanceObserver((entries) => {
    for (const { name } of entries.getEntries()) {
      const end = new URL(name, location.href).searchParams.get('settled');
      if (end !== null) waiting.get(end)?.();
      else if (!expected.test(name)) caught.requests.push(name);
    }
  });
  observer.observe({ type: 'resource' });
  const stop = new AbortController();
  window.navigation.addEventListener(
    'navigate',
    (event) => {
      event.preventDefault();
      caught.navigations.push(event.destination.url);
    },
    { signal: stop.signal },
  );
  return {
    caught,
    async settled() {
      const name = crypto.randomUUID();
      const reported = new Promise<void>((resolve) => waiting.set(name, resolve));
      await fetch(`/?settled=${name}`).catch(() => undefined);
      await reported;
    },
    release() {
      observer.disconnect();
      stop.abort();
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

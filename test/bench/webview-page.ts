import { fakeDataset } from '../webview/trace-editor/fake-dataset.ts';

/** What the bench puts on the page before this script: one list of traces, shown again and again. */
declare const benchRows: readonly { prompt: string; completion: string; truth: string }[];

const width = 640;
const height = 420;

/** A drawing of its own for each of a few rows, so that pictures are decoded anew. */
function draw(number: number): Uint8Array<ArrayBuffer> {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  for (let cell = 0; cell < 48; cell++) {
    context.fillStyle = `hsl(${(cell * 37 + number * 11) % 360} 60% 60%)`;
    context.fillRect((cell % 8) * 80, Math.floor(cell / 8) * 70, 78, 68);
  }
  const base64 = canvas.toDataURL('image/png').replace(/^data:[^,]*,/, '');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

const pictures = Array.from({ length: 16 }, (_, number) => draw(number));
const view = { source: 'images/1.png', status: 'ready' as const, message: '', width, height, tokens: 345 };
const host = fakeDataset({
  rows: 100_000,
  row(index) {
    const { prompt, completion, truth } = benchRows[index % benchRows.length] as (typeof benchRows)[number];
    return { prompt, completion, truth, read: truth, verdict: 'correct', images: [view] };
  },
  picture: (index) => ({
    bytes: pictures[index % pictures.length] as Uint8Array<ArrayBuffer>,
    width,
    height,
  }),
});
host.transport.listen((data) => window.dispatchEvent(new MessageEvent('message', { data })));

/** Stands in for VS Code's own function: the built surface runs as it is. */
Object.assign(globalThis, {
  acquireVsCodeApi: () => ({
    postMessage: host.transport.post,
    getState: host.transport.readState,
    setState: host.transport.writeState,
  }),
});

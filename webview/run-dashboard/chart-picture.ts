import type { ChartTheme } from './chart-theme.ts';

const head = 30;
const margin = 12;

/** A chart as a PNG on the theme's background, under its title and the name of the run. */
export function chartPicture(
  chart: HTMLCanvasElement,
  title: string,
  about: string,
  theme: ChartTheme,
): Promise<Blob> {
  const ratio = devicePixelRatio;
  const canvas = document.createElement('canvas');
  canvas.width = chart.width + 2 * margin * ratio;
  canvas.height = chart.height + (head + margin) * ratio;
  const context = canvas.getContext('2d');
  if (context) {
    context.fillStyle = theme.background;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(chart, margin * ratio, head * ratio);
    context.scale(ratio, ratio);
    const [size = '', ...family] = theme.font.split(' ');
    context.font = `600 13px ${family.join(' ') || size}`;
    context.fillStyle = theme.title;
    context.fillText(title, margin, 20);
    const width = context.measureText(`${title}  `).width;
    context.font = theme.font;
    context.fillStyle = theme.text;
    context.fillText(about, margin + width, 20);
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The chart has no size.'))),
      'image/png',
    );
  });
}

/** Bytes as base64, as messages carry them. */
export function bytesToBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

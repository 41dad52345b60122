import type { ChartTheme } from './chart-theme.ts';

const margin = 12;

/** A line of a chart as a legend names it. */
export interface NamedLine {
  readonly name: string;
  readonly stroke: string;
  readonly dash: readonly number[];
}

/** A chart as a PNG on the theme's background, under its title and the name of the run, or a legend of several. */
export function chartPicture(
  chart: HTMLCanvasElement,
  title: string,
  about: string,
  theme: ChartTheme,
  lines: readonly NamedLine[] = [],
): Promise<Blob> {
  const legend = placeLegend(lines, theme.font, chart.width / devicePixelRatio);
  const head = 30 + 20 * (1 + (legend.at(-1)?.row ?? -1));
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
    if (legend.length > 0) drawLegend(context, legend);
    else context.fillText(about, margin + width, 20);
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The chart has no size.'))),
      'image/png',
    );
  });
}

interface PlacedLine extends NamedLine {
  /** px from the left edge of the chart. */
  readonly left: number;
  readonly row: number;
}

/** Entries one after another, in as many rows as `width` px need. */
function placeLegend(lines: readonly NamedLine[], font: string, width: number): PlacedLine[] {
  const measure = document.createElement('canvas').getContext('2d');
  if (measure) measure.font = font;
  let [left, row] = [0, 0];
  return lines.map((line) => {
    const size = 30 + (measure?.measureText(line.name).width ?? 0);
    if (left > 0 && left + size > width) [left, row] = [0, row + 1];
    const placed = { ...line, left, row };
    left += size + 16;
    return placed;
  });
}

function drawLegend(context: CanvasRenderingContext2D, lines: readonly PlacedLine[]): void {
  context.lineWidth = 2;
  for (const { name, stroke, dash, left, row } of lines) {
    context.strokeStyle = stroke;
    context.setLineDash([...dash]);
    context.beginPath();
    context.moveTo(margin + left, 36 + 20 * row);
    context.lineTo(margin + left + 24, 36 + 20 * row);
    context.stroke();
    context.fillText(name, margin + left + 30, 40 + 20 * row);
  }
}

/** Bytes as base64, as messages carry them. */
export function bytesToBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

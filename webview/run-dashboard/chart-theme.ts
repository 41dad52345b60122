/** Colours and font of the charts, as the window's theme has them now. */
export interface ChartTheme {
  readonly train: string;
  readonly eval: string;
  readonly share: string;
  readonly text: string;
  readonly title: string;
  readonly background: string;
  readonly grid: string;
  readonly gridDash: number[];
  readonly mark: string;
  readonly checkpoint: string;
  readonly odd: string;
  /** Of compared runs, the dashboard's own first. */
  readonly looks: readonly string[];
  readonly font: string;
  /** Strength of the raw points under a smoothed line. */
  readonly faint: number;
}

/** Reads the theme's colours from the page; a canvas cannot use custom properties itself. */
export function readChartTheme(): ChartTheme {
  const style = getComputedStyle(document.body);
  const color = (...names: string[]): string => {
    for (const name of names) {
      const value = style.getPropertyValue(`--vscode-${name}`).trim();
      if (value !== '' && value !== 'transparent') return value;
    }
    return style.color || 'gray';
  };
  const contrast = document.body.matches('.vscode-high-contrast, .vscode-high-contrast-light');
  return {
    train: color('charts-blue'),
    eval: color('charts-purple'),
    // Orange is the mark of found text in some themes, too dark for a line.
    share: color('charts-yellow'),
    title: color('foreground'),
    background: color('editor-background'),
    text: color('descriptionForeground', 'foreground'),
    grid: contrast
      ? color('contrastBorder')
      : color('editorIndentGuide-background1', 'editorIndentGuide-background', 'panel-border'),
    gridDash: contrast ? [1, 4] : [],
    mark: color('focusBorder'),
    checkpoint: color('charts-green'),
    odd: color('charts-red', 'errorForeground'),
    looks: ['blue', 'green', 'purple', 'yellow', 'red'].map((name) => color(`charts-${name}`)),
    font: `11px ${style.getPropertyValue('--vscode-font-family') || 'sans-serif'}`,
    faint: contrast ? 0.55 : 0.3,
  };
}

/** Calls back when VS Code changes the theme: it then sets classes of the body and properties of the root. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  return () => observer.disconnect();
}

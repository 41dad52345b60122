/** What a chart of a run is called as a file, without an extension: simple characters only, as the contract asks. */
export function chartFileName(run: string, metric: string): string {
  const simple = `${run} ${metric}`.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '');
  return simple.slice(0, 120) || 'chart';
}

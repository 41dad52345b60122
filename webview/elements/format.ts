const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const threeDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** A count with thousands separators: `12,345`. */
export const formatCount = (value: number): string => whole.format(value);

/** A measurement with three significant digits; very small and very large ones in scientific notation. */
export function formatMetric(value: number | 'NaN' | 'Infinity' | '-Infinity' | null): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value === 'Infinity' ? '∞' : value === '-Infinity' ? '−∞' : 'NaN';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2).replace('-', '−');
  return threeDigits.format(value).replace('-', '−');
}

/** `1 h 12 m`, `3 m 20 s`, `8 s`. */
export function formatDuration(seconds: number): string {
  const all = Math.max(0, Math.round(seconds));
  if (all < 60) return `${all} s`;
  if (all < 3600) return `${Math.floor(all / 60)} m ${all % 60} s`;
  const hours = Math.floor(all / 3600);
  return `${whole.format(hours)} h ${Math.floor((all % 3600) / 60)} m`;
}

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** A file size in decimal units with three significant digits: `14.3 MB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${threeDigits.format(bytes / 1000 ** power)} ${units[power]}`;
}

export interface SpecRow {
  readonly name: string;
  /** Null for what was left open. */
  readonly value: string | null;
}

export interface SpecSection {
  /** Empty for the values at the top. */
  readonly title: string;
  readonly rows: readonly SpecRow[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function text(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number')
    return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value);
  if (Array.isArray(value) && value.every((item) => !isObject(item) && !Array.isArray(item))) {
    return value.length === 0 ? 'none' : value.map(String).join(', ');
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function flatten(prefix: string, value: unknown): SpecRow[] {
  if (Array.isArray(value) && value.some(isObject)) {
    return value.flatMap((item, at) => flatten(`${prefix}[${at}]`, item));
  }
  if (!isObject(value)) return [{ name: prefix, value: text(value) }];
  const entries = Object.entries(value);
  if (entries.length === 0) return prefix ? [{ name: prefix, value: 'none' }] : [];
  return entries.flatMap(([key, inner]) => flatten(prefix ? `${prefix}.${key}` : key, inner));
}

/** A run spec as a table: plain values first, then one section for each object or list of objects. */
export function specSections(spec: unknown): SpecSection[] {
  if (!isObject(spec))
    return spec === null || spec === undefined ? [] : [{ title: '', rows: flatten('spec', spec) }];
  const entries = Object.entries(spec);
  const nested = ([, value]: [string, unknown]) =>
    isObject(value) || (Array.isArray(value) && value.some(isObject));
  const plain = entries
    .filter((entry) => !nested(entry))
    .map(([name, value]) => ({ name, value: text(value) }));
  const sections = entries.filter(nested).map(([title, value]) => ({ title, rows: flatten('', value) }));
  return [{ title: 'Spec', rows: plain }, ...sections].filter(({ rows }) => rows.length > 0);
}

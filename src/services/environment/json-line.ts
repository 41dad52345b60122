import type { z } from 'zod';

/** What a line that a child wrote says by a schema; null for any other line, since libraries print as they like. */
export function readJsonLine<T>(text: string, schema: z.ZodType<T>): T | null {
  if (!text.startsWith('{')) return null;
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** The last of the lines that says something by the schema, or null. */
export function lastJsonLine<T>(lines: readonly string[], schema: z.ZodType<T>): T | null {
  for (const line of lines.toReversed()) {
    const said = readJsonLine(line, schema);
    if (said !== null) return said;
  }
  return null;
}

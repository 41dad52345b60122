/** How string literals of a row are spelled, so that a new one looks like the old ones. */
export interface LiteralStyle {
  /** Everything outside printable ASCII is written as `\u` escapes, as Python's json does by default. */
  readonly ascii: boolean;
  /** `/` is written as `\/`, as PHP does. */
  readonly slash: boolean;
  /** Hex digits of escapes in upper case. */
  readonly upper: boolean;
}

const beyondAscii = /[^\x00-\x7f]/;

/** The style of a row's text: ASCII-escaped when it is pure ASCII and has a `\u` escape of something beyond ASCII. */
export function literalStyle(text: string): LiteralStyle {
  const escapes = text.match(/\\u(?!00[0-7])[0-9a-f]{4}/gi) ?? [];
  return {
    ascii: escapes.length > 0 && !beyondAscii.test(text),
    slash: /[^\\](?:\\\\)*\\\//.test(text) && !/[^\\](?:\\\\)*\//.test(text),
    upper:
      escapes.some((found) => /[A-F]/.test(found)) && !escapes.some((found) => /[a-f]/.test(found.slice(2))),
  };
}

/** The inside of a JSON string literal for `text`; a lone surrogate is always escaped, as UTF-8 cannot carry it. */
export function encodeText(text: string, style: LiteralStyle): string {
  let encoded = JSON.stringify(text).slice(1, -1);
  const escaped = (unit: string): string => {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${style.upper ? hex.toUpperCase() : hex}`;
  };
  if (style.ascii) encoded = encoded.replace(/[\x7f-\uffff]/g, escaped);
  if (style.slash) encoded = encoded.replaceAll('/', '\\/');
  return encoded;
}

/** A JSON string literal of `text`, escaped as the row's own literals are. */
export function stringLiteral(text: string, style: LiteralStyle): string {
  return `"${encodeText(text, style)}"`;
}

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Whether a text is a number as JSON spells numbers. */
export function isNumberLiteral(text: string): boolean {
  return number.test(text);
}

import type { ImageRef, Json, JsonPath } from '../trace.ts';
import { type Draft, isObject, own, presentKey, report, typeName } from './draft.ts';

const imageKeys = [
  'images',
  'image',
  'image_path',
  'image_paths',
  'image_url',
  'image_file',
  'img',
  'img_path',
] as const;

const longestShown = 200;
const scheme = /^(?:([a-z][a-z0-9+.-]+):\/\/|(data|file):)/i;
const base64Text = /^[A-Za-z0-9+/\r\n]{256,}={0,2}\s*$/;

/** What a string in an image field is: a path, a data URI, an address, bare base64, or nothing. */
function imageFromText(text: string, at: JsonPath): ImageRef {
  if (text.trim() === '') return { kind: 'invalid', source: text, at };
  const found = scheme.exec(text.slice(0, 64));
  const name = (found?.[1] ?? found?.[2])?.toLowerCase();
  if (name === 'data') return { kind: 'data', source: dataHead(text), at };
  if (name !== undefined && name !== 'file') return { kind: 'remote', source: text.slice(0, 2048), at };
  if (base64Text.test(text)) return { kind: 'bytes', source: `base64 text, ${text.length} characters`, at };
  if (text.includes('\0') || text.length > 4096)
    return { kind: 'invalid', source: text.slice(0, longestShown), at };
  return { kind: 'path', source: text, at };
}

function dataHead(text: string): string {
  const comma = text.indexOf(',');
  const head = text.slice(0, comma < 0 || comma > longestShown ? longestShown : comma + 1);
  return `${head}… (${text.length} characters)`;
}

/** One image as a string, `{bytes, path}` (Hugging Face), `{path}`, `{url}` or `{image}`; anything else is `invalid`. */
export function imageFromValue(draft: Draft, value: Json | undefined, at: JsonPath): ImageRef {
  if (typeof value === 'string') {
    const image = imageFromText(value, at);
    if (image.kind === 'invalid') {
      const what = value.trim() === '' ? 'is empty' : 'is neither a path nor a picture';
      report(draft, 'error', 'image-invalid', `An image reference ${what}.`, field(at));
    }
    return image;
  }
  if (isObject(value)) {
    const bytes = own(value, 'bytes');
    if (typeof bytes === 'string' || (Array.isArray(bytes) && bytes.length > 0)) {
      const size = bytes.length;
      const name = own(value, 'path');
      const source = typeof name === 'string' && name !== '' ? name : `bytes in the row (${size})`;
      return { kind: 'bytes', source, at: [...at, 'bytes'] };
    }
    for (const key of ['path', 'url', 'image', 'image_url', 'file_name']) {
      const inner = own(value, key);
      if (typeof inner !== 'string') continue;
      report(
        draft,
        'info',
        'image-struct',
        `An image is an object, not a path; its \`${key}\` is used.`,
        field(at),
      );
      return imageFromValue(draft, inner, [...at, key]);
    }
  }
  report(draft, 'error', 'image-invalid', `An image reference is ${typeName(value)}, not a path.`, field(at));
  return { kind: 'invalid', source: typeName(value), at };
}

/** Reads the first image field of the row (or the named one): a list, one string, one object, or null. */
export function readImages(draft: Draft, keys: readonly string[] = imageKeys): void {
  const key = presentKey(draft.row, keys);
  if (key === undefined) return;
  draft.used.add(key);
  readImagesAt(draft, own(draft.row, key), [key]);
}

export function readImagesAt(draft: Draft, value: Json | undefined, at: JsonPath): void {
  if (Array.isArray(value)) {
    for (const [position, item] of value.entries()) {
      draft.images.push(imageFromValue(draft, item, [...at, position]));
    }
    draft.pool = draft.images.length;
    return;
  }
  if (value === null || value === undefined) {
    report(draft, 'info', 'images-null', `\`${at.join('.')}\` is null: the trace has no image.`, field(at));
    return;
  }
  const plural = at.at(-1) === 'images' || at.at(-1) === 'image_paths';
  if (plural) {
    const message = `\`${at.join('.')}\` is ${typeName(value)}, not a list; it is read as one image.`;
    report(draft, 'warning', 'images-not-a-list', message, field(at));
  }
  draft.images.push(imageFromValue(draft, value, at));
  draft.pool = draft.images.length;
}

function field(at: JsonPath): { field: string } {
  return { field: String(at[0] ?? '') };
}

import type { Json, JsonPath, PromptPart, TextValue, Turn } from '../trace.ts';
import {
  compose,
  type Draft,
  inlineImage,
  isObject,
  nextImage,
  own,
  report,
  splitPlaceholders,
  typeName,
} from './draft.ts';
import { imageFromValue } from './images.ts';

type Piece = { text: string; at: JsonPath | null };

const roles: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
  function_call: 'assistant',
  tool: 'tool',
  function: 'tool',
  observation: 'tool',
  ipython: 'tool',
};

/** Content parts whose text belongs to a tag of ours when a turn is read as one text. */
const wrapped: Readonly<Record<string, string>> = {
  reasoning: 'think',
  thinking: 'think',
  reasoning_content: 'think',
  tool_call: 'tool_call',
};

/**
 * Reads a list of messages (`role`/`content` or `from`/`value`; content a string or a list of parts). When the last
 * message is the assistant's it is the completion and the others are the turns; else all are turns.
 */
export function readMessages(draft: Draft, value: Json | undefined, at: JsonPath): void {
  if (!Array.isArray(value)) {
    report(
      draft,
      'error',
      'messages-type',
      `\`${at.join('.')}\` is ${typeName(value)}, not a list of messages.`,
      {
        field: String(at[0]),
      },
    );
    return;
  }
  const last = value.length - 1;
  for (const [position, message] of value.entries()) {
    const here = [...at, position];
    if (!isObject(message)) {
      report(
        draft,
        'error',
        'message-type',
        `Message ${position + 1} is ${typeName(message)}, not an object.`,
        {
          field: String(at[0]),
        },
      );
      continue;
    }
    const role = messageRole(draft, message, position, at);
    if (role === 'assistant' && position === last) draft.completion = messageText(message, here);
    else draft.turns.push({ role, parts: messageParts(draft, message, here) });
  }
}

/** Reads the completion out of a list of messages: the text of its last assistant turn. */
export function completionFromMessages(draft: Draft, value: Json[], at: JsonPath): TextValue | null {
  for (let position = value.length - 1; position >= 0; position -= 1) {
    const message = value[position];
    if (!isObject(message)) continue;
    if (roles[roleName(message)] === 'assistant') return messageText(message, [...at, position]);
  }
  report(draft, 'warning', 'completion-missing', `\`${at.join('.')}\` has no assistant turn.`, {
    field: String(at[0]),
  });
  return null;
}

function roleName(message: { [key: string]: Json }): string {
  const name = own(message, 'role') ?? own(message, 'from');
  return typeof name === 'string' ? name.toLowerCase() : '';
}

function messageRole(
  draft: Draft,
  message: { [key: string]: Json },
  position: number,
  at: JsonPath,
): Turn['role'] {
  const name = roleName(message);
  const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
  if (role !== undefined) return role;
  const known = name === '' ? 'no role' : `an unknown role, "${name.slice(0, 40)}"`;
  report(
    draft,
    'warning',
    'role-unknown',
    `Message ${position + 1} has ${known}; it is read as the user's.`,
    {
      field: String(at[0]),
    },
  );
  return 'user';
}

function contentOf(
  message: { [key: string]: Json },
  at: JsonPath,
): { content: Json | undefined; at: JsonPath } {
  const key = Object.hasOwn(message, 'content') ? 'content' : 'value';
  return { content: own(message, key), at: [...at, key] };
}

function messageParts(draft: Draft, message: { [key: string]: Json }, messageAt: JsonPath): PromptPart[] {
  const { content, at } = contentOf(message, messageAt);
  if (typeof content === 'string') return splitPlaceholders(draft, content, at);
  if (Array.isArray(content)) {
    return content.flatMap((part, position) => readPart(draft, part, [...at, position]));
  }
  const text = messageText(message, messageAt);
  if (text !== null && text.text !== '') return [{ kind: 'text', value: text }];
  report(draft, 'warning', 'content-type', `A message's content is ${typeName(content)}, not text.`, {
    field: String(at[0]),
  });
  return [];
}

function readPart(draft: Draft, part: Json, at: JsonPath): PromptPart[] {
  if (typeof part === 'string') return splitPlaceholders(draft, part, at);
  const text = partText(part, at);
  if (text !== null) {
    if (text.tag === null) return splitPlaceholders(draft, text.text, text.at);
    return [{ kind: 'text', value: compose(wrap(text.tag, text)) }];
  }
  const type = own(part, 'type');
  if (typeof type === 'string' && type.includes('image')) return [readImagePart(draft, part, at)];
  report(draft, 'warning', 'part-unknown', `A content part is ${partName(part)}; it is left out.`, {
    field: String(at[0]),
  });
  return [];
}

/** `{type: image}` alone is a placeholder; with a source (OpenAI, Qwen, LLaMA-Factory v1) it is the image itself. */
function readImagePart(draft: Draft, part: Json, at: JsonPath): PromptPart {
  for (const key of ['image_url', 'image', 'url', 'path', 'value', 'source']) {
    const source = own(part, key);
    if (source === undefined || source === null) continue;
    const url = own(source, 'url');
    if (url !== undefined) return inlineImage(draft, imageFromValue(draft, url, [...at, key, 'url']));
    return inlineImage(draft, imageFromValue(draft, source, [...at, key]));
  }
  return nextImage(draft);
}

function partText(part: Json, at: JsonPath): { text: string; at: JsonPath; tag: string | null } | null {
  const type = own(part, 'type');
  const name = typeof type === 'string' ? type : '';
  if (name.includes('image') || name === 'video' || name === 'audio') return null;
  for (const key of ['text', 'value', name, 'content']) {
    const text = own(part, key);
    if (typeof text !== 'string') continue;
    return { text, at: [...at, key], tag: Object.hasOwn(wrapped, name) ? (wrapped[name] ?? null) : null };
  }
  return null;
}

function partName(part: Json): string {
  const type = own(part, 'type');
  return typeof type === 'string' ? `of type "${type.slice(0, 40)}"` : typeName(part);
}

function wrap(tag: string, piece: Piece): Piece[] {
  return [{ text: `<${tag}>`, at: null }, piece, { text: `</${tag}>`, at: null }];
}

/** A whole message as one text: reasoning and tool calls get their tags, parts are joined by a line end. */
function messageText(message: { [key: string]: Json }, messageAt: JsonPath): TextValue | null {
  const { content, at } = contentOf(message, messageAt);
  const blocks: Piece[][] = [];
  for (const key of ['reasoning_content', 'reasoning', 'thinking']) {
    const text = own(message, key);
    if (typeof text === 'string' && text !== '')
      blocks.push(wrap('think', { text, at: [...messageAt, key] }));
  }
  if (typeof content === 'string' && (content !== '' || blocks.length === 0))
    blocks.push([{ text: content, at }]);
  if (Array.isArray(content)) {
    for (const [position, part] of content.entries()) {
      if (typeof part === 'string') blocks.push([{ text: part, at: [...at, position] }]);
      const text = partText(part, [...at, position]);
      if (text !== null) blocks.push(text.tag === null ? [text] : wrap(text.tag, text));
    }
  }
  const calls = own(message, 'tool_calls');
  if (Array.isArray(calls)) {
    for (const call of calls) {
      blocks.push(wrap('tool_call', { text: JSON.stringify(own(call, 'function') ?? call), at: null }));
    }
  }
  if (blocks.length === 0) return null;
  return compose(
    blocks.flatMap((block, position) => (position === 0 ? block : [{ text: '\n', at: null }, ...block])),
  );
}

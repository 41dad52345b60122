import fc from 'fast-check';

/** What may stand in a row, and stretches of it: whole words, words cut in two, what lenses add, what needs escapes. */
const stretches = fc.constantFrom(
  ...[
    'wait',
    'Wait',
    'WAIT',
    'wa',
    'it',
    'no wait',
    '\nwait',
    '\\wait',
    'w\u212ait',
    'été',
    'ß',
    'k',
    '\u017f',
  ],
  ...[
    'think',
    '<think>',
    '</think>',
    'tool_call',
    'image',
    '<image>',
    'null',
    'Infinity',
    'true',
    '0x1f',
    '31',
  ],
  ...[
    '"pass_rate": 9',
    'pass_rate',
    '"content": [',
    ' ',
    '"',
    '/',
    '\u0007',
    '\ud83d\ude00',
    '\\boxed{4}',
    '12',
  ],
);
const texts = fc.array(stretches, { maxLength: 4 }).map((parts) => parts.join(''));
const scalars = fc.oneof(
  texts,
  fc.constantFrom(null, true, false, 0, -1.5, 31, 0.5, 1e21, 12, 'wait', 'TRUE', ' 7 ', 'x'),
);
const parts = fc.array(
  fc.oneof(
    texts,
    texts.map((text) => ({ type: 'text', text })),
    fc.constant({ type: 'image', image: 'a.png' }),
  ),
  { maxLength: 3 },
);
const messages = fc.array(
  fc.record(
    {
      role: fc.constantFrom('user', 'assistant', 'system', 'wait'),
      content: fc.oneof(texts, parts),
      reasoning_content: texts,
      tool_calls: fc.array(fc.dictionary(stretches, scalars, { maxKeys: 2 }), { maxLength: 2 }),
    },
    { requiredKeys: ['role', 'content'] },
  ),
  { maxLength: 3 },
);
/** Rows of many shapes at once. */
export const values = fc.record(
  {
    id: scalars,
    problem: texts,
    instruction: texts,
    input: texts,
    output: texts,
    messages,
    prompt: fc.oneof(texts, messages),
    completion: fc.oneof(scalars, fc.array(texts, { maxLength: 2 }), messages),
    ground_truth: fc.oneof(scalars, fc.array(scalars, { maxLength: 2 })),
    images: fc.array(stretches, { maxLength: 2 }),
    history: fc.array(fc.array(texts, { maxLength: 2 }), { maxLength: 2 }),
    pass_rate: fc.oneof(scalars, fc.array(scalars, { maxLength: 2 }), fc.dictionary(stretches, scalars)),
    meta: fc.record({ pass_rate: scalars, level: scalars }),
    été: scalars,
  },
  { requiredKeys: [] },
);

/** JSON as anybody may write it: letters as escapes here and there, white space, `\/`, keys given twice. */
export function written(value: unknown, chance: () => number): string {
  const space = () => (chance() < 0.2 ? ' \t'.charAt(Math.floor(chance() * 2)) : '');
  if (typeof value === 'string') {
    const plain = JSON.stringify(value).slice(1, -1);
    const mixed = plain.replace(/\\.|[^\\]/gs, (letter) => {
      if (letter === '/' && chance() < 0.5) return '\\/';
      if (letter.length > 1 || chance() > 0.1) return letter;
      const code = letter.charCodeAt(0).toString(16).padStart(4, '0');
      return `\\u${chance() < 0.5 ? code : code.toUpperCase()}`;
    });
    return `"${mixed}"`;
  }
  if (Array.isArray(value))
    return `[${space()}${value.map((item) => written(item, chance)).join(`,${space()}`)}]`;
  if (typeof value !== 'object' || value === null)
    return value === 1e21 ? '1.0E+21' : typeof value === 'number' && chance() < 0.05 ? '1e999' : `${value}`;
  const members = Object.entries(value).map(
    ([key, item]) => `${written(key, chance)}${space()}:${space()}${written(item, chance)}`,
  );
  if (members.length > 0 && chance() < 0.1) members.push(members[0] as string);
  if (chance() < 0.1) members.unshift('"pass_rate":"wait"');
  return `{${space()}${members.join(`,${space()}`)}${space()}}`;
}

/** Chances for `row`, evenly from 0 to 1: doubles of fast-check are nearly all next to nothing. */
export const noises = fc.array(
  fc.noBias(fc.nat(999)).map((thousandth) => thousandth / 1000),
  { minLength: 40, maxLength: 60 },
);

/** A row as it may stand in a file: broken, blank, marked, not UTF-8, in a list, or as it should be. */
export function row(value: object, noise: readonly number[]): Buffer {
  let at = 0;
  const chance = (): number => noise[at++ % noise.length] ?? 0;
  const text = written(value, chance);
  const kind = chance();
  if (kind < 0.04) return Buffer.from(text.slice(0, Math.floor(chance() * text.length)));
  if (kind < 0.06) return Buffer.from(`  `);
  if (kind < 0.08) return Buffer.from(`\ufeff${text}`);
  if (kind < 0.1) return Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0x7d])]);
  if (kind < 0.12) return Buffer.from(`[${text}]`);
  if (kind < 0.14) return Buffer.from(` ${text}`);
  return Buffer.from(kind < 0.16 ? `${text} x` : text);
}

const conditions = [
  ...[
    'wait',
    '"no wait"',
    '12',
    'think',
    'image',
    'tool_call',
    'null',
    'infinity',
    '"été"',
    '"/wait"',
    '"\\""',
  ],
  ...[
    '~wait|31',
    '~"\\bwait"',
    '~"wai."',
    '~wait|',
    'prompt:wait',
    'prompt=wait',
    'prompt~"waitwait|no wait"',
  ],
  ...[
    'completion:wait',
    'completion=Wait',
    'completion:true',
    'truth:wait',
    'truth:1',
    'segment(think):wait',
  ],
  ...['segment(tool_call):wait', 'id:wait', 'id:1', 'problem:row', 'words(completion)>2', 'has:pass_rate'],
  ...['pass_rate>0.3', 'pass_rate<=31', 'pass_rate=31', 'pass_rate:0x1f', 'pass_rate=true', 'pass_rate:null'],
  ...[
    'pass_rate:wait',
    'pass_rate~wait',
    'pass_rate>=w',
    'pass_rate!=12',
    'field(meta.pass_rate)>0',
    'été:wait',
  ],
  ...['line>3', 'edited:yes', 'has:image', 'bogus:1'],
];
const terms = fc
  .tuple(fc.constantFrom('', '', '', '-'), fc.constantFrom(...conditions))
  .map(([sign, condition]) => sign + condition);
/** One to three conditions about such rows. */
export const filters = fc
  .array(fc.tuple(terms, fc.constantFrom(' ', ' ', ' or ')), { minLength: 1, maxLength: 3 })
  .map((all) => all.map(([term, joint], at) => (at === 0 ? term : `${joint}${term}`)).join(''));

import { expect, it } from 'vitest';
import { withoutTerminalCodes } from '../../../src/core/text/terminal-codes.ts';

it.each([
  ['colours', '\x1b[31mred\x1b[0m \x1b[38;5;196mx\x1b[38:2::1:2:3my\x1b[4:3mz\x1b[m', 'red xyz'],
  ['colours in eight bits', '\x9b31mred\x9b0m', 'red'],
  ['moves and clears', 'kept\x1b[2J\x1b[1;1H\x1b[1A\x1b[2K\x1b[?25l\x1b[!p\x1b[>0cshown', 'keptshown'],
  ['a title', '\x1b]0;rm -rf\x07x\x1b]2;y\x1b\\z\x1b]2;y\x9cz', 'xzz'],
  ['a link', '\x1b]8;;https://example.org/\x1b\\text\x1b]8;;\x1b\\', 'text'],
  ['the clipboard', '\x1b]52;c;cm0gLXJm\x07y', 'y'],
  [
    'pictures and device strings',
    '\x1bPq#0;2;0\x1b\\a\x1b]1337;File=inline=1:AAAA\x07b\x1b_apc\x1b\\c\x1b^pm\x1b\\d',
    'abcd',
  ],
  ['short escapes', '\x1bcx\x1b7y\x1b8\x1b(Bz\x1b#8\x1b=', 'xyz'],
  ['a string that never ends', '\x1b]0;title\nerror: this must be seen', '0;title\nerror: this must be seen'],
  ['a sequence that never ends', '\x1b[1;2\nerror: seen', '1;2\nerror: seen'],
  ['a lone escape at the end', 'end\x1b', 'end\x1b'],
  ['what is no code', 'a[31m b]0; 10%\r20%\n\ttab', 'a[31m b]0; 10%\r20%\n\ttab'],
])('terminal codes: %s', (_, text, shown) => expect(withoutTerminalCodes(text)).toBe(shown));

it.each(['\x1b[', '\x1b]0;', '\x9b', '\x1b', '\x1b]', '\x1b[1;', '\x1b(', '\x1bP\x1b]', ';', '\x1b[ '])(
  'a log of nothing but %j is read',
  (piece) => {
    for (const text of [piece.repeat(262_144 / piece.length), `${piece}${'1'.repeat(262_144)}`])
      expect(withoutTerminalCodes(text).length).toBeLessThanOrEqual(text.length);
  },
);

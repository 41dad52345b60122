import { describe, expect, it } from 'vitest';
import { rowLayout } from '../../../../src/core/dataset/row-layout.ts';

describe('a row laid out for a diff', () => {
  const check = (row: unknown, ...lines: string[]) =>
    expect(rowLayout(JSON.stringify(row))).toBe(lines.join('\n'));

  it('puts each field under its name and each sentence on a line', () => {
    check(
      { id: 7, answer: 'One. Two? Three\nfour: 3.5 is 3.5!' },
      'id:',
      '  7',
      '',
      'answer:',
      '  One. ',
      '  Two? ',
      '  Three',
      '  four: 3.5 is 3.5!',
    );
    check({ text: '一。二！三' }, 'text:', '  一。', '  二！', '  三');
  });

  it('folds a long sentence between words, and never a word', () => {
    const word = 'x'.repeat(60);
    check({ text: `${word} ${word} ${word}` }, 'text:', `  ${word} `, `  ${word} `, `  ${word}`);
    const long = 'y'.repeat(300);
    check({ text: long }, 'text:', `  ${long}`);
  });

  it('names what is nested', () => {
    check(
      { messages: [{ role: 'user', content: 'Hi. There' }], images: ['a.png', 'b.png'], none: null },
      'messages:',
      '  1.',
      '    role:',
      '      user',
      '    content:',
      '      Hi. ',
      '      There',
      '',
      'images:',
      '  a.png',
      '  b.png',
      '',
      'none:',
      '  null',
    );
  });

  it('leaves alone what is no object', () => {
    for (const line of ['{"broken', '[1,2]', '"text"', '']) expect(rowLayout(line)).toBe(line);
  });

  it('tells every text apart from its edits', () => {
    const words = Array.from({ length: 400 }, (_, at) => `w${at}`).join(' ');
    const before = rowLayout(JSON.stringify({ answer: `First. ${words}. Last is 3.` })).split('\n');
    const after = rowLayout(JSON.stringify({ answer: `First. ${words}. Last is 4.` })).split('\n');
    expect(after.filter((line, at) => line !== before[at])).toEqual(['  Last is 4.']);
  });
});

import { describe, expect, it } from 'vitest';
import { afterStart, oneLine, sharedStart } from '../../../../src/core/text/beginnings.ts';

const rule = 'Please reason step by step, and put your answer in a box.';

describe('the beginnings of texts', () => {
  it('are one line without the places of images', () => {
    expect(oneLine('<image>\n<image>How\tmany\n\ncubes  are left?', 200)).toBe('How many cubes are left?');
    expect(oneLine('How many cubes', 8)).toBe('How many');
  });

  it('that all share are found up to a whole word', () => {
    expect(sharedStart([`${rule} How many?`, `${rule} How much?`, `${rule} Who?`])).toBe(rule);
    expect(sharedStart([`${rule} Which one?`, `${rule} Who?`, `${rule} Why?`])).toBe(rule);
    expect(sharedStart([`${rule} a b c`, `${rule} a b`, `${rule} a bc`])).toBe(rule);
    const scene = 'In the figure below, three circles of the same radius touch each other';
    expect(sharedStart([`${rule} ${scene} twice`, `${rule} ${scene} once`, `${rule} ${scene}`])).toBe(
      `${rule} ${scene}`,
    );
    expect(sharedStart([`${scene} a b c`, `${scene} a b`, `${scene} a bc`])).toBe(`${scene} a`);
    expect(sharedStart([rule, rule, rule])).toBe(rule);
    expect(sharedStart([rule, `${rule} a`, `${rule}s`])).toBe(rule.slice(0, rule.lastIndexOf(' ')));
  });

  it('are not shared when they are short, few or different', () => {
    expect(sharedStart(['How many cubes?', 'How many balls?', 'How many cones?'])).toBe('');
    expect(sharedStart([`${rule} a`, `${rule} b`])).toBe('');
    expect(sharedStart([`${rule} a`, `${rule} b`, 'c'])).toBe('');
    expect(sharedStart([])).toBe('');
    expect(sharedStart(['a'.repeat(40), `${'a'.repeat(40)}b`, `${'a'.repeat(40)}c`])).toBe('');
  });

  it('give way to what is different, if anything is', () => {
    expect(afterStart(`${rule} How many?`, rule)).toBe('… How many?');
    expect(afterStart(rule, rule)).toBe(rule);
    expect(afterStart('Another text.', rule)).toBe('Another text.');
    expect(afterStart(rule, '')).toBe(rule);
  });
});

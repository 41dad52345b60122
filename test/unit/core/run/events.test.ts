import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crc32Hex } from '../../../../src/core/run/crc32.ts';
import { parseEventLine, runEventJsonSchema } from '../../../../src/core/run/events.ts';
import { parseGroupLine } from '../../../../src/core/run/group-line.ts';

const fixtures = new URL('../../../fixtures/run-events/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, fixtures), 'utf8');

interface Expected {
  readonly lines: readonly {
    readonly ok: boolean;
    readonly reason?: string;
    readonly event?: Record<string, unknown>;
  }[];
}
const expected = JSON.parse(read('expected.json')) as Record<string, Expected>;

describe('lines that the Python writer wrote, and damage to them, are judged as written down', () => {
  for (const [name, { lines }] of Object.entries(expected)) {
    test(name, () => {
      const texts = read(name).split('\n').slice(0, -1);
      expect(texts.length).toBe(lines.length);
      for (const [index, text] of texts.entries()) {
        const wanted = lines[index];
        if (wanted?.event?.type === 'group') {
          const group = parseGroupLine(text);
          expect(group).toMatchObject({ step: wanted.event.step, group: wanted.event.group });
          expect(group?.rollouts).toMatchObject(wanted.event.rollouts as object);
          continue;
        }
        const parsed = parseEventLine(text);
        expect(parsed.ok ? 'ok' : parsed.reason, text).toBe(wanted?.ok ? 'ok' : wanted?.reason);
        if (!parsed.ok || !wanted?.event || parsed.event.type === 'unknown') continue;
        for (const [key, value] of Object.entries(wanted.event))
          if (key in parsed.event) expect(parsed.event[key as keyof typeof parsed.event]).toEqual(value);
      }
    });
  }
});

test('an event of a type of tomorrow counts and says nothing', () => {
  const line = read('all-types.jsonl')
    .split('\n')
    .find((text) => text.includes('a_type_of_tomorrow'));
  const parsed = parseEventLine(line ?? '');
  expect(parsed).toMatchObject({ ok: true, event: { type: 'unknown', restart: 0 } });
});

test('the checksum is that of zlib, also over text beyond ASCII', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', '00000000'],
    ['123456789', 'cbf43926'],
    ['é', '0e048d3e'],
    ['π ≈ 3', '4e2907b4'],
    ['😀', '054db544'],
  ];
  for (const [text, crc] of cases) expect(crc32Hex(text), text).toBe(crc);
});

test('every kind of event has its place in the JSON schema', () => {
  const text = JSON.stringify(runEventJsonSchema());
  for (const type of ['run_start', 'metrics', 'rollout_batch', 'run_end', 'gap'])
    expect(text).toContain(`"const":"${type}"`);
});

import { RE2JS } from 're2js';
import type { Extraction } from '../run/spec.ts';
import { lastBox } from '../trace/boxed.ts';
import { isPythonSpace } from './python-text.ts';

/** The final answer in a completion: its text and where it stands (UTF-16 offsets, end exclusive). */
export interface Extracted {
  text: string;
  start: number;
  end: number;
}

const blank = '[\\s\\x0b\\x1c-\\x1f\\x{85}\\p{Z}]';
const hashesPattern = RE2JS.compile('####[ \\t]*(.+)');
const sentencePattern = RE2JS.compile(
  `the(?:${blank}+final)?${blank}+answer${blank}+is${blank}*:?${blank}*(.+?)${blank}*(?:\\.(?:${blank}|$)|$)`,
  RE2JS.CASE_INSENSITIVE | RE2JS.MULTILINE,
);
/** Finds where `sentencePattern` may begin; scanning with that one is a hundred times slower. */
const sentenceHead = /the(?:\s+final)?\s+answer\s+is/gi;
const patternCache = new Map<string, RE2JS | null>();

/** What a person's own pattern may cost on one completion: steps of its program times characters, and time, ms. */
const mostSteps = 20_000_000;
const longestSearch = 1_000;

/**
 * Reads the final answer from a completion, or gives null when there is none (the verdict is then unparsed).
 * The same rules as `extraction.py` of the trainer: `boxed` is mathruler's `extract_boxed_content`;
 * `answer_tag` the last `<answer>`, which must be closed; `hashes` the line after the last `####`;
 * `the_answer_is` the last such sentence; `regex:` the last match's first group (the match when it has none),
 * `^` and `$` at lines; a pattern that is invalid (see `extractionProblem`), or too costly for the completion, finds
 * nothing.
 */
export function extractAnswer(completion: string, extraction: Extraction): Extracted | null {
  switch (extraction) {
    case 'boxed':
      return extractBoxed(completion);
    case 'answer_tag':
      return extractTag(completion);
    case 'hashes':
      return completion.includes('####') ? lastMatch(completion, hashesPattern) : null;
    case 'the_answer_is':
      return lastSentence(completion);
    default: {
      const pattern = compilePattern(extraction.slice('regex:'.length));
      if (pattern === null || pattern.programSize() * completion.length > mostSteps) return null;
      return lastMatch(completion, pattern, Date.now() + longestSearch);
    }
  }
}

/** Why a `regex:` extraction cannot be used, or null when it can. */
export function extractionProblem(extraction: Extraction): string | null {
  if (!extraction.startsWith('regex:')) return null;
  try {
    RE2JS.compile(extraction.slice('regex:'.length), RE2JS.MULTILINE);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function trimmed(completion: string, from: number, to: number): Extracted {
  let [start, end] = [from, to];
  while (start < end && isPythonSpace(completion.charAt(start))) start += 1;
  while (end > start && isPythonSpace(completion.charAt(end - 1))) end -= 1;
  return { text: completion.slice(start, end), start, end };
}

/** Content of the last `\boxed{`, braces counted even where escaped; null when that one never closes. */
function extractBoxed(completion: string): Extracted | null {
  const box = lastBox(completion);
  return box?.closed ? trimmed(completion, box.contentStart, box.contentEnd) : null;
}

function extractTag(completion: string): Extracted | null {
  const opening = completion.lastIndexOf('<answer>');
  const closing = opening < 0 ? -1 : completion.indexOf('</answer>', opening);
  return closing < 0 ? null : trimmed(completion, opening + '<answer>'.length, closing);
}

function compilePattern(pattern: string): RE2JS | null {
  const known = patternCache.get(pattern);
  if (known !== undefined) return known;
  let compiled: RE2JS | null = null;
  try {
    compiled = RE2JS.compile(pattern, RE2JS.MULTILINE);
  } catch {
    compiled = null;
  }
  if (patternCache.size > 50) patternCache.clear();
  patternCache.set(pattern, compiled);
  return compiled;
}

function lastSentence(completion: string): Extracted | null {
  let last: Extracted | null = null;
  let position = 0;
  for (;;) {
    sentenceHead.lastIndex = position;
    const head = sentenceHead.exec(completion);
    if (head === null) return last;
    const matcher = sentencePattern.matcher(completion.slice(head.index));
    if (!matcher.find()) return last;
    last = trimmed(completion, head.index + matcher.start(1), head.index + matcher.end(1));
    position = head.index + matcher.end();
  }
}

/** One search takes linear time, but all of them together may not: at `until` the answer is that there is none. */
function lastMatch(completion: string, pattern: RE2JS, until = Number.POSITIVE_INFINITY): Extracted | null {
  const matcher = pattern.matcher(completion);
  const group = matcher.groupCount() > 0 ? 1 : 0;
  let last: Extracted | null = null;
  while (matcher.find()) {
    if (Date.now() > until) return null;
    const start = matcher.start(group);
    last = start < 0 ? null : trimmed(completion, start, matcher.end(group));
  }
  return last;
}

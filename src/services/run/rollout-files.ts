import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { type GroupLine, parseGroupLine } from '../../core/run/group-line.ts';
import { groupStatistics } from '../../core/run/group-statistics.ts';
import type { BatchPlace } from '../../core/run/run-fold.ts';
import { listedTogether, oneLine } from '../../core/text/beginnings.ts';
import { throwIfAborted } from '../cancelled.ts';
import { openToRead } from '../dataset/open-file.ts';
import { fileError } from '../files/file-errors.ts';
import { sealedCrc } from './checksum.ts';
import type { PlaceNow } from './moved-paths.ts';
import type { GroupSummaryData } from './views.ts';

/** Where one group stands, and what a list shows of it. */
export interface GroupEntry {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly summary: GroupSummaryData;
}

const chunkBytes = 1 << 20;
/** Longest group line that is read: 64 rollouts of 100,000 characters with room to spare. */
const maxLineBytes = 64 << 20;
const previewChars = 200;
const cachedSteps = 8;

/**
 * The number of a group that is unique in its step: the trainer's own for the first generation batch of training,
 * offset for further batches and for evaluation.
 */
export function groupNumber(place: Pick<GroupLine, 'group' | 'gen' | 'split'>): number {
  return (place.split === 'eval' ? 100_000_000 : 0) + place.gen * 100_000 + place.group;
}

/** Reads groups of a run folder by byte offset; holds summaries of a few steps, never texts. */
export class RolloutFiles {
  readonly #folder: string;
  readonly #cache = new Map<string, Promise<GroupEntry[]>>();

  /** `now` says where the images and the dataset that a group names lie today. */
  constructor(
    folder: string,
    private readonly now: PlaceNow,
  ) {
    this.#folder = folder;
  }

  /** The groups of the given batches in the order of the file; damaged lines are left out. */
  entries(places: readonly BatchPlace[], signal?: AbortSignal): Promise<GroupEntry[]> {
    const key = places.map((place) => `${place.file}:${place.offset}:${place.bytes}`).join('|');
    const known = this.#cache.get(key);
    if (known) {
      this.#cache.delete(key);
      this.#cache.set(key, known);
      return known;
    }
    const reading = this.#read(places, signal);
    this.#cache.set(key, reading);
    // A read that was stopped or failed says nothing about the next one.
    reading.catch(() => this.#cache.delete(key));
    for (const old of this.#cache.keys()) {
      if (this.#cache.size <= cachedSteps) break;
      this.#cache.delete(old);
    }
    return reading;
  }

  async #read(places: readonly BatchPlace[], signal?: AbortSignal): Promise<GroupEntry[]> {
    const found: GroupEntry[] = [];
    for (const place of places) {
      for await (const line of this.#lines(place, signal)) {
        const group = parseGroupLine(line.bytes.toString('utf8'), sealedCrc(line.bytes));
        if (!group) continue;
        const { offset } = line;
        found.push({ file: place.file, offset, bytes: line.bytes.length, summary: summaryOf(group) });
      }
    }
    const prompts = found.map(({ summary }) => summary.prompt);
    const shown = listedTogether(prompts, previewChars);
    return found.map((entry) => ({
      ...entry,
      summary: { ...entry.summary, prompt: shown(entry.summary.prompt) },
    }));
  }

  /** One group, whole; AppError file-unreadable when its line is damaged or gone. */
  async group(entry: GroupEntry): Promise<GroupLine> {
    const path = join(this.#folder, entry.file);
    const handle = await openToRead(path);
    try {
      const buffer = Buffer.allocUnsafe(entry.bytes);
      const { bytesRead } = await handle.read(buffer, 0, entry.bytes, entry.offset);
      const line = buffer.subarray(0, bytesRead);
      const group = parseGroupLine(line.toString('utf8'), sealedCrc(line));
      if (group) return await this.#placed(group);
    } catch (error) {
      throw fileError(error, path, 'read');
    } finally {
      await handle.close();
    }
    const hint = 'The other groups can still be read.';
    throw new AppError('file-unreadable', `A group in ${entry.file} is damaged.`, hint);
  }

  async #placed(group: GroupLine): Promise<GroupLine> {
    const images = await Promise.all(
      group.images.map(async (image) => ({ ...image, path: await this.now(image.path) })),
    );
    const source = group.trace.source === '' ? '' : await this.now(group.trace.source);
    return { ...group, images, trace: { ...group.trace, source } };
  }

  async *#lines(place: BatchPlace, signal?: AbortSignal): AsyncGenerator<{ offset: number; bytes: Buffer }> {
    const path = join(this.#folder, place.file);
    const handle = await openToRead(path);
    try {
      const end = place.offset + place.bytes;
      let size = chunkBytes;
      for (let offset = place.offset; offset < end; ) {
        throwIfAborted(signal);
        const buffer = Buffer.allocUnsafe(Math.min(size, end - offset));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
        if (bytesRead === 0) return;
        const chunk = buffer.subarray(0, bytesRead);
        let start = 0;
        for (let newline = chunk.indexOf(10); newline >= 0; newline = chunk.indexOf(10, start)) {
          if (newline > start) yield { offset: offset + start, bytes: chunk.subarray(start, newline) };
          start = newline + 1;
        }
        if (start === 0) {
          if (offset + bytesRead >= end || size >= maxLineBytes) return;
          size *= 4;
          continue;
        }
        offset += start;
        size = chunkBytes;
      }
    } finally {
      await handle.close();
    }
  }
}

/** The prompt's turns, whatever form the trainer wrote it in. */
export function turnsOf(group: GroupLine): { role: string; text: string }[] {
  const { messages, text } = group.prompt;
  if (messages) return messages.map(({ role, content }) => ({ role, text: content }));
  return text === undefined ? [] : [{ role: 'user', text }];
}

function summaryOf(group: GroupLine): GroupSummaryData {
  const rewards = group.rollouts.map((rollout) => rollout.reward);
  const statistics = groupStatistics(rewards);
  const asked = turnsOf(group).filter((turn) => turn.role !== 'system');
  return {
    step: group.step,
    group: groupNumber(group),
    traceId: group.trace.id,
    prompt: oneLine(asked.at(-1)?.text ?? ''),
    groundTruth: group.ground_truth ?? null,
    images: group.images.length,
    mean: statistics.mean,
    spread: statistics.spread,
    rewards,
    found: [],
  };
}

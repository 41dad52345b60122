import { stat } from 'node:fs/promises';
import { turnText } from '../../core/dataset/export-turns.ts';
import { listedTogether, oneLine } from '../../core/text/beginnings.ts';
import { listedPrompt } from '../../core/trace/trace.ts';
import { DocumentSource } from '../dataset/document-source.ts';
import { readRow, rowHash } from '../dataset/row-reading.ts';
import type { ViewedRow } from '../dataset/row-view.ts';
import type { ImageData } from '../dataset/views.ts';
import { describeImage, TraceImages } from '../images/trace-images.ts';
import type { Assets, Log, Settings } from '../ports.ts';
import type { GroupData } from './views.ts';

export interface HeldOutOptions {
  readonly assets: Assets;
  readonly log: Log;
  settings(): Pick<Settings, 'imageRoots'>;
}

/** A row as it was evaluated: its place in the dataset and its id. */
interface RowAddress {
  readonly index: number;
  readonly id: string;
}

const maxTextUnits = 256 << 10;

/** What an evaluated row asks: its prompt and images, from the dataset as it is now. Keeps one dataset open. */
export class HeldOutRows {
  readonly #options: HeldOutOptions;
  #opening: Promise<DocumentSource> | null = null;
  #stamp = '';
  #images: TraceImages | null = null;

  constructor(options: HeldOutOptions) {
    this.#options = options;
  }

  /** Start of the prompt and number of images of each row; null for a row that is another one now, or cannot be read. */
  async previews(
    dataset: string,
    rows: readonly RowAddress[],
    most: number,
    signal?: AbortSignal,
  ): Promise<({ prompt: string; images: number } | null)[]> {
    const viewed = await this.#view(dataset, rows, signal);
    const found = viewed.map((row) =>
      row?.status === 'ok'
        ? { prompt: oneLine(listedPrompt(row.trace)), images: row.trace.images.length }
        : null,
    );
    const prompts = found.flatMap((row) => row?.prompt ?? []);
    const shown = listedTogether(prompts, most);
    return found.map((row) => row && { ...row, prompt: shown(row.prompt) });
  }

  /** The prompt with its images; null when the row is another one now. AppError when the dataset cannot be read. */
  async problem(
    dataset: string,
    row: RowAddress,
    signal?: AbortSignal,
  ): Promise<Pick<GroupData, 'turns' | 'images'> | null> {
    const [viewed] = await this.#view(dataset, [row], signal);
    if (viewed?.status !== 'ok') return null;
    const folders = (await this.#source(dataset)).folders();
    const { trace, json } = viewed;
    return {
      turns: trace.turns.map((turn) => ({ role: turn.role, text: turnText(turn).slice(0, maxTextUnits) })),
      images: await Promise.all(trace.images.map((image) => describeImage(image, json, folders))),
    };
  }

  async image(
    dataset: string,
    row: RowAddress,
    image: number,
    size: 'thumbnail' | 'full',
    signal?: AbortSignal,
  ): Promise<ImageData> {
    const [viewed] = await this.#view(dataset, [row], signal);
    const named = viewed?.status === 'ok' ? viewed.trace.images[image] : undefined;
    if (viewed?.status !== 'ok' || !named)
      return { status: 'refused', message: 'The row has no such image.' };
    this.#images ??= new TraceImages(this.#options.assets, this.#options.log);
    const folders = (await this.#source(dataset)).folders();
    return this.#images.read(named, viewed.json, folders, size, signal);
  }

  async dispose(): Promise<void> {
    this.#images?.dispose();
    await this.#close();
  }

  async #close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    await opening?.then(
      (source) => source.close(),
      () => undefined,
    );
  }

  async #view(
    dataset: string,
    rows: readonly RowAddress[],
    signal?: AbortSignal,
  ): Promise<(ViewedRow | null)[]> {
    const source = await this.#source(dataset);
    await source.current.indexed;
    const { count } = source.current.index;
    const there = rows.filter(({ index }) => index < count);
    const bytes = await source.current.read(
      there.map(({ index }) => index),
      signal,
    );
    const viewed = new Map(
      there.map(({ index }, at) => {
        const { line } = source.current.index.place(index);
        const own = bytes[at] ?? null;
        const hash = own ? rowHash(own) : '';
        return [index, source.reader.view(readRow(own), { index, line, hash })];
      }),
    );
    return rows.map(({ index, id }) => {
      const row = viewed.get(index);
      return row?.status === 'ok' && row.trace.id === id ? row : null;
    });
  }

  async #source(dataset: string): Promise<DocumentSource> {
    const facts = await stat(dataset).catch(() => null);
    const stamp = `${dataset}:${facts?.ino}:${facts?.size}:${facts?.mtimeMs}`;
    if (!this.#opening || stamp !== this.#stamp) {
      const before = this.#close();
      this.#stamp = stamp;
      const { assets, log, settings } = this.#options;
      const opening = before.then(() => DocumentSource.open(dataset, { assets, log, settings: settings() }));
      this.#opening = opening;
      // A dataset that could not be opened is tried again the next time.
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = null;
      });
    }
    return this.#opening;
  }
}

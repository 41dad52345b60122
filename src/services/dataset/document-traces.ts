import { AppError } from '../../core/errors.ts';
import { TraceImages } from '../images/trace-images.ts';
import type { DocumentRows } from './document-rows.ts';
import type { DocumentSource, OpenOptions } from './document-source.ts';
import { traceData } from './trace-data.ts';
import type { ImageData, TraceData } from './views.ts';

/** One trace of an open dataset at a time, whole: its turns and segments, its images, what a grader needs of it. */
export class DocumentTraces {
  readonly #images: TraceImages;

  constructor(
    { assets, log }: OpenOptions,
    private readonly source: DocumentSource,
    private readonly rows: DocumentRows,
  ) {
    this.#images = new TraceImages(assets, log);
  }

  async read(index: number, signal?: AbortSignal): Promise<TraceData> {
    const row = await this.rows.row(index, signal);
    return traceData(row, this.rows.state(index, row), this.source.reader, this.source.folders());
  }

  async image(
    index: number,
    image: number,
    size: 'thumbnail' | 'full',
    signal?: AbortSignal,
  ): Promise<ImageData> {
    const row = await this.rows.row(index, signal);
    const ref = row.status === 'ok' ? row.trace.images[image] : undefined;
    if (row.status !== 'ok' || !ref) return { status: 'refused', message: 'The row has no such image.' };
    return this.#images.read(ref, row.json, this.source.folders(), size, signal);
  }

  async gradingTexts(index: number): Promise<{ completion: string; groundTruth: string }> {
    const row = await this.rows.row(index);
    const trace = row.status === 'ok' ? row.trace : null;
    // A ground truth that was taken from the completion's own box would always be met.
    if (trace?.completion && trace.groundTruth?.at)
      return { completion: trace.completion.text, groundTruth: trace.groundTruth.text };
    const lacks = trace?.completion ? 'a ground truth of its own' : 'a completion';
    throw new AppError(
      'request-invalid',
      `This row cannot be graded: it lacks ${lacks}.`,
      'Add it to the row, or choose the shape in which it is recognised.',
    );
  }

  dispose(): void {
    this.#images.dispose();
  }
}

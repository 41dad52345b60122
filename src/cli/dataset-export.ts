import { relative, resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import { many } from '../core/text/plural.ts';
import { exportDataset } from '../services/dataset/export.ts';
import type { ExportImages } from '../services/dataset/export-images.ts';
import type { CliContext } from './context.ts';
import { chosenRows, type DatasetFlags, datasetInput, imageFolders } from './dataset-flags.ts';
import { note, print, progressLine, record } from './output.ts';

export interface ExportFlags extends DatasetFlags {
  readonly to: string;
  readonly as: string;
  readonly images: ExportImages;
  readonly limit?: number;
  readonly force?: boolean;
}

/** `dataset export`: a new dataset of the chosen rows, and its manifest. */
export async function exportRows(file: string, flags: ExportFlags, context: CliContext): Promise<void> {
  if (flags.to === '-' || /[\\/]$/.test(flags.to))
    throw new AppError(
      'request-invalid',
      `An export is a file with a manifest beside it; "${flags.to}" is none.`,
      'Name the new file, for example: --to new.jsonl',
    );
  const folders = await imageFolders(flags.imageRoot ?? [], context);
  const input = await datasetInput(file, context);
  const line = progressLine();
  const outcome = await exportDataset({
    path: input.path,
    ...(input.imageRoots.length > 0 ? { sourceName: input.name } : {}),
    selection: { ...chosenRows(flags), ...(flags.limit === undefined ? {} : { limit: flags.limit }) },
    shape: flags.as,
    to: resolve(context.cwd, flags.to),
    images: flags.images,
    extraction: flags.extraction,
    force: flags.force === true,
    assets: context.assets,
    settings: context.settings({ imageRoots: [...input.imageRoots, ...folders] }),
    log: context.log,
    signal: context.signal,
    progress: { report: (message) => line.show(message) },
  })
    .finally(line.end)
    .catch((error: unknown) => {
      if (context.signal.aborted) note('Nothing was written.');
      throw error;
    });
  const { written, skipped, problems, manifest, outside } = outcome;
  if (flags.json) record({ written, skipped, problems });
  else {
    print(
      `${many(written, 'trace')} written to ${flags.to}${skipped > 0 ? `, ${many(skipped, 'row')} left out` : ''}.`,
    );
    for (const [code, count] of Object.entries(problems)) print(`  ${code}  ${count.toLocaleString('en')}`);
  }
  note(`Manifest: ${relative(context.cwd, manifest) || manifest}`);
  if (outside > 0)
    note(
      `${many(outside, 'image')} outside the new file's folder: open it with --image-root, or use --images copy.`,
    );
}

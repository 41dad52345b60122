import { AppError } from '../../core/errors.ts';
import { type DetectedShape, type FieldMap, type LensChoice, lensInfos } from '../../core/trace/lens.ts';
import { detectIn } from './detect.ts';
import type { RowSource } from './row-source.ts';
import type { DatasetView } from './views.ts';

/** Which lens an open dataset is read through: the one a person chose, else the one its first rows fit. */
export class DatasetShape {
  #detected: DetectedShape;
  #chosen: string | null;
  readonly #map: FieldMap | undefined;

  private constructor(detected: DetectedShape, chosen: string | null, map: FieldMap | undefined) {
    this.#detected = detected;
    this.#chosen = chosen;
    this.#map = map;
  }

  /** Looks at the first rows; `chosen` is a shape's name, `auto` or nothing to go by what they are. */
  static async of(source: RowSource, chosen = 'auto', map?: FieldMap): Promise<DatasetShape> {
    const named = chosen === 'auto' || chosen === '' ? null : chosen;
    return new DatasetShape(await detectIn(source), named, map);
  }

  get lens(): LensChoice {
    const shape = this.#chosen ?? this.#detected.shape;
    return this.#map ? { shape, map: this.#map } : { shape };
  }

  view(): DatasetView['shape'] {
    const chosen = this.#chosen === null ? undefined : lensInfos.find(({ name }) => name === this.#chosen);
    const { shape, title, note } = this.#detected;
    const shown = chosen ?? { name: shape, title, note };
    return {
      name: shown.name,
      title: shown.title,
      note: shown.note,
      chosen: chosen !== undefined,
      choices: lensInfos.map(({ name, title }) => ({ name, title })),
    };
  }

  /** Reads the dataset as `name` from now on; AppError shape-unknown. */
  async choose(name: string, source: RowSource): Promise<void> {
    if (name !== 'auto' && !lensInfos.some((info) => info.name === name))
      throw new AppError(
        'shape-unknown',
        `There is no dataset shape "${name}".`,
        'coldstart dataset shapes lists them.',
      );
    if (name === 'auto') this.#detected = await detectIn(source);
    this.#chosen = name === 'auto' ? null : name;
  }

  /** Looks again, as after the file was replaced, unless a person has chosen. */
  async lookAgain(source: RowSource): Promise<void> {
    if (this.#chosen === null) this.#detected = await detectIn(source);
  }
}

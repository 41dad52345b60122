import type { ImageRef, Trace } from '../../core/trace/trace.ts';
import type { ImageFault } from '../dataset/views.ts';
import { type FoundImage, findImage, findImageSync, realFolders } from './resolve.ts';

const mostKnown = 20_000;
/** How long a file is taken to be as it was found, ms: a person who adds a missing picture sees it soon. */
const believedFor = 20_000;

/** Images that a row names and that cannot be used, found without opening one; problems of the row itself are not told again. */
export class ImageFaults {
  readonly #known = new Map<string, { readonly found: Promise<FoundImage>; readonly until: number }>();

  async of(trace: Trace, folders: readonly string[]): Promise<ImageFault[]> {
    const found = await Promise.all(
      trace.images.map((ref) => knownFault(ref) ?? this.#find(ref.source, folders)),
    );
    return found.flatMap((one, image) =>
      one === 'none' || one.status === 'ready' ? [] : [{ image, status: one.status, message: one.message }],
    );
  }

  #find(source: string, folders: readonly string[]): Promise<FoundImage> {
    const key = `${folders.join('\0')}\0${source}`;
    const now = performance.now();
    const known = this.#known.get(key);
    if (known && known.until > now) return known.found;
    if (this.#known.size >= mostKnown) this.#known.clear();
    const found = findImage(source, folders, realFolders(folders));
    this.#known.set(key, { found, until: now + believedFor });
    return found;
  }
}

/** The same for a scan of many rows: only the codes, and each file looked at once. */
export class ImageFaultScan {
  readonly #roots: readonly string[];
  readonly #known = new Map<string, string | null>();

  constructor(private readonly folders: readonly string[]) {
    this.#roots = realFolders(folders);
  }

  codes(trace: Trace): string[] {
    const codes = trace.images.map((ref) => {
      const known = knownFault(ref);
      if (known !== null) return known === 'none' ? null : `image-${known.status}`;
      const cached = this.#known.get(ref.source);
      if (cached !== undefined) return cached;
      const { status } = findImageSync(ref.source, this.folders, this.#roots);
      const code = status === 'ready' ? null : `image-${status}`;
      if (this.#known.size >= mostKnown) this.#known.clear();
      this.#known.set(ref.source, code);
      return code;
    });
    return codes.filter((code) => code !== null);
  }
}

/** What is known of an image without the disk: nothing of a path, `none` of one in the row or one that the lens told of. */
function knownFault({ kind }: ImageRef): Exclude<FoundImage, { status: 'ready' }> | 'none' | null {
  switch (kind) {
    case 'path':
      return null;
    case 'remote':
      return { status: 'remote', message: 'The image is elsewhere; nothing is fetched unasked.' };
    case 'data':
    case 'bytes':
    case 'invalid':
      return 'none';
  }
}

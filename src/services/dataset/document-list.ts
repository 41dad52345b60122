import { parseColumn } from '../../core/dataset/columns.ts';
import type { DocumentRows } from './document-rows.ts';
import type { DocumentScans } from './document-scans.ts';
import type { RowsPage } from './views.ts';

export interface ListHost {
  readonly scans: DocumentScans;
  readonly rows: DocumentRows;
  /** Lines of the file so far. */
  count(): number;
  revision(): number;
}

/** The list of one open dataset as surfaces read it: filtered, in its order, a page at a time. */
export class DocumentList {
  constructor(private readonly host: ListHost) {}

  async read(
    position: number,
    count: number,
    columns: readonly string[],
    signal?: AbortSignal,
  ): Promise<RowsPage> {
    const { scans, rows } = this.host;
    const all = this.host.count();
    const matched = scans.filter.count(all);
    const from = Math.max(0, Math.min(position, matched));
    const indexes: number[] = [];
    for (let at = from; at < Math.min(from + count, matched); at++) {
      const index = scans.order.at(at);
      if (index !== undefined && index < all) indexes.push(index);
    }
    const summaries = await rows.summaries(indexes, columns.map(parseColumn), signal);
    return { revision: this.host.revision(), matched, position: from, rows: summaries };
  }

  position(index: number): number {
    return this.host.scans.order.position(index, this.host.count());
  }
}

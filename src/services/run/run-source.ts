import type { ImageData } from '../dataset/views.ts';
import type { Assets, Log } from '../ports.ts';
import type {
  GroupData,
  GroupsPage,
  GroupsRequest,
  LogText,
  MetricsRequest,
  RunViewData,
  SeriesData,
} from './views.ts';

export interface RunSourceOptions {
  readonly log: Log;
  readonly assets: Assets;
}

export class RunSource {
  static open(_folder: string, _options: RunSourceOptions): Promise<RunSource> {
    throw new Error('under construction');
  }
  readonly folder: string = '';
  get seq(): number {
    return 0;
  }
  onAdvance(_listener: (seq: number) => void): () => void {
    throw new Error('under construction');
  }
  view(): RunViewData {
    throw new Error('under construction');
  }
  metricsRead(_request: MetricsRequest): { seq: number; series: SeriesData[] } {
    throw new Error('under construction');
  }
  groupsRead(_request: GroupsRequest, _signal?: AbortSignal): Promise<GroupsPage> {
    throw new Error('under construction');
  }
  groupRead(_step: number, _group: number, _signal?: AbortSignal): Promise<GroupData> {
    throw new Error('under construction');
  }
  imageRead(
    _step: number,
    _group: number,
    _image: number,
    _size: 'thumbnail' | 'full',
    _signal?: AbortSignal,
  ): Promise<ImageData> {
    throw new Error('under construction');
  }
  logRead(_stream: 'stdout' | 'stderr'): Promise<LogText> {
    throw new Error('under construction');
  }
  traceOf(_step: number, _group: number): Promise<{ id: string; index: number | null; source: string }> {
    throw new Error('under construction');
  }
  dispose(): Promise<void> {
    throw new Error('under construction');
  }
}

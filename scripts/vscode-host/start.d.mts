/** What a started host offers; `stop` ends the server with all its processes and removes its temporary folder. */
export interface RunningHost {
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  readonly extension: string;
  readonly userData: string;
  readonly log: string;
  stop(): Promise<void>;
}

export interface HostOptions {
  readonly vscode?: 'oldest' | 'newest';
  readonly folder: string;
  readonly port?: number;
  readonly userData?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly trustPrompt?: boolean;
  readonly installed?: boolean;
  readonly extension?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function startHost(options: HostOptions): Promise<RunningHost>;

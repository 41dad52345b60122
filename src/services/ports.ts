/** What differs by host (VS Code or command line) or is replaced in tests. Everything else is called directly. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Progress of long work: a message, and the share done (0..1) when it is known. */
export interface Progress {
  report(message: string, share?: number): void;
}

/** Preferences that services need, already resolved to plain values. */
export interface Settings {
  /** Extra folders that images may come from. */
  readonly imageRoots: readonly string[];
  /** Folder for run folders; relative to the workspace. */
  readonly runsFolder: string;
  /** Folder that holds one virtual environment per trainer. */
  readonly environmentsFolder: string;
  /** The person's own interpreter per trainer, if chosen. */
  readonly interpreters: Readonly<Record<string, string>>;
}

/** Files that ship with the product. */
export interface Assets {
  /** Folder with the built workers (`index-rows.js`, …). */
  readonly workers: string;
  /** Folder that holds the Python packages `coldstart_trainer`, `coldstart_demo` and `requirements/`. */
  readonly trainer: string;
}

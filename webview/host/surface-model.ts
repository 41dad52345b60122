import { describeError, isAbort, type Problem } from './host-error.ts';

/** What the models of all surfaces share: `changed` after every change, and a notice when an action went wrong. */
export abstract class SurfaceModel {
  /** Why nothing can be shown at all. */
  failure: Problem | null = null;
  /** What the last action could not do; shown until the next action. */
  notice: Problem | null = null;
  protected readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
  }

  /** Runs an action of a person; what goes wrong becomes the notice. */
  async perform<T>(action: () => Promise<T>): Promise<T | undefined> {
    this.notice = null;
    try {
      return await action();
    } catch (error) {
      if (!isAbort(error)) this.notice = describeError(error);
      return undefined;
    } finally {
      this.changed();
    }
  }

  dismissNotice(): void {
    this.notice = null;
    this.changed();
  }
}

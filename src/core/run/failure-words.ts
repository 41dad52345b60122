/** Errors of our own trainer, whose messages are sentences that name the thing that failed. */
const ownTypes: ReadonlySet<string> = new Set([
  'RewardFailure',
  'SetupError',
  'MissingPackage',
  'IncompleteCheckpoint',
  'ImageError',
  'RowError',
]);

/** A failure of a run on one line: the kind of a foreign error and its message, our own sentences as they are. */
export function failureWords({ type, message }: { readonly type: string; readonly message: string }): string {
  return type === '' || ownTypes.has(type) || message.startsWith(type) ? message : `${type}: ${message}`;
}

/** What was wrong with a reward, naming it once: the trainer's own words may name it already. */
export function rewardErrorWords({
  reward,
  error,
}: {
  readonly reward: string;
  readonly error: string;
}): string {
  return error.startsWith(`The reward ${reward} `) ? error : `The reward ${reward}: ${error}`;
}

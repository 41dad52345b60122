/** What to do about an environment, by the command's title in VS Code and on the command line. */
export const checkIt =
  'Check the trainer environment: “Coldstart: Check trainer environment” in VS Code, or coldstart env check trl.';
export const createIt =
  'Create the trainer environment: “Coldstart: Create trainer environment…” in VS Code, or coldstart env create trl.';

/** What to do about a trainer environment, the way of VS Code and that of the command line: one is on the screen. */
export const createWay = '“Coldstart: Create trainer environment…” or coldstart env create trl';
export const checkWay =
  'Check the trainer environment: “Coldstart: Check trainer environment” or coldstart env check trl';
export const chooseWay = '“Coldstart: Choose trainer interpreter…” or COLDSTART_PYTHON';

/** The id of a run, `YYYYMMDD-HHMMSS-<stage>-<4 hex digits>`: the name of its folder, and never a path. */
export const runIdPattern = /^\d{8}-\d{6}-[a-z0-9]{1,16}-[0-9a-f]{4}$/;

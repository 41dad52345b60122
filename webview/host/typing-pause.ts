/** After so many milliseconds without another key, what was typed is searched for. */
export const typingPause = 150;

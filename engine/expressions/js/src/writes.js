// What a block may do to the data that it reads.

/** Nothing: it may be shown what others see as well. */
export const NOTHING = 0;

/** It names methods that change what they are called on, perhaps a list of its own. */
export const LISTS = 1;

/** It assigns to members. */
export const MEMBERS = 2;

// Forms that settings of several channels have in common.

/** An address that an administrator types: trusted as written, with neither credentials nor a query in it. */
export const addressPattern = '^https?://[^\\s/?#@]+(?:/[^\\s?#]*)?$'

// The codes by which mail servers say what became of a mail (RFC 3463), as they stand in what servers write.

/** No part of an address, of a version or of a longer number: `[10.5.1.1]` says nothing of the mail. */
const code = /(?<![\d.])[245]\.\d\.\d{1,3}(?!\.?\d)/g

/** In their order. */
export const enhancedCodesIn = (said: string): readonly string[] => said.match(code) ?? []

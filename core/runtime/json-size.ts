// Whether a value as JSON is surely small, without writing it: almost every event is far from its limit, and writing it out is not free.

/** The longest that one UTF-16 unit becomes, `\\u0001`; more than any becomes in UTF-8. */
const bytesAUnit = 6
/** Quotes, colon and comma of a member; digits of a number, or a word. */
const aroundOne = 32

/** True: its JSON has at most so many bytes. False says nothing: write it and count. */
export const surelyWithin = (value: unknown, bytes: number): boolean => leftAfter(value, bytes) >= 0

function leftAfter(value: unknown, bytes: number): number {
  if (typeof value === 'string') return bytes - aroundOne - bytesAUnit * value.length
  if (typeof value !== 'object' || value === null) return bytes - aroundOne
  let left = bytes - aroundOne
  for (const [key, inner] of Object.entries(value)) {
    if (left < 0) return left
    left = leftAfter(inner, left - bytesAUnit * key.length)
  }
  return left
}

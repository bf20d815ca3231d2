// Which of two facts about one thing is newer, by the revision each carries.

/**
 * Above zero when `a` is newer. Numbers (vendors' milliseconds, counters) compare as numbers, however many digits; anything else by its
 * characters, and after every number, so that the order holds between any three.
 */
export function compareRevisions(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [isNumber(a), isNumber(b)]
  if (aIsNumber && bIsNumber) return compareDigits(a.replace(/^0+/, ''), b.replace(/^0+/, ''))
  if (aIsNumber !== bIsNumber && a !== '' && b !== '') return aIsNumber ? -1 : 1
  return compareText(a, b)
}

export const isNewer = (revision: string, than: string): boolean => compareRevisions(revision, than) > 0

const isNumber = (text: string): boolean => /^[0-9]+$/.test(text)
const compareDigits = (a: string, b: string): number => a.length - b.length || compareText(a, b)
const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

// Words as they are compared: without case, and so that the Turkish and the English reading of I and i are one letter; and whether there is anything to see.

/**
 * İSTANBUL, istanbul, ıstanbul and Istanbul meet; so do full-width letters, both ways to write é, and any run of white space. Other letters
 * differ by case alone: ş and s stay two.
 */
export const folded = (words: string): string => foldedLetters(words.normalize('NFKC')).trim().replace(/\s+/g, ' ')

/** Lists, histories and customers show it: one of spaces alone is none. */
export const isSeen = (words: string): boolean => /[^\p{White_Space}\p{Cc}\p{Cf}]/u.test(words)

/** The letters alone: white space and compatibility forms stay as they are. A dot above that a lower case left behind belongs to its i. */
export const foldedLetters = (words: string): string =>
  words
    .replace(/[Iİı]/g, 'i')
    .toLowerCase()
    .replace(/i\u0307+/g, 'i')
    .replace(/ς/g, 'σ')

// Whether a word names a language as the record keeps it: its tag (BCP 47), not what people call it; and how tickets and contacts have it.

export const isLanguageTag = (word: string): boolean => /^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/i.test(word)
export const whyNoLanguage = (word: string): string =>
  `"${word}" is no language: name it by its tag (BCP 47), such as "tr" or "pt-BR".`

/** `TR-tr` is `tr-TR`: tags have no case, and who compares two of them should not have to know that. */
export const languageTag = (word: string): string =>
  word
    .split('-')
    .map((part, at) => (at === 0 ? part.toLowerCase() : (cased[part.length]?.(part) ?? part.toLowerCase())))
    .join('-')
/** Regions and scripts, as RFC 5646 writes them. */
const cased: Readonly<Record<number, (part: string) => string>> = {
  2: (part) => part.toUpperCase(),
  4: (part) => `${part.charAt(0).toUpperCase()}${part.slice(1).toLowerCase()}`,
}

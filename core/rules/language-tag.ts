// Whether a word names a language as the record keeps it: its tag (BCP 47), not what people call it.

export const isLanguageTag = (word: string): boolean => /^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/i.test(word)
export const whyNoLanguage = (word: string): string =>
  `"${word}" is no language: name it by its tag (BCP 47), such as "tr" or "pt-BR".`

// Letters of every language are letters of words to \b and \w, which the library knows of ASCII alone: expression and text are written in other letters.
import { foldedLetters } from '../fold.ts'

export interface Spelled {
  readonly source: string
  /** A searched text, letter for letter as long as it was. */
  text(searched: string): string
}

/** A folded text has no capitals: each stands for a letter of the expression, the last one for all that it does not name. */
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXY'
const anyOther = 'Z'

const asksOfWords = /\\[bBwW]/
/** Forms that could tell letters apart by more than naming them, or whose own letters are not text. */
const odd = /\\[pPxQEC0-9]|\(\?(?!:)|\[\[/
const classes = /\[\^?(?:\\[\s\S]|[^\]\\])+\]/g
const isOddRange = (range: string): boolean => !/^(?:\d-\d|[a-z]-[a-z])$/i.test(range)
const letters = /[^\P{L}a-z]|\p{M}|[^\P{N}0-9]/gu

/** Null: it asks nothing of words, or holds a form that is left to the library as it is. `source` as it is searched. */
export function spelled(source: string): Spelled | null {
  const plain = source.replace(/^\(\?i\)/, '')
  if (!asksOfWords.test(plain) || odd.test(plain)) return null
  if ((plain.match(classes) ?? []).some((it) => (it.match(/[^\\[^]-[^\]]/gu) ?? []).some(isOddRange))) return null
  const tokens = (plain.match(/\\[\s\S]|[^\\]+/gu) ?? []).map((it) => (it.startsWith('\\') ? it : foldedLetters(it)))
  const named = [
    ...new Set(
      tokens
        .join('')
        .replace(/\\[a-z]/gi, '')
        .match(letters),
    ),
  ]
  if (named.length > capitals.length || named.some((it) => it.length > 1)) return null
  const written = new Map(named.map((letter, at) => [letter, capitals[at]!]))
  const inOthers = (text: string): string =>
    text.replace(letters, (letter) => (letter.length > 1 ? letter : (written.get(letter) ?? anyOther)))
  return { source: tokens.map((it) => (/^\\[a-z]/i.test(it) ? it : inOthers(it))).join(''), text: inOthers }
}

// Says of a word that is not known which one was probably meant, or which there are.
import { nearest } from '../nearest.ts'

const mostNamed = 20

export function unknown(what: string, word: string, among: readonly string[]): string {
  const near = nearest(word, among)
  if (near !== null) return `There is no ${what} "${word}"; did you mean "${near}"?`
  if (among.length === 0) return `There is no ${what} "${word}": there is none yet.`
  const more = among.length > mostNamed ? `, and ${among.length - mostNamed} more` : ''
  return `There is no ${what} "${word}". There are: ${among.slice(0, mostNamed).join(', ')}${more}.`
}

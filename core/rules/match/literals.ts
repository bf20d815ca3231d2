// Letters that every match of an expression must hold, read off its source: most texts have none of them, and the expression is not asked at all.
import { foldedLetters } from '../fold.ts'

/** Letters that stand in a folded text wherever an expression finds them; of others (ﬁ, ᲀ, é in two parts) that is not sure. */
const isSure = /^[ -~çğöşü]$/
const shortest = 2

/**
 * Of its alternatives one has all of its letters in each text that the expression holds for, the longest run first; null: nothing can be said. A reader of a few forms only: what it does not know
 * says nothing, and what is in a group or repeated from zero is passed over. `source` as it is searched.
 */
export function literalsOf(source: string): readonly (readonly string[])[] | null {
  const reader = new Reader()
  for (const atom of source.match(atoms) ?? []) if (!reader.takes(atom)) return null
  return reader.end()
}

/** Escapes, classes of a plain form, openings of groups, repeats, or one character. */
const atoms = /\\[\s\S]|\[\^?(?:\\[\s\S]|[^\][\\^])+\]|\(\?[^()]*?[:)>]|[*+?]\??|\{\d+(?:,\d*)?\}\??|[\s\S]/gu
const classes = /^\\[dDwWsSbBAzaftnrv]$/
const plainEscape = /^\\[^a-zA-Z0-9\s]$/

class Reader {
  readonly #ways: (readonly string[])[] = []
  #run = ''
  #runs: string[] = []
  #depth = 0

  /** False: a form it does not know. */
  takes(atom: string): boolean {
    if (atom.startsWith('(')) return this.#opens(atom)
    if (atom === ')') return this.#closes()
    if (atom === '|') return this.#depth > 0 || this.#ends()
    if (/^[*?{]/.test(atom)) return this.#repeats(atom)
    if (atom.startsWith('+') || /^[.^$]$/.test(atom) || classes.test(atom)) return this.#breaks()
    if (atom.startsWith('[')) return atom.length > 1 && this.#breaks()
    if (atom.startsWith('\\') && !plainEscape.test(atom)) return false
    return this.#letter(foldedLetters(atom.startsWith('\\') ? atom.slice(1) : atom))
  }

  end(): readonly (readonly string[])[] | null {
    return this.#depth === 0 && this.#ends() ? this.#ways : null
  }

  #letter(letter: string): boolean {
    if (!isSure.test(letter)) return this.#breaks()
    if (this.#depth === 0) this.#run += letter
    return true
  }
  #breaks(): boolean {
    const run = this.#run.trim().replace(/ +/g, ' ')
    if (run !== '') this.#runs.push(run)
    this.#run = ''
    return true
  }
  /** What may be there not once is no letter of it. */
  #repeats(atom: string): boolean {
    if (atom === '{') return false
    this.#run = this.#run.slice(0, -1)
    return this.#breaks()
  }
  #opens(atom: string): boolean {
    // A flag is nothing that could be repeated: what stands behind it repeats what stands before it.
    if (atom.endsWith(')')) return this.#run === '' && this.#runs.length === 0
    this.#depth += 1
    return this.#breaks()
  }
  #closes(): boolean {
    this.#depth -= 1
    return this.#depth >= 0 && this.#breaks()
  }
  /** Of alternatives each must have one. */
  #ends(): boolean {
    this.#breaks()
    const runs = [...new Set(this.#runs)].toSorted((a, b) => b.length - a.length)
    if ((runs[0]?.length ?? 0) < shortest) return false
    this.#ways.push(runs)
    this.#runs = []
    return true
  }
}

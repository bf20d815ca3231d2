// Of known words, the one a mistyped word was probably meant to be.

/** Null when none is near enough: within two letters, or a third of the word. */
export function nearest(word: string, among: readonly string[]): string | null {
  const ranked = among.map((one) => ({ one, away: distance(word.toLowerCase(), one.toLowerCase()) }))
  const best = ranked.sort((a, b) => a.away - b.away)[0]
  return best && best.away <= Math.max(2, Math.floor(word.length / 3)) ? best.one : null
}

/** Levenshtein: how many letters to add, drop or change. A word beyond 100 letters is compared by its beginning. */
export function distance(one: string, other: string): number {
  const [from, to] = [one.slice(0, 100), other.slice(0, 100)]
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let line = 1; line <= from.length; line++) {
    const next = [line]
    for (let at = 1; at <= to.length; at++) {
      const change = (row[at - 1] ?? 0) + (from[line - 1] === to[at - 1] ? 0 : 1)
      next.push(Math.min(change, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

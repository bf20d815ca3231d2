// Which of many words stand somewhere in a text, found by a few of their letters: one walk over the text, however many words there are.

/**
 * Own code, and little of it: a multi-pattern automaton was tried (RE2Set of re2js), whose states outgrow any bound with ten thousand words,
 * and the small packages for it are years old. A filter is enough here: whoever is found is asked in full afterwards.
 */
export const gramUnits = 4

/** So many runs of a long word's letters are weighed against each other. */
const weighed = 32

/** Runs of letters of which each text that holds the words has every one. */
export function gramsOf(words: string): readonly string[] {
  const size = Math.min(gramUnits, words.length)
  const count = Math.min(words.length - size + 1, weighed)
  return size === 0 ? [] : Array.from({ length: count }, (_, at) => words.slice(at, at + size))
}

export interface GramTable {
  /** Calls with what was kept under each run of letters that the text has, once for each run. */
  inText(text: string, found: (kept: readonly number[]) => void): void
}

interface OfSize {
  readonly size: number
  readonly kept: ReadonlyMap<string, readonly number[]>
  /** A bit for each hash: nearly every place of a text is passed over by looking at one. */
  readonly bits: Uint8Array
  readonly mask: number
}

export function gramTable(kept: ReadonlyMap<string, readonly number[]>): GramTable {
  const sizes = [...Map.groupBy(kept, ([gram]) => gram.length)].map(([size, of]) => ofSize(size, new Map(of)))
  return {
    inText(text, found) {
      for (const table of sizes) walk(table, text, found)
    },
  }
}

function ofSize(size: number, kept: ReadonlyMap<string, readonly number[]>): OfSize {
  const count = 2 ** Math.ceil(Math.log2(kept.size * 16 + 256))
  const bits = new Uint8Array(count / 8)
  const mask = count - 1
  for (const gram of kept.keys()) {
    const hash = hashAt(gram, 0, size) & mask
    bits[hash >> 3]! |= 1 << (hash & 7)
  }
  return { size, kept, bits, mask }
}

function walk({ size, kept, bits, mask }: OfSize, text: string, found: (kept: readonly number[]) => void): void {
  const met = new Set<string>()
  for (let at = 0; at + size <= text.length; at += 1) {
    const hash = hashAt(text, at, size) & mask
    if ((bits[hash >> 3]! & (1 << (hash & 7))) === 0) continue
    const gram = text.slice(at, at + size)
    const under = kept.get(gram)
    if (under === undefined || met.has(gram)) continue
    met.add(gram)
    found(under)
  }
}

/** FNV-1a over code units. */
export function hashAt(text: string, from: number, size: number): number {
  let hash = 0x811c9dc5
  for (let at = from; at < from + size; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}

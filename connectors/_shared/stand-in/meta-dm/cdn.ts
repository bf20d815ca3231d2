// Files of people behind signed addresses that end, and what we uploaded.
import type { Seeded } from '../seeded.ts'

export interface CdnFile {
  readonly bytes: Uint8Array
  readonly type: string
}
export interface Cdn {
  add(file: { readonly type: string; readonly bytes?: Uint8Array }): string
  has(id: string): boolean
  /** Path and query of an address of this file. */
  pathOf(id: string): string
  /** Null: the address is over, or made up. */
  at(id: string, signature: string | null): CdnFile | null
  /** Ends all addresses given out so far. */
  expire(): void
}
export function cdnOf(chance: Seeded): Cdn {
  const files = new Map<string, CdnFile>()
  let generation = 0
  const sign = (id: string): string => chance.hex(24, 'cdn', id, generation)
  return {
    add(file) {
      const id = `1${chance.digits(14, 'file', files.size)}`
      files.set(id, { bytes: new TextEncoder().encode(`stand-in media ${id}\n`), ...file })
      return id
    },
    has: (id) => files.has(id),
    pathOf: (id) => `/cdn/${id}?_nc_cat=1&oh=${sign(id)}`,
    at: (id, signature) => (signature === sign(id) ? (files.get(id) ?? null) : null),
    expire: () => void (generation += 1),
  }
}

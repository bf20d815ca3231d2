// Tokens that are made from a key and used until shortly before their end; of one key one is made at a time in a process.
import { createHash } from 'node:crypto'

export interface Fresh {
  readonly token: string
  /** Used for so long at the most. */
  readonly goodForMs: number
}
export interface HeldTokens<Failure> {
  /** `key`: everything the token is made from; only its digest is kept. */
  get(key: readonly string[], nowMs: number, make: () => Promise<Fresh | Failure>): Promise<string | Failure>
  /** It was refused: the next one who asks gets a new one. */
  drop(refused: string): void
}

/** Keys of more accounts than one gateway has. */
const most = 10_000

export function heldTokens<Failure extends object>(): HeldTokens<Failure> {
  const held = new Map<string, { readonly token: string; readonly until: number }>()
  const underWay = new Map<string, Promise<Fresh | Failure>>()
  async function made(name: string, nowMs: number, make: () => Promise<Fresh | Failure>): Promise<string | Failure> {
    const making = underWay.get(name) ?? make().finally(() => underWay.delete(name))
    underWay.set(name, making)
    const fresh = await making
    if (!('token' in fresh)) return fresh
    if (held.size >= most) held.clear()
    held.set(name, { token: fresh.token, until: nowMs + fresh.goodForMs })
    return fresh.token
  }
  return {
    async get(key, nowMs, make) {
      const name = createHash('sha256').update(JSON.stringify(key)).digest('hex')
      const known = held.get(name)
      return known !== undefined && nowMs < known.until ? known.token : made(name, nowMs, make)
    },
    drop(refused) {
      const names = [...held].filter(([, { token }]) => [token].includes(refused)).map(([name]) => name)
      for (const name of names) held.delete(name)
    },
  }
}

// Asks a mail's headers: the first of a name, all of a name, the ids in a line.
import { limits } from '../mime/limits.ts'
import type { Mail } from '../mime/mail.ts'

export type Headers = Mail['headers']
export const header = (headers: Headers, name: string): string | null =>
  headers.find(([it]) => it === name)?.[1] ?? null
export const headersNamed = (headers: Headers, name: string): readonly string[] =>
  headers.filter(([it]) => it === name).map(([, value]) => value)

/** Ids as they compare: with their brackets. What is longer than a line can be is none. */
export const idsIn = (value: string | null): readonly string[] =>
  [...(value ?? '').matchAll(/<[^<>\s]+>/g)].map(([it]) => it).filter((it) => it.length <= limits.messageIdUnits)

/** As many from the first on as fit: each may be long, and an event holds only so much. */
export function fitting(ids: readonly string[], most: number): readonly string[] {
  let left: number = limits.referencesUnits
  return ids.slice(0, most).filter((it) => (left -= it.length) >= 0)
}

/** Some senders leave the brackets out. */
export function messageIdIn(value: string | null): string | null {
  const [id] = idsIn(value)
  const bare = (value ?? '').trim()
  return id ?? (/^[^\s<>@]+@[^\s<>@]+$/.test(bare) && bare.length < limits.messageIdUnits ? `<${bare}>` : null)
}

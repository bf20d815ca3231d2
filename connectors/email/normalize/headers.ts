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

/**
 * Ids that a mail refers to. Some senders leave the brackets out: then every word must look like an id, and none like somebody's address, which
 * old programs wrote there too and which would bring all that answers it onto one ticket.
 */
export function referredIn({ headers, from, to, cc }: Mail, name: 'in-reply-to' | 'references'): readonly string[] {
  const value = header(headers, name)
  const ids = idsIn(value)
  if (ids.length > 0 || value === null) return ids
  const words = value.split(/[\s,]+/).filter((it) => it !== '')
  const people = new Set([...from, ...to, ...cc].map((it) => it.address?.toLowerCase()))
  const areIds = words.every((it) => bareId.test(it) && !people.has(it.toLowerCase()))
  return areIds ? words.filter((it) => it.length < limits.messageIdUnits - 2).map((it) => `<${it}>`) : []
}
/** Ids are made of numbers; a name before the @ is mostly not. */
const bareId = /^(?=[^@]*\d)[^\s<>@"'():;,]+@[^\s<>@"'():;,]+$/

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

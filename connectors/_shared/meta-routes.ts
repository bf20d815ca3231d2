// Which accounts a signed call is for, and one raw a route: the whole bytes where there is one route, else cut along entries and changes.
import { elementsOf, membersOf, valueOf, type Member } from './json-slices.ts'
import { depthOf, field, isObject, maxDepth, readJsonOrNull, type Json } from './read-json.ts'

/** Whose an entry is (`change` null: the entry has none), or one of its changes. Empty: nobody's; the raw is kept in quarantine. */
export type RouteOf = (entry: Json, change: Json | null) => string
export interface Cut {
  readonly route: string
  readonly bytes: Uint8Array
}

/** Bytes that cannot be read are kept whole under no route: they are signed, so they are evidence, not noise. */
export function cutByRoute(bytes: Uint8Array, routeOf: RouteOf): readonly Cut[] {
  return envelopesIn(bytes).flatMap((envelope) => cutEnvelope(envelope, routeOf))
}

/** Some of the vendor's pages wrap a call in a list: each of it is a call. Anything else is one, whatever it is. */
export function envelopesIn(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes[firstWord(bytes)] !== openBracket || depthOf(bytes) > maxDepth || !isJson(bytes)) return [bytes]
  const texts = elementsOf(Buffer.from(bytes).toString('latin1').trim())
  return texts.length === 0 ? [bytes] : texts.map((text) => new Uint8Array(Buffer.from(text, 'latin1')))
}
const openBracket = 0x5b
function firstWord(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length && bytes[at]! <= 0x20) at += 1
  return at
}
function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes))
    return true
  } catch {
    return false
  }
}

function cutEnvelope(bytes: Uint8Array, routeOf: RouteOf): readonly Cut[] {
  const call = readJsonOrNull(bytes, 'a webhook call')
  const entries = call === null ? undefined : field(call, 'entry')
  if (!Array.isArray(entries)) return [{ route: '', bytes }]
  const routes = entries.map((entry: unknown) => routesOfEntry(entry, routeOf))
  const distinct = new Set(routes.flat())
  return distinct.size > 1 ? cutText(bytes, routes) : [{ route: [...distinct][0] ?? '', bytes }]
}

/** One route a change, or one for the whole entry. */
function routesOfEntry(entry: unknown, routeOf: RouteOf): readonly string[] {
  const known = asObject(entry)
  const changes = field(entry, 'changes')
  if (!Array.isArray(changes) || changes.length === 0) return [routeOf(known, null)]
  return changes.map((change: unknown) => routeOf(known, asObject(change)))
}
const asObject = (value: unknown): Json => (isObject(value) ? value : {})

/**
 * The call as if only this route's entries and changes had been sent: every other member of call and entry stays as written, each
 * kept entry and change is the vendor's own text, in the vendor's order. The same call always gives the same cuts. One character a
 * byte, so that no byte changes on the way through text.
 */
function cutText(bytes: Uint8Array, routes: readonly (readonly string[])[]): readonly Cut[] {
  const call = membersOf(Buffer.from(bytes).toString('latin1'))
  const byRoute = new Map<string, string[]>()
  for (const [at, entry] of elementsOf(valueOf(call, 'entry') ?? '[]').entries()) {
    for (const [route, part] of partsOfEntry(entry, routes[at] ?? [])) gather(byRoute, route, part)
  }
  return [...byRoute].map(([route, entries]) => ({
    route,
    bytes: new Uint8Array(Buffer.from(withList(call, 'entry', entries), 'latin1')),
  }))
}
/** An entry of one route stays as it is; a mixed one becomes one entry a route. */
function partsOfEntry(entry: string, routes: readonly string[]): readonly (readonly [route: string, text: string])[] {
  if (new Set(routes).size === 1) return [[routes[0]!, entry]]
  const members = membersOf(entry)
  const byRoute = new Map<string, string[]>()
  for (const [at, change] of elementsOf(valueOf(members, 'changes') ?? '[]').entries()) {
    gather(byRoute, routes[at] ?? '', change)
  }
  return [...byRoute].map(([route, changes]) => [route, withList(members, 'changes', changes)])
}
function gather(into: Map<string, string[]>, route: string, text: string): void {
  const list = into.get(route)
  if (list === undefined) into.set(route, [text])
  else list.push(text)
}
/** The object's text with another list in one place; where the name stands twice, the one a parser takes is the one that counts. */
function withList(members: readonly Member[], name: string, list: readonly string[]): string {
  const last = members.findLastIndex((member) => member.name === name)
  const texts = members.flatMap((member, at) => {
    if (member.name !== name) return [member.text]
    return at === last ? [`${JSON.stringify(name)}:[${list.join(',')}]`] : []
  })
  return `{${texts.join(',')}}`
}

// Who somebody is that wrote privately: the vendor's events tell an id alone; its profile, asked for with that id, a name (Instagram sheet, section 5).
import type { AnyChannel, InboundEvent, Raw } from '../../../core/ports/channel.ts'
import type { Party } from '../../../schemas/message.ts'
import { keyed } from '../items.ts'
import type { Failed } from '../meta-account.ts'
import { callGraph, type Graph } from '../meta-graph.ts'
import { readJson, textAt } from '../read-json.ts'
import { digestOf } from '../unread.ts'
import { userKey, type Product } from './product.ts'

type Asked = Awaited<ReturnType<NonNullable<AnyChannel['profile']>>>
/** Not the picture: its address ends. */
const about = 'profile'

/** Who commented has a name already, and a person of a checkbox has no id that could be asked for. */
export async function askProfile(
  who: Party,
  by: { readonly route: string; readonly fields: string; readonly now: string },
  graph: Graph | Failed,
): Promise<Asked> {
  if (!/^\d{5,32}$/.test(who.id)) return { is: 'none', why: 'there is no id to ask for' }
  const answer =
    'is' in graph ? graph : await callGraph({ method: 'GET', path: who.id, query: { fields: by.fields } }, graph)
  if (answer.is === 'failed') {
    // Whoever has not agreed to be shown, or is gone, is refused for good; all else passes.
    const { is, why } = answer.outcome
    return { is: is === 'refused' ? 'none' : 'try-later', why }
  }
  const bytes = new TextEncoder().encode(JSON.stringify(answer.body))
  const meta = { [about]: who.id }
  return {
    is: 'raw',
    raw: { route: by.route, bytes, contentType: 'application/json', receivedAt: by.now as Raw['receivedAt'], meta },
  }
}

export const isProfile = (raw: Raw): boolean => raw.meta?.[about] !== undefined

/** Nobody without a name in it is anybody new. */
export function readProfile(raw: Raw, product: Product): readonly InboundEvent[] {
  const id = raw.meta?.[about] ?? ''
  const profile = readJson(raw.bytes, 'a profile')
  const name = nameIn(profile)
  if (name === undefined) return []
  const scene = { home: raw.route, at: raw.receivedAt }
  const key = userKey({ product, ...scene }, id)
  const to: Party = { id, name, address: id, keys: [key] }
  const where = keyed(scene, { dedupe: [id, about, digestOf(name)], threadKeys: [key], at: raw.receivedAt })
  return [{ type: 'contact.linked', ...where, data: { from: [key], to, why: `${product.name} shows this name` } }]
}

function nameIn(profile: Parameters<typeof textAt>[0]): string | undefined {
  const parts = [textAt(profile, 'first_name'), textAt(profile, 'last_name')].filter((it) => it !== undefined)
  const username = textAt(profile, 'username')
  const said = [textAt(profile, 'name'), parts.join(' '), username === undefined ? undefined : `@${username}`]
  return said
    .find((it) => it !== undefined && it.trim() !== '')
    ?.trim()
    .slice(0, 200)
}

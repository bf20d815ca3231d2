// Who wrote: parties, their names and the keys that threading resolves, from ids alone and never by position.
import { phoneKeys } from '../../../core/rules/phone-keys.ts'
import type { Party } from '../../../schemas/message.ts'
import { isObject, listAt, objectAt, textAt, type Json } from '../../_shared/read-json.ts'
import { readPerson, type Ids } from '../wire.ts'

interface Profile {
  readonly name: string | undefined
  readonly username: string | undefined
  readonly ids: Ids
}
/** The `contacts` of one value by each id they carry; they are fewer than the messages, absent, or in another order. */
export type Profiles = ReadonlyMap<string, Profile>

export function profilesOf(value: Json): Profiles {
  const found = new Map<string, Profile>()
  for (const contact of listAt(value, 'contacts')) {
    if (!isObject(contact)) continue
    const shown = objectAt(contact, 'profile')
    const ids = readPerson(contact)
    const profile = { name: textAt(shown, 'name'), username: textAt(shown, 'username'), ids }
    for (const id of [ids.userId, ids.phone]) if (id !== undefined && !found.has(id)) found.set(id, profile)
  }
  return found
}

/** The user id outlives a number that is left out; the phone is what older threads know; the parent id only links portfolios. */
export const personKeys = (ids: Ids): readonly string[] => [
  ...(ids.userId === undefined ? [] : [`whatsapp.user:${ids.userId}`]),
  ...(ids.phone === undefined ? [] : waIdKeys(ids.phone)),
  ...(ids.parentId === undefined ? [] : [`whatsapp.user:${ids.parentId}`]),
]

/** The vendor calls `wa_id` opaque: what is no phone number is a key all the same. */
function waIdKeys(waId: string): readonly string[] {
  const keys = phoneKeys(waId)
  return keys.length === 0 ? [`whatsapp.id:${waId}`] : keys
}
const dialled = (waId: string): string => (/^\d+$/.test(waId) ? `+${waId}` : waId)

/** The same person with everything the value says about them. */
export function fullIds(ids: Ids, profiles: Profiles): Ids {
  const known = profileOf(ids, profiles)?.ids
  return {
    userId: ids.userId ?? known?.userId,
    phone: ids.phone ?? known?.phone,
    parentId: ids.parentId ?? known?.parentId,
  }
}
const profileOf = (ids: Ids, profiles: Profiles): Profile | undefined =>
  profiles.get(ids.userId ?? '') ?? profiles.get(ids.phone ?? '')

export function partyOf(ids: Ids, profiles: Profiles): Party {
  const profile = profileOf(ids, profiles)
  return {
    id: ids.userId ?? ids.phone ?? '',
    name: profile?.name ?? null,
    address: ids.phone === undefined ? (profile?.username ?? null) : dialled(ids.phone),
    keys: [...personKeys(ids)],
  }
}

/** What sending needs: the phone where it is known (`to` wins at the vendor), else the user id. */
export const replyAddress = (ids: Ids): Readonly<Record<string, string>> =>
  ids.phone === undefined ? { recipient: ids.userId ?? '' } : { to: dialled(ids.phone) }

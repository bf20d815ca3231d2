// A shared contact card, of which nearly every key is optional.
import { isObject, listAt, objectAt, present, textAt, type Json } from '../../_shared/read-json.ts'

/** Contacts messages (webhooks/reference/messages/contacts; checked 2026-11). */
export function cardOf(card: Json) {
  const name = objectAt(card, 'name')
  return present({
    name: textAt(name, 'formatted_name') ?? textAt(name, 'first_name'),
    phones: each(card, 'phones', (it) => ({
      phone: textAt(it, 'phone'),
      id: textAt(it, 'wa_id'),
      type: textAt(it, 'type'),
    })),
    emails: each(card, 'emails', (it) => ({ email: textAt(it, 'email'), type: textAt(it, 'type') })),
    addresses: each(card, 'addresses', addressOf),
    organisation: organisationOf(objectAt(card, 'org')),
    urls: each(card, 'urls', (it) => ({ url: textAt(it, 'url'), type: textAt(it, 'type') })),
    birthday: textAt(card, 'birthday'),
    vcard: textAt(card, 'vcard'),
  })
}

function each<T extends object>(card: Json, key: string, read: (item: Json) => T) {
  const items = listAt(card, key)
    .filter(isObject)
    .map((item) => present(read(item)))
    .filter((item) => Object.keys(item).length > 0)
  return items.length === 0 ? undefined : items
}
const addressOf = (it: Json) => ({
  street: textAt(it, 'street'),
  city: textAt(it, 'city'),
  state: textAt(it, 'state'),
  zip: textAt(it, 'zip'),
  country: textAt(it, 'country'),
  countryCode: textAt(it, 'country_code'),
  type: textAt(it, 'type'),
})
const organisationOf = (org: Json | undefined) =>
  org === undefined
    ? undefined
    : present({ name: textAt(org, 'company'), department: textAt(org, 'department'), title: textAt(org, 'title') })

// Contact cards on their way out: ours, as normalize reads them, or the vendor's own shape, become the vendor's.
import { objectOf } from '../_shared/meta-graph.ts'

type Fields = Readonly<Record<string, unknown>>
const textIn = (it: Fields | null, ...names: readonly string[]): string | undefined =>
  names.map((name) => it?.[name]).find((value): value is string => typeof value === 'string' && value !== '')
const listIn = (it: Fields, name: string): readonly unknown[] =>
  Array.isArray(it[name]) ? (it[name] as unknown[]) : []
const kept = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, it]) => it !== undefined))

/** Contacts object of the messages endpoint (sheet section 3.5, checked 2026-11); null where no name is there, which the vendor asks for. */
export function cardBody(card: unknown): Fields | null {
  const it = objectOf(card)
  const name = it === null ? null : nameBody(it['name'])
  if (it === null || name === null) return null
  const many = (key: string, build: (item: unknown) => Fields): readonly Fields[] | undefined => {
    const items = listIn(it, key)
      .map(build)
      .filter((item) => Object.keys(item).length > 0)
    return items.length === 0 ? undefined : items
  }
  return kept({
    name,
    phones: many('phones', (item) => (typeof item === 'string' ? { phone: item } : phoneBody(objectOf(item)))),
    emails: many('emails', (item) => (typeof item === 'string' ? { email: item } : picked(item, ['email', 'type']))),
    urls: many('urls', (item) => (typeof item === 'string' ? { url: item } : picked(item, ['url', 'type']))),
    addresses: many('addresses', addressBody),
    org: orgBody(objectOf(it['organisation']) ?? objectOf(it['org'])),
    birthday: textIn(it, 'birthday'),
  })
}

const nameFields = ['formatted_name', 'first_name', 'last_name', 'middle_name', 'prefix', 'suffix'] as const
function nameBody(name: unknown): Fields | null {
  const shaped = typeof name === 'string' ? { formatted_name: name } : picked(name, nameFields)
  const formatted = textIn(shaped, 'formatted_name')
  if (formatted === undefined) return null
  // The vendor wants one more name besides the formatted one.
  return Object.keys(shaped).length > 1 ? shaped : { ...shaped, first_name: formatted }
}
const phoneBody = (it: Fields | null): Fields =>
  kept({ phone: textIn(it, 'phone'), type: textIn(it, 'type'), wa_id: textIn(it, 'wa_id', 'id') })
const addressBody = (item: unknown): Fields => ({
  ...picked(item, ['street', 'city', 'state', 'zip', 'country', 'type']),
  ...kept({ country_code: textIn(objectOf(item), 'country_code', 'countryCode') }),
})
const orgBody = (it: Fields | null): Fields | undefined =>
  it === null
    ? undefined
    : kept({ company: textIn(it, 'company', 'name'), department: textIn(it, 'department'), title: textIn(it, 'title') })
const picked = (item: unknown, names: readonly string[]): Fields =>
  kept(Object.fromEntries(names.map((name) => [name, textIn(objectOf(item), name)])))

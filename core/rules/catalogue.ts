// Which types and topics tickets of a brand may have (D7, D8): where its catalogue has any, one of them; else any word.
import type { Desk } from '../ports/desk.ts'
import type { CatalogueRow } from '../ports/desk-rows.ts'
import { automaticTopic } from '../../schemas/auto-reply.ts'
import { nearest } from './nearest.ts'
import { isOfBrand } from './sees.ts'

/** Of every brand, in no catalogue, and no key that anybody could make: what automatic replies resolve under (D8, D11). */
export const systemTopic: CatalogueRow = {
  what: 'topic',
  key: automaticTopic,
  name: automaticTopic,
  brands: null,
  group: null,
  agent: null,
  version: 1,
}

/** A sentence, or null where it may. */
export function whyNotInCatalogue(
  { rows: { catalogue } }: Desk,
  { what, key, brand }: { readonly what: CatalogueRow['what']; readonly key: string; readonly brand: string | null },
): string | null {
  if (what === 'topic' && key === systemTopic.key) return null
  const entries = catalogue.filter((it) => it.what === what && isOfBrand(it.brands, brand))
  if (entries.length === 0 || entries.some((it) => it.key === key)) return null
  const near = nearest(
    key,
    entries.flatMap((it) => [it.key, it.name]),
  )
  const meant = entries.find((it) => it.key === near || it.name === near)?.key
  const hint = meant === undefined ? ` Known are: ${listed(entries.map((it) => it.key))}.` : ` Did you mean "${meant}"?`
  return `"${key}" is no ${what} of ${brand === null ? 'tickets without a brand' : `the brand "${brand}"`}.${hint}`
}

const shownAtMost = 20
const listed = (keys: readonly string[]): string =>
  [...keys.slice(0, shownAtMost), ...(keys.length > shownAtMost ? [`${keys.length - shownAtMost} more`] : [])].join(
    ', ',
  )

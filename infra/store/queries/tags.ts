// Which tags are in use (D19): of the newest tickets only, so that the answer costs the same however many there are.
import { mostTags, type Listed, type PageAsk } from '../../../core/ports/queries.ts'
import { tagKey } from '../../../core/rules/tags.ts'
import type { TagAnswer } from '../../../schemas/desk-answers.ts'
import { statement } from '../statement.ts'
import { readCursor, writeCursor } from './paging.ts'
import type { Reading } from './reading.ts'

const newest = 20_000
const used = statement(
  'tags_in_use',
  `select g.tag, count(*)::int as tickets, instant(max(t.updated_at)) as "lastUsedAt"
   from (select n.tags, n.updated_at from ticket n where n.workspace = $1 and $2::json is not null
     order by n.created_at desc, n.id desc limit ${newest}) t
   cross join lateral unnest(t.tags) as g (tag) group by g.tag order by max(t.updated_at) desc, g.tag`,
)

/** Spellings of one tag are one tag, shown as it was written last. */
export async function tagsInUse(reading: Reading, page: PageAsk): Promise<Listed<TagAnswer>> {
  const place = page.after === null ? null : readCursor(order, page.after)
  if (page.after !== null && place === null) return { refuse: 'cursor' }
  const byKey = new Map<string, TagAnswer>()
  for (const row of await reading.run<TagAnswer>(used, {})) {
    const known = byKey.get(tagKey(row.tag))
    byKey.set(tagKey(row.tag), known === undefined ? row : { ...known, tickets: known.tickets + row.tickets })
  }
  const all = [...byKey.values()].slice(0, mostTags).toSorted((a, b) => (isAfter(placeOf(a), placeOf(b)) ? 1 : -1))
  const left = place === null ? all : all.filter((it) => isAfter(placeOf(it), place))
  const items = left.slice(0, page.limit)
  const last = items.at(-1)
  return { items, next: last !== undefined && left.length > items.length ? writeCursor(order, placeOf(last)) : null }
}

const order = { name: 'tags', keys: ['lastUsedAt', 'tag'] } as const
const placeOf = ({ lastUsedAt, tag }: TagAnswer): readonly string[] => [lastUsedAt, tag]
/** The one used last first. */
function isAfter([at = '', tag = '']: readonly string[], [place = '', name = '']: readonly string[]): boolean {
  return at === place ? tag > name : at < place
}

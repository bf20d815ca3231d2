// Which tags are in use (D19): of the newest tickets only, so that the answer costs the same however many there are.
import { tagKey } from '../../../core/rules/tags.ts'
import type { TagAnswer } from '../../../schemas/desk-answers.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { statement } from '../statement.ts'
import type { Reading } from './reading.ts'

const newest = 20_000
const atMost = 500
const used = statement(
  'tags_in_use',
  `select g.tag, count(*)::int as tickets, instant(max(t.updated_at)) as "lastUsedAt"
   from (select n.tags, n.updated_at from ticket n where n.workspace = $1 and $2::json is not null
     order by n.created_at desc, n.id desc limit ${newest}) t
   cross join lateral unnest(t.tags) as g (tag) group by g.tag order by max(t.updated_at) desc, g.tag`,
)

/** Spellings of one tag are one tag, shown as it was written last. */
export async function tagsInUse(reading: Reading): Promise<readonly TagAnswer[]> {
  const byKey = new Map<string, TagAnswer>()
  for (const row of await reading.run<TagAnswer & { readonly lastUsedAt: Instant }>(used, {})) {
    const known = byKey.get(tagKey(row.tag))
    byKey.set(tagKey(row.tag), known === undefined ? row : { ...known, tickets: known.tickets + row.tickets })
  }
  return [...byKey.values()].slice(0, atMost)
}

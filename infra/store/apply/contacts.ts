// Verbs about people: made, changed, joined.
import { askedTogether } from '../../../core/ports/asked-together.ts'
import { statement } from '../statement.ts'
import { byStatement, type Applier } from './applier.ts'

// The keys are plain inserts: a twin that came first is a unique violation, so a conflict, so decided again.
const make = statement(
  'make_contact',
  `with q as materialized (select * from json_to_recordset($2::json) as q (contact text, name text, address text, keys json)),
     made as (insert into contact (workspace, id, name, address, keys)
       select $1, q.contact, q.name, q.address, array(select k from json_array_elements_text(q.keys) k order by k) from q order by q.contact)
   insert into contact_key (workspace, key, contact)
   select $1, k, q.contact from q cross join lateral json_array_elements_text(q.keys) k order by k`,
)
const change = statement('change_contacts', `select change_contacts($1, $2::json)`)
// A name that is learned late is shown on the tickets that were opened without one, where lists look for it.
const showName = statement(
  'name_tickets',
  `update ticket t set requester_name = f.name from (
     select k.id, q.name from json_to_recordset($2::json) as q (contact text, name text)
     cross join lateral (select o.id from ticket o where o.workspace = $1 and o.contact = q.contact and o.requester_name is null
       order by o.contact limit 1000) k) f
   where t.workspace = $1 and t.id = f.id`,
)
const merge = statement('merge_contacts', `select merge_contacts($1, $2::json)`)

export const makeContact: Applier<'make-contact'> = byStatement(make, (it) => ({ ...it, keys: [...new Set(it.keys)] }))
export const setContact: Applier<'set-contact'> = async (here, changes) => {
  const rows = changes.map(({ contact, addKeys, do: _do, ...set }) => ({
    contact,
    set, // undefined leaves JSON, null stays
    addKeys: [...new Set(addKeys)],
  }))
  const named = changes.flatMap(({ contact, name }) => (typeof name === 'string' ? [{ contact, name }] : []))
  await askedTogether([here.run(change, rows), ...(named.length === 0 ? [] : [here.run(showName, named)])])
}
export const mergeContacts: Applier<'merge-contacts'> = byStatement(merge, (it) => it)

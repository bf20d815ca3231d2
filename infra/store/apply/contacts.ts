// Verbs about people: made, changed, joined.
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
// A name that is learned late is shown on the tickets that were opened without one, where lists look for it.
const change = statement(
  'change_contacts',
  `with changed as materialized (select change_contacts($1, $2::json))
   update ticket t set requester_name = f.name from changed, (
     select k.id, q.set ->> 'name' as name from json_to_recordset($2::json) as q (contact text, set json)
     cross join lateral (select o.id from ticket o where o.workspace = $1 and o.contact = q.contact and o.requester_name is null
       order by o.contact limit 1000) k
     where q.set ->> 'name' is not null) f
   where t.workspace = $1 and t.id = f.id`,
)
const merge = statement('merge_contacts', `select merge_contacts($1, $2::json)`)

export const makeContact: Applier<'make-contact'> = byStatement(make, (it) => ({ ...it, keys: [...new Set(it.keys)] }))
export const setContact: Applier<'set-contact'> = byStatement(change, ({ contact, addKeys, do: _do, ...set }) => ({
  contact,
  set, // undefined leaves JSON, null stays
  addKeys: [...new Set(addKeys)],
}))
export const mergeContacts: Applier<'merge-contacts'> = byStatement(merge, (it) => it)

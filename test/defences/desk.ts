// What the desk's settings stand on, each with the change that takes it out and the tests that must notice.
import { row, type Defence } from './defence.ts'

const desk = 'core/commands/people-and-rules.test.ts'
const served = 'api/people-and-rules.int.test.ts'

// prettier-ignore
export const ofTheDesk: readonly Defence[] = [
  row('S28', 'a change of the desk is written into the audit', 'core/commands/desk-change.ts', 'return { changes: [...changes, line], events, answer }', 'return { changes, events, answer }', desk),
  row('D55', 'what is still named is not dropped', 'core/commands/desk-change.ts', 'if (by.length === 0) return null', 'return null', desk),
  row('D54', 'an address is one person, however it is written', 'core/commands/agents.ts', 'folded(it.email) === folded(email)', 'it.email === email', desk),
  row('D47', 'whoever is switched off is not there any more', 'core/rules/leaving.ts', "if (from === undefined || from === 'offline') return stays", "if (from === undefined || from !== 'offline') return stays", desk),
  row('B11', 'who waits for a group that goes is looked at again', 'infra/migrations/0021-desk.sql', " or (tg_table_name = 'team' and tg_op = 'DELETE')", '', 'infra/store/read/assigning.int.test.ts'),
  row('D7', 'a type is one of the catalogue', 'core/rules/catalogue.ts', 'entries.length === 0 || entries.some((it) => it.key === key)', 'entries.length === 0 || key !== null', 'core/rules/desk-rules.test.ts'),
  row('D8', 'a catalogue is that of its brand', 'core/rules/catalogue.ts', 'it.what === what && isOfBrand(it.brands, brand)', 'it.what === what', 'core/rules/desk-rules.test.ts'),
  row('D8', 'resolving needs a topic', 'core/commands/ticket-move.ts', 'if (lacking !== null) return lacking', '', 'core/commands/ticket-names.test.ts'),
  row('D16', 'a folder that goes lets its tickets out', 'infra/store/apply/people.ts', 'set folders = array_remove(t.folders, q.folder), version', 'set version', served),
  row('D13', 'a desk that was changed is read anew', 'infra/store/read/desk-rows.ts', 'known.rows.version === Number(now?.version ?? 0)', 'known.rows.version >= 0', served),
  row('S15', 'a body is only so deep', 'api/server.ts', '    refuseTooDeep(request.body)\n', '', served),
]

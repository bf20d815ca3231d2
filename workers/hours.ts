// A rule of time that is made or changed is about the tickets of before, too: they are looked through a page at a time, and each gets its wake-up (B13).
import type { EventOf } from '../schemas/events.ts'
import type { TicketId } from '../schemas/ids.ts'
import type { Desk } from '../core/ports/desk.ts'
import type { RuleRow } from '../core/ports/desk-rows.ts'
import type { TriageRow } from '../core/ports/reader.ts'
import { lockOf, nothing, worker, type Change, type Decision } from '../core/ports/worker.ts'
import { inScope } from '../core/rules/match/compiled-rule.ts'
import { nextWake } from '../core/rules/match/ticket-hours.ts'

type Wake = EventOf<'wake.due'>
interface Facts {
  readonly ids: readonly TicketId[]
  readonly rows: readonly (TriageRow | null)[]
  readonly next: string | null
  readonly desk: Desk
}

export default worker({
  name: 'hours',
  on: ['wake.due'],
  guard: 'inbox',
  concerns: ({ data }) => data.kind === 'rule_hours',
  locks: () => [],
  // What is done to them meanwhile asks for its own wake-up, and by the rules of before, perhaps.
  moreLocks: (_event: Wake, facts: Facts | null) =>
    (facts?.ids ?? []).map((id) => ({ ...lockOf('ticket', id), together: true as const })),
  async facts(events: readonly Wake[], read) {
    const each: (Facts | null)[] = []
    const desk = await read.desk()
    for (const { data } of events) {
      if (ruleOf(data, desk) === null) {
        each.push(null)
        continue
      }
      const { ids, next } = await read.triage.page(data.basis ?? '')
      const rows = await read.triage.of(ids.map((ticket) => ({ ticket, message: null })))
      each.push({ ids, rows, next, desk })
    }
    return { each, shared: undefined }
  },
  decide({ data }: Wake, facts: Facts | null, { now }): Decision {
    const rule = facts === null ? null : ruleOf(data, facts.desk)
    if (facts === null || rule === null) return nothing
    const { rows, next, desk } = facts
    const wakes = rows.flatMap((row) =>
      row === null || !inScope(rule, row.ticket) ? [] : [nextWake({ row, desk, now }, row.ticket, [])],
    )
    const goesOn: readonly Change[] =
      next === null ? [] : [{ do: 'wake-me', kind: 'rule_hours', subject: data.subject, dueAt: now, basis: next }]
    return { changes: [...wakes, ...goesOn], events: [] }
  },
})

/** `<id>/<version>`: whoever changes it again begins a look of its own, and this one ends. */
function ruleOf({ subject }: Wake['data'], desk: Desk): RuleRow | null {
  const at = subject.lastIndexOf('/')
  const rule = desk.ruleById.get(subject.slice(0, at))
  return rule?.isActive === true && rule.on === 'time' && String(rule.version) === subject.slice(at + 1) ? rule : null
}

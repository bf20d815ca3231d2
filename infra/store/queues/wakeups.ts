// Due wake-ups: taken and told of in one transaction, so that each fires once, whoever else looks at the same time.
import { schemaVersion, type AnyEvent, type EventOf } from '../../../schemas/events.ts'
import { raisedEventId, type Instant, type WorkspaceId } from '../../../schemas/ids.ts'
import type { WakeKind } from '../../../schemas/time.ts'
import type { Wakeups } from '../../../core/ports/queues.ts'
import type { Database } from '../../drivers/database.ts'
import { logRows, type EmitDeps } from '../emit.ts'
import { statement } from '../statement.ts'
import { loopsTransaction, onLoops, type OnLoops } from './on-loops.ts'
import type { Waits } from './waits.ts'

// By the database's clock, which is also the one the due time was made from (G17).
export const due = statement(
  'wake_take',
  `select workspace, kind, subject, id, due_at as "dueAt", basis, now() as now from take_due(($1::json #>> '{}')::int)`,
)
export const next = statement('wake_next', `select next_due_ms() as "inMs" where $1::json is not null`)
const intoOutbox = statement(
  'wake_outbox',
  `insert into outbox (workspace, partition, topic, event)
   select q.e ->> 'workspace', q.p, q.t, q.e from json_to_recordset($1::json) as q (t text, p int, e json)`,
)
const intoLog = statement('wake_log', `select log_append(null, null, $1::json)`)

interface Due {
  readonly workspace: WorkspaceId
  readonly kind: WakeKind
  readonly subject: string
  readonly id: string
  readonly dueAt: Instant
  readonly basis: string | null
  readonly now: Instant
}
export interface WakeupDeps extends EmitDeps {
  readonly database: Pick<Database, 'pool'>
  readonly waits: Waits
  readonly nudge?: () => void
}

export const makeWakeups = (deps: WakeupDeps): Wakeups => ({
  fire: async (limit) => {
    const fired = await loopsTransaction(deps.database, (loops) => fireDue(limit, loops, deps))
    if (fired > 0) deps.nudge?.()
    const [row] = await onLoops(deps.database).run<{ inMs: number | null }>(next, 0)
    const inMs = row?.inMs ?? null
    return { fired, nextInMs: inMs === null ? null : Math.max(0, inMs) }
  },
  wait: deps.waits.wait,
})

async function fireDue(limit: number, loops: OnLoops, deps: WakeupDeps): Promise<number> {
  const taken = await loops.run<Due>(due, limit)
  if (taken.length === 0) return 0
  const rows = logRows(taken.map(eventOf), deps.partitionOf)
  await loops.run(deps.emitInto === 'log' ? intoLog : intoOutbox, rows)
  return taken.length
}

function eventOf({ workspace, kind, subject, id, dueAt, basis, now }: Due): AnyEvent {
  const event: EventOf<'wake.due'> = {
    id: raisedEventId(workspace, 'wake', id, 'wake.due', ''),
    type: 'wake.due',
    workspace,
    channel: null,
    account: null,
    version: schemaVersion,
    at: now,
    receivedAt: now,
    key: subject,
    subject,
    cause: null,
    correlation: id,
    actor: { kind: 'system', id: 'wake' },
    origin: 'live',
    raw: null,
    data: { wake: id, kind, subject, dueAt, basis },
  }
  return event
}

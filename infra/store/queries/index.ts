// What the API may read, each call one read-only transaction in the asked workspace.
import { sql } from 'kysely'
import type { Pool } from 'pg'
import type { Queries, Sees } from '../../../core/ports/queries.ts'
import type { Role } from '../../drivers/database.ts'
import { storeFault } from '../../drivers/store-fault.ts'
import type { WorkspaceAnswer } from '../../../schemas/answers.ts'
import type { RawRef } from '../../../schemas/events.ts'
import type { WorkspaceId } from '../../../schemas/ids.ts'
import { readDesk, type DeskMemory } from '../read/desk-rows.ts'
import { attachmentAnswer, type AttachmentRead, type ShapeDeps } from '../shapes.ts'
import { readFeed } from './feed.ts'
import { listContacts, listOf } from './lists.ts'
import { listHistory, listMessages, listReplies } from './of-ticket.ts'
import { showOne } from './one.ts'
import { readingIn, type Reading } from './reading.ts'
import { responseTimes } from './reports.ts'
import { slaReport } from './sla-report.ts'
import { tagsInUse } from './tags.ts'
import { listTickets } from './tickets.ts'
import { tryRuleOn, type In } from './try-rule.ts'

export interface QueriesDeps extends ShapeDeps {
  readonly database: { pool(role: Role): Pool }
}

const everything: Sees = { brands: null, channels: null }

export function makeQueries(deps: QueriesDeps, sees: Sees = everything): Queries {
  const inside = <T>(workspace: WorkspaceId, work: (reading: Reading) => Promise<T>): Promise<T> =>
    readingIn(deps.database.pool('desk'), { workspace, sees }, work)
  const memory: DeskMemory = new Map()
  return {
    seenBy: (part) => makeQueries(deps, part),
    // Settings are whole for everybody who may ask: what a person is limited to concerns tickets.
    desk: (workspace) => readingIn(deps.database.pool('desk'), { workspace }, (reading) => readDesk(reading, memory)),
    one: (workspace, what, id) => inside(workspace, (reading) => showOne({ what, id }, reading, deps)),
    list: (workspace, list, page) => inside(workspace, (reading) => listOf({ list, page }, reading)),
    tickets: (workspace, asked) => inside(workspace, (reading) => listTickets(asked, reading, deps)),
    tags: (workspace, page) => inside(workspace, (reading) => tagsInUse(reading, page)),
    responseTimes: (workspace, asked) => inside(workspace, (reading) => responseTimes(asked, reading)),
    slaReport: (workspace, asked) => inside(workspace, (reading) => slaReport(asked, reading)),
    tryRule: (workspace, asked) => {
      const whole: In = (work) => readingIn(deps.database.pool('desk'), { workspace }, work)
      return tryRuleOn(asked, { whole, seen: (work) => inside(workspace, work) }, memory)
    },
    messages: (workspace, ticket, page) => inside(workspace, (reading) => listMessages({ ticket, page }, reading)),
    history: (workspace, ticket, page) => inside(workspace, (reading) => listHistory({ ticket, page }, reading)),
    replies: (workspace, ticket, page) => inside(workspace, (reading) => listReplies({ ticket, page }, reading)),
    contacts: (workspace, q, page) => inside(workspace, (reading) => listContacts({ q, page }, reading)),
    workspaces: () => allWorkspaces(deps, inside),
    events: (workspace, asked) => inside(workspace, (reading) => readFeed(asked, reading)),
    file: (workspace, attachment) => inside(workspace, (reading) => fileOf(attachment, reading)),
    rawRef: (workspace, raw) => inside(workspace, (reading) => rawRefOf(raw, reading)),
  }
}

/** Row security shows one workspace at a time: their ids are read under the loops' role, and each is entered. */
async function allWorkspaces(
  deps: QueriesDeps,
  inside: <T>(workspace: WorkspaceId, work: (reading: Reading) => Promise<T>) => Promise<T>,
): Promise<readonly WorkspaceAnswer[]> {
  const { rows } = await deps.database
    .pool('loops')
    .query<{ workspace: WorkspaceId }>('select workspace from workspace order by workspace')
    .catch((error: unknown) => Promise.reject(storeFault(error)))
  const all: WorkspaceAnswer[] = []
  for (const { workspace } of rows) {
    const one = await inside(workspace, (reading) => showOne({ what: 'workspace', id: workspace }, reading, deps))
    if (one !== null) all.push(one)
  }
  return all
}

async function fileOf(id: string, reading: Reading) {
  const [row] = await reading.ask<AttachmentRead>(
    sql`select * from attachment where workspace = ${reading.workspace} and id = ${id}`,
  )
  return row === undefined ? null : { ...attachmentAnswer(row), blob: row.blob }
}

/** Named by what came of it: a message, or what was set aside. */
async function rawRefOf(raw: string, reading: Reading): Promise<RawRef | null> {
  const [row] = await reading.ask<{ readonly raw: RawRef | null }>(sql`
    select coalesce(message_raw_of(${raw}), (select event -> 'raw' from parked
      where workspace = ${reading.workspace} and event -> 'raw' ->> 'id' = ${raw} limit 1)) as raw`)
  return row?.raw ?? null
}

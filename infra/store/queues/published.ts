// What was published, as it was: a replay compares with it.
import type { EventId } from '../../../schemas/ids.ts'
import type { Published } from '../../../core/ports/queues.ts'
import { eventIdOf, uuidOf } from '../event-uuid.ts'
import { statement } from '../statement.ts'
import { inTransaction, type TransactionDeps } from '../transaction.ts'

const find = statement(
  'published_data',
  `select f.event_id as id, f.event -> 'data' as data from json_array_elements_text($2::json) as q (id)
   cross join lateral (select event_id, event from feed where workspace = $1 and event_id = q.id::uuid limit 1) f`,
)

export const makePublished = (deps: TransactionDeps): Published => ({
  data: (workspace, ids) =>
    inTransaction(async (enter): Promise<ReadonlyMap<EventId, unknown>> => {
      const rows = await (await enter(workspace)).run<{ id: string; data: unknown }>(find, ids.map(uuidOf))
      return new Map(rows.map(({ id, data }) => [eventIdOf(id), data]))
    }, deps),
})

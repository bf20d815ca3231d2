// Results that come in while others are being written down are written down together: one transaction, one wait for the disk.
import type { WorkspaceId } from '../../../schemas/ids.ts'
import type { Deliveries, Delivery, Finished, KeptSaid } from '../../../core/ports/queues.ts'
import { isGatewayError } from '../../../core/errors.ts'
import type { Ended } from './finish-delivery.ts'

interface Waiting extends Ended {
  readonly settle: (fault?: unknown) => void
}
export type Write = (workspace: WorkspaceId, ended: readonly Ended[]) => Promise<void>

/** One transaction holds so many conversations at the most. */
const together = 64
/** A second one, so that a conversation somebody holds for long does not keep everybody's results waiting. */
const transactionsAtOnce = 2

/** `finish` resolves when its own result is committed, whoever it was joined with; it rejects only for a reason of its own or of the database. */
export function joinFinishes(write: Write): Deliveries['finish'] {
  const queue: Waiting[] = []
  const underWay = new Set<readonly Waiting[]>()
  let isAsked = false

  function start(): void {
    isAsked = false
    while (underWay.size < transactionsAtOnce) {
      const batch = takeFrom(queue, idsOf([...underWay].flat()))
      if (batch.length === 0) return
      underWay.add(batch)
      void writeTogether(batch, write).finally(() => {
        underWay.delete(batch)
        start()
      })
    }
  }

  return (delivery: Delivery, outcome: Finished, kept?: KeptSaid) =>
    new Promise((resolve, reject) => {
      const ended = { delivery, outcome, ...(kept === undefined ? {} : { kept }) }
      queue.push({ ...ended, settle: (fault) => (fault === undefined ? resolve() : reject(fault)) })
      if (isAsked) return
      // Not at once: answers of this turn of the event loop shall share the transaction.
      isAsked = true
      setImmediate(start)
    })
}

const idsOf = (some: readonly Waiting[]): Set<string> => new Set(some.map(({ delivery }) => delivery.id))

/**
 * The oldest, and those of its workspace behind it; of one reply one at a time, also beside what is under way: a later try of it is judged by
 * what the earlier left.
 */
function takeFrom(queue: Waiting[], taken: Set<string>): readonly Waiting[] {
  const batch: Waiting[] = []
  const left: Waiting[] = []
  for (const one of queue) {
    const { id, workspace } = one.delivery
    const isOfThem = batch.length === 0 || batch[0]!.delivery.workspace === workspace
    const fits = batch.length < together && isOfThem && !taken.has(id)
    taken.add(id)
    ;(fits ? batch : left).push(one)
  }
  queue.splice(0, queue.length, ...left)
  return batch
}

/** What one of them cannot be written for takes none of the others along: each is then tried by itself. */
async function writeTogether(batch: readonly Waiting[], write: Write): Promise<void> {
  const fault = await attempt(batch, write)
  if (fault === undefined || batch.length === 1 || isGatewayError(fault, 'store.unavailable'))
    return batch.forEach(({ settle }) => settle(fault))
  for (const one of batch) one.settle(await attempt([one], write))
}

async function attempt(batch: readonly Waiting[], write: Write): Promise<unknown> {
  try {
    return await write(batch[0]!.delivery.workspace, batch)
  } catch (error) {
    return error ?? new Error('it failed without a word')
  }
}

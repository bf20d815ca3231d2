// A commit in one process wakes the relay in another.
import { expect, it, onTestFinished } from 'vitest'
import { freshDatabase } from '../../test/support/database.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { main, storeOver } from '../../test/support/store-over.ts'
import { received } from '../../test/support/given.ts'
import { systemClock } from './clock.ts'
import { openDatabase } from './database.ts'
import { outboxCalls } from './outbox-calls.ts'

it('G11 what one process raises is heard by the one that carries the outbox over, which does not wait until it looks', async () => {
  const here = await freshDatabase()
  const there = await openDatabase({ databaseUrl: here.url, dataDir: '', log: keptLog() })
  const end = new AbortController()
  const callsOf = (database: typeof there) => outboxCalls({ database, clock: systemClock, logger: keptLog() })
  const [listens, raises] = [callsOf(there), callsOf(here)]
  const { queues } = storeOver(there)
  const { store } = storeOver(here, { nudge: raises.raised })
  const running = [listens.hear(queues.wakeOutbox, end.signal), raises.tell(end.signal)]
  onTestFinished(async () => {
    end.abort()
    await Promise.all(running)
    await there.close()
    await here.close()
  })
  // It would look by itself in a minute.
  const woken = queues.outbox.wait(60_000, end.signal).then(() => 'woken')
  // A commit before the other listens is heard by nobody: one more is made until one is.
  for (let n = 0; ; n++) {
    await store.transaction(async (enter) => (await enter(main)).emit([received(`call-${n}`)]))
    const soon = systemClock.sleep(200, end.signal).then(() => 'not yet')
    if ((await Promise.race([woken, soon])) === 'woken') break
    expect(n).toBeLessThan(100)
  }
})

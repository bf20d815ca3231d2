// Who lives, as the database knows it: asked by who is seen there too, and shown by whoever begins, whenever that is.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../test/contracts/event-log/under-test.ts'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { makeListener } from './database-listener.ts'
import { makePresence } from './database-presence.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

it('G15 F18 whose own session is not at the server it asks calls nobody dead: others may be elsewhere as well', async () => {
  await database.presence.show()
  await eventually('the server to be up for a while', async () => (await database.presence.alive()) !== null)
  // As after a failover, while its session hangs at the server that was.
  const elsewhere = makePresence({ pool: () => database.pool('loops'), hold: () => Promise.resolve() })
  await elsewhere.show()
  expect(await elsewhere.alive()).toBeNull()
  expect(await database.presence.alive()).toEqual(new Set([database.presence.mark]))
})

it('what is to be held is held, also when it is asked for while the connection is being made', async () => {
  const ran: string[] = []
  const hold = (name: string) => listener.hold(async () => void ran.push(name))
  let late: Promise<void> | undefined
  const listener = makeListener(
    { connectionString: database.url },
    (client) => {
      const query = client.query.bind(client) as (text: string) => Promise<unknown>
      const listening = (text: string) => {
        late ??= hold('late')
        return query(text)
      }
      Object.assign(client, { query: (text: string) => (text.startsWith('listen') ? listening(text) : query(text)) })
      return Promise.resolve()
    },
    keptLog(),
  )
  const stop = new AbortController()
  const listened = listener.listen('word', () => undefined, stop.signal)
  await hold('early')
  await eventually('the connection to be made', () => late !== undefined)
  await late
  await hold('then')
  expect(ran).toEqual(['early', 'late', 'then'])
  stop.abort()
  await listened
  await listener.close()
})

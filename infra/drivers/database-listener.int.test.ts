// The listening connection does what is asked of it whenever it is asked: also while it is being made.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from 'pg'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { until } from '../../test/support/desk.ts'
import { makeListener } from './database-listener.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase({ empty: true })
})
afterAll(() => database.close())

it('F1 what is to be held is held once, also when it is asked for between two statements of a connection that begins', async () => {
  const stopping = new AbortController()
  const ran: string[] = []
  const run = (name: string) => async (client: Client) => {
    await client.query('select 1')
    ran.push(name)
  }
  const asked: Promise<void>[] = []
  const heard: string[] = []
  const watch = async (client: Client): Promise<void> => {
    const query = client.query.bind(client) as (text: string) => Promise<unknown>
    let listens = 0
    client.query = (async (text: string) => {
      if (text.startsWith('listen')) asked.push(listener.hold(run(`during listen ${(listens += 1)}`)))
      return query(text)
    }) as unknown as Client['query']
  }
  const listener = makeListener({ connectionString: database.url }, watch, keptLog())
  const listening = listener.listen('bell', (payload) => void heard.push(payload), stopping.signal)
  await until(
    () => Promise.resolve(asked.length),
    (count) => count === 2,
  )
  await Promise.all(asked)
  await listener.hold(run('later'))
  expect(ran).toEqual(['during listen 1', 'during listen 2', 'later'])
  await database.pool('owner').query(`select pg_notify('bell', 'rung')`)
  await until(
    () => Promise.resolve(heard),
    (all) => all.length === 1,
  )
  stopping.abort()
  await listening
  await listener.close()
})

// What a machine says to customers, from outside, on a clock that the test sets for the whole gateway and its database: hours, days and nights pass in seconds.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deskHouse, type DeskHouse } from '../support/desk-house.ts'
import { until, type Fields } from '../support/desk.ts'
import { masterKey, newFolder } from '../support/gateway-process.ts'
import { shiftedClock } from '../support/shifted-clock.ts'
import { shiftedServer, type ShiftedServer } from '../support/shifted-server.ts'

const clock = shiftedClock()
let server: ShiftedServer
let at: DeskHouse
beforeAll(async () => {
  // A Friday morning in Berlin, before summer begins there on the Sunday after.
  clock.set('2027-03-26T09:00:00Z')
  const folder = newFolder()
  server = await shiftedServer(clock, join(folder, 'server'))
  const env = { ...clock.env, DATABASE_URL: server.url, INLET_MASTER_KEY: masterKey }
  at = await deskHouse(911, [], { data: join(folder, 'data'), env })
}, 90_000)
afterAll(async () => {
  await at.end()
  await server.stop()
  clock.end()
}, 30_000)

it('x', async () => {
  const t = await at.chat('merhaba')
  console.log(t)
  console.log(await at.mail())
})

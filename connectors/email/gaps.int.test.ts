// A process is killed exactly between two steps of receiving, on a real Dovecot: whatever the gap, each mail is one ticket and lies unread where it lay.
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { patchedCopy, type Patch } from '../../test/chaos/patched-copy.ts'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/desk.ts'
import { startDovecot, type Dovecot } from '../../test/support/dovecot.ts'
import { endGateways, masterKey, newFolder, runGateway, startGateway } from '../../test/support/gateway-process.ts'
import type { HouseCopy } from '../../test/support/house-copy.ts'

/** A kill -9 written into the gap of this name; it happens where the process was told so. */
const die = (gap: string): string => `if (process.env.CHAOS_GAP === '${gap}') process.kill(process.pid, 'SIGKILL')`
const gap = (name: string, file: string, at: string): { readonly name: string; readonly patch: Patch } => ({
  name,
  patch: { file, from: at, to: `${die(name)}\n${at}` },
})
const gaps = [
  gap('found, not fetched', 'connectors/email/session/batches.ts', 'const mails = await options.box.mails(group)'),
  gap('fetched, not read', 'connectors/email/session/batches.ts', 'const headOf = new Map('),
  gap('read, not appended', 'core/runtime/ingest.ts', 'await deps.log.append({'),
  gap('appended, position not kept', 'core/runtime/watch-accounts.ts', 'return deps.keeps.put('),
  gap('position kept, next page not begun', 'connectors/email/session/folder.ts', 'if (deps.markSeen) await'),
] as const

let dovecot: Dovecot
let database: FreshDatabase
let copy: HouseCopy
beforeAll(async () => {
  ;[dovecot, database, copy] = await Promise.all([
    startDovecot(),
    freshDatabase(),
    patchedCopy(gaps.map(({ patch }) => patch)),
  ])
}, 60_000)
afterAll(async () => {
  await endGateways()
  await dovecot.stop()
  await copy.remove()
  await database.close()
})

const user = 'gaps@shop.test'
const mail = (n: number): string =>
  `Message-ID: <gap${n}@people.test>\r\nFrom: Ana <ana@people.test>\r\nTo: <${user}>\r\nSubject: Gap ${n}\r\n\r\nText\r\n`

it('P2 P7 G8 F1 F2 a kill between any two steps of receiving loses no mail, doubles none and leaves all of them unread', async () => {
  const env = { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey }
  const desk = await startGateway({ args: ['--only', 'api,workers,deliver'], env })
  const settings = {
    address: user,
    imap: { host: '127.0.0.1', port: dovecot.tlsPort, tls: true },
    caFile: dovecot.caFile,
  }
  const body = { channel: 'email', id: 'gaps', settings, secrets: { password: dovecot.password } }
  const made = await desk.call('POST', '/v1/accounts', { body })
  expect(made.status, made.text).toBe(201)
  const reading = (died: string, root?: string) =>
    runGateway({
      args: ['--only', 'connectors'],
      env: { ...env, CHAOS_GAP: died, INLET_ADMIN_KEY: desk.adminKey },
      data: `${newFolder()}/data`,
      ...(root === undefined ? {} : { root }),
    })
  const first = reading('none')
  type Shown = { readonly health: { readonly state: string } }
  await until(
    async () => (await desk.call<Shown>('GET', '/v1/accounts/email/gaps')).body,
    ({ health }) => health.state === 'connected',
  )
  first.kill('SIGTERM')
  await first.ended
  const client = new pg.Client(database.url)
  await client.connect()
  let count = 0
  for (const { name } of gaps) {
    for (let n = 0; n < 2; n += 1) dovecot.deliver(user, mail((count += 1)))
    const process = reading(name, copy.root)
    expect([name, (await process.ended).signal]).toEqual([name, 'SIGKILL'])
    // Six seconds by the database's clock: how a dead owner is followed in time is shown elsewhere.
    await client.query(`update inlet.lease set until = '-infinity' where name like 'receive%'`)
  }
  await client.end()
  reading('none')
  dovecot.deliver(user, mail((count += 1)))
  type Page = { readonly items: readonly { readonly subject: string }[] }
  const subjects = async () => {
    const { body: page } = await desk.call<Page>('GET', '/v1/tickets?limit=200')
    return page.items.map((it) => it.subject).toSorted()
  }
  await until(subjects, (found) => found.includes(`Gap ${count}`) && found.length >= count, 30_000)
  expect(await subjects()).toEqual(Array.from({ length: count }, (_, n) => `Gap ${n + 1}`).toSorted())
  expect(dovecot.stored(user)).toEqual({ all: count, seen: 0 })
}, 120_000)

// The whole way of a mail on real servers, killed between every two of its steps: one ticket, one answer, the customer's answer on the same ticket.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { patchedCopy, type Patch } from '../../test/chaos/patched-copy.ts'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { until as untilWithin } from '../../test/support/desk.ts'
import { startDovecot, type Dovecot } from '../../test/support/dovecot.ts'
import {
  adminKey,
  endGateways,
  masterKey,
  newFolder,
  runGateway,
  startGateway,
  type Gateway,
} from '../../test/support/gateway-process.ts'
import type { HouseCopy } from '../../test/support/house-copy.ts'
import { startPostfix, type Postfix } from '../../test/support/postfix.ts'
import { smtpDoor, type SmtpDoor } from '../../test/support/smtp-door.ts'

/** A kill -9 written into the gap of this name; it happens where the process was told so. */
const die = (gap: string, also = 'true'): string =>
  `if (process.env.CHAOS_GAP === '${gap}' && ${also}) process.kill(process.pid, 'SIGKILL')`
const before = (file: string, at: string) => (name: string, also?: string) => ({
  name,
  patch: { file, from: at, to: `${die(name, also)}\n${at}` },
})
const after = (file: string, at: string) => (name: string, also?: string) => ({
  name,
  patch: { file, from: at, to: `${at}\n${die(name, also)}` },
})
const batches = 'connectors/email/session/batches.ts'
const handle = 'await turn.it.handle(events)'
const transaction = `return await deps.store.transaction(async (enter) =>
        inTransaction(it, input, { tx: await enter(ask.workspace), call, ask }),
      )`

/** Receiving, for any mail: what was read is fetched again, what was appended is known. */
const receiving = [
  before(batches, 'const mails = await options.box.mails(group)')('found, not fetched'),
  before(batches, 'const headOf = new Map(')('fetched, not read'),
  before('core/runtime/ingest.ts', 'await deps.log.append({')('read, not appended'),
  before('core/runtime/watch-accounts.ts', 'return deps.keeps.put(')('appended, place in the mailbox not kept'),
  before('connectors/email/session/folder.ts', 'if (deps.markSeen) await')('place kept, next page not begun'),
]
/** From the event to its ticket; of the first mail and of the customer's answer. */
const threading = [
  before('core/runtime/decide-batch.ts', 'if (raised.length > 0) await tx.emit(raised)')(
    'ticket decided, not committed',
    `worker.name === 'threading' && JSON.stringify(mine).includes(process.env.CHAOS_MAIL)`,
  ),
  after('infra/drivers/log-postgres/consume.ts', handle)(
    'ticket committed, place in the log not moved',
    `turn.it.group === 'threading' && JSON.stringify(events).includes(process.env.CHAOS_MAIL)`,
  ),
]
/** The agent's call: repeated under its key until it is answered. */
const asking = [
  before('core/runtime/run-command.ts', 'if (decision.raised.length > 0) await tx.emit(decision.raised)')(
    'reply decided, not committed',
    `it.name === 'reply'`,
  ),
  {
    name: 'reply committed, not answered',
    patch: {
      file: 'core/runtime/run-command.ts',
      from: transaction,
      to: `${transaction.replace('return', 'const made =')}
      ${die('reply committed, not answered', `it.name === 'reply'`)}
      return made`,
    },
  },
]
/** Between what is said to the server the kills are in killed-sending.int.test.ts. */
const sending = [
  before('core/runtime/deliver.ts', 'const tried = tryOne(delivery, deps)')('reply claimed, server not called'),
  before('core/runtime/deliver.ts', 'await record(tried, deps).finally(')(
    'taken by the server, not written down',
    `tried.outcome.is === 'sent'`,
  ),
  // Nobody is told of it by hand: its event is committed with it.
  after(
    'infra/store/queues/finish-delivery.ts',
    'if (there.length > 0) await write(there, rows, { ...inside, clock: deps.clock })\n  }, deps)',
  )('written down, nobody told', `ended.some(({ outcome }) => outcome.is === 'sent')`),
]
const patches: readonly Patch[] = [...receiving, ...threading, ...asking, ...sending].map(({ patch }) => patch)

/** Of a busy machine, on which a process comes up; one whose gap is not met would live on. */
const longestMs = 60_000
const until = <T>(look: () => Promise<T>, is: (found: T) => boolean): Promise<T> => untilWithin(look, is, longestMs)

let dovecot: Dovecot
let postfix: Postfix
let people: SmtpDoor
let database: FreshDatabase
let copy: HouseCopy
let desk: Gateway
const user = 'gaps@shop.test'

beforeAll(async () => {
  ;[dovecot, people, database, copy] = await Promise.all([
    startDovecot(),
    smtpDoor({ authOptional: true }),
    freshDatabase(),
    patchedCopy(patches),
  ])
  ;[postfix, desk] = await Promise.all([
    startPostfix({ dovecot, domain: 'shop.test', mailboxes: [user], passOnTo: people.port }),
    api(),
  ])
}, 90_000)
afterAll(async () => {
  await endGateways()
  await postfix.stop()
  await people.close()
  await dovecot.stop()
  await copy.remove()
  await database.close()
})

const env = (gap: string, mail = 'none') => ({
  DATABASE_URL: database.url,
  INLET_MASTER_KEY: masterKey,
  INLET_ADMIN_KEY: adminKey,
  CHAOS_GAP: gap,
  // Not at an earlier one, of which a dead process left behind how far it was.
  CHAOS_MAIL: mail,
})
const api = (gap = 'none'): Promise<Gateway> =>
  startGateway({ args: ['--only', 'api'], env: env(gap), root: copy.root })
const run = (only: string, gap = 'none', mail = 'none') =>
  runGateway({ args: ['--only', only], env: env(gap, mail), data: `${newFolder()}/data`, root: copy.root })

/** What the dead one held runs out by the database's clock, whose time is moved here; how it is followed in time is shown elsewhere. */
async function held(): Promise<void> {
  const owner = database.pool('owner')
  await owner.query(`update inlet.lease set until = '-infinity'`)
  await owner.query(`update inlet.log_cursor set lease_until = '-infinity'`)
  await owner.query('delete from inlet.log_member')
  await owner.query(`update inlet.reply set lease_until = '-infinity' where state = 'sending'`)
}
const killed: string[] = []
async function isKilled(process: { readonly ended: Promise<{ readonly signal: string | null }> }, gap: string) {
  const ended = await Promise.race([process.ended, pause(longestMs, { signal: 'none: it lives' })])
  expect([gap, ended.signal]).toEqual([gap, 'SIGKILL'])
  killed.push(gap)
  await held()
}
async function killedAt(gap: string, only: string, mail?: string): Promise<void> {
  await isKilled(run(only, gap, mail), gap)
}

interface Item {
  readonly id: string
  readonly state?: string
  readonly subject?: string
  readonly direction?: string
  readonly text?: string
  readonly health?: { readonly state: string }
}
const get = async <T = Item>(path: string): Promise<T> => (await desk.call<T>('GET', path)).body
const list = async (path: string) => (await get<{ readonly items: readonly Item[] }>(path)).items
const mail = (id: string, to: string, more = ''): string =>
  `Message-ID: <${id}@people.test>\r\nFrom: Ana <ana@people.test>\r\nTo: <${to}>\r\nSubject: Order 42\r\n${more}\r\nText of ${id}\r\n`

async function mailbox(): Promise<void> {
  const settings = {
    address: user,
    imap: { host: '127.0.0.1', port: dovecot.tlsPort, tls: true },
    smtp: { host: '127.0.0.1', port: postfix.port, tls: 'starttls' },
    caFile: postfix.caFile,
  }
  const body = { channel: 'email', id: 'gaps', settings, secrets: { password: dovecot.password } }
  const made = await desk.call('POST', '/v1/accounts', { body })
  expect(made.status, made.text).toBe(201)
  // Only mail that comes from the first look on is read.
  const first = run('connectors')
  await until(
    () => get('/v1/accounts/email/gaps'),
    ({ health }) => health?.state === 'connected',
  )
  first.kill('SIGTERM')
  await first.ended
}

it('P2 P7 G8 G19 F1 F2 a mail, its ticket, the reply, its mail and the customer’s answer, with a kill -9 between every two steps: nothing is lost, nothing is twice, one ticket', async () => {
  await mailbox()
  dovecot.deliver(user, mail('first', user))
  for (const { name } of receiving) await killedAt(name, 'connectors')
  for (const { name } of threading) await killedAt(name, 'workers', 'Text of first')
  const [ticket] = await list('/v1/tickets')

  const ask = (key: string) =>
    desk.call<Item>('POST', `/v1/tickets/${ticket?.id}/replies`, {
      body: { text: `Answer ${key}.` },
      headers: { 'idempotency-key': key },
    })
  for (const { name } of asking) {
    desk.kill('SIGTERM')
    await desk.ended
    desk = await api(name)
    await expect(ask('one'), name).rejects.toThrow('fetch failed')
    await isKilled(desk, name)
  }
  desk = await api()
  const one = await ask('one')
  expect([one.status, await rowsOf('reply')]).toEqual([202, 1])

  const isUnsure = () =>
    until(
      () => get(`/v1/replies/${one.body.id}`),
      ({ state }) => state === 'unsure',
    )
  await killedAt(sending[0]!.name, 'deliver')
  const second = run('deliver', sending[1]!.name)
  // Nobody knows; a person looks and has it sent.
  await isUnsure()
  expect(people.mails).toEqual([])
  expect((await desk.call('POST', `/v1/replies/${one.body.id}/resend`, { body: {} })).status).toBe(200)
  await isKilled(second, sending[1]!.name)
  // While one is unsure no other of its conversation goes out: only a person's second "send it" leads on to a result that is written down.
  const third = run('deliver', sending[2]!.name)
  await isUnsure()
  expect(people.mails).toHaveLength(1)
  expect((await desk.call('POST', `/v1/replies/${one.body.id}/resend`, { body: {} })).status).toBe(200)
  await isKilled(third, sending[2]!.name)
  expect(await get(`/v1/replies/${one.body.id}`)).toMatchObject({ state: 'sent' })
  run('deliver')

  // What the customer answers to is a mail of which nobody here knew for long whether it went out.
  const got = await until(
    async () => people.mails.map(({ bytes }) => bytes.toString()).find((it) => it.includes('Answer one.')),
    (found) => found !== undefined,
  )
  const header = (name: string): string =>
    new RegExp(`^${name}: .*?<?([^<>\\s]+@[^<>\\s]+)>?\\r$`, 'im').exec(got!)?.[1] ?? ''
  dovecot.deliver(user, mail('answer', header('Reply-To'), `In-Reply-To: <${header('Message-ID')}>\r\n`))
  run('connectors')
  for (const { name } of threading) await killedAt(name, 'workers', 'Text of answer')
  run('workers')

  const messages = await until(
    () => list(`/v1/tickets/${ticket?.id}/messages`),
    (found) => found.some(({ text }) => text === 'Text of answer'),
  )
  expect(messages.map(({ direction, text }) => [direction, text]).toSorted()).toEqual([
    ['in', 'Text of answer'],
    ['in', 'Text of first'],
    ['out', 'Answer one.'],
  ])
  // Once for each time that somebody asked for it, under one name; and of the one that was written down the log tells once.
  const ids = people.mails.map(({ bytes }) => /^Message-ID: (\S+)\r$/im.exec(bytes.toString())?.[1])
  expect([ids.length, new Set(ids).size]).toEqual([2, 1])
  const told = await until(
    () => list('/v1/events?types=message.sent&limit=200'),
    (found) => found.length > 0,
  )
  expect(told).toHaveLength(1)
  expect([await rowsOf('ticket'), dovecot.stored(user)]).toEqual([1, { all: 2, seen: 0 }])
  expect(killed).toEqual([...receiving, ...threading, ...asking, ...sending, ...threading].map(({ name }) => name))
}, 300_000)

async function rowsOf(table: 'reply' | 'ticket'): Promise<number> {
  const { rows } = await database.pool('owner').query<{ n: number }>(`select count(*)::int as n from inlet.${table}`)
  return rows[0]!.n
}

// Mail through a whole gateway, on a real Dovecot: in, answered, answered again; processes that die and leave; who may log in.
import { createTransport } from 'nodemailer'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/desk.ts'
import { startDovecot, type Dovecot } from '../../test/support/dovecot.ts'
import { endGateways, masterKey, startGateway, type Gateway } from '../../test/support/gateway-process.ts'
import { leaseWatch } from '../../test/support/lease-watch.ts'
import { replyOfId } from './normalize/ids.ts'
import { post, type Post, type Sent } from './stand-in/post.ts'

let dovecot: Dovecot
let smtp: Post
let database: FreshDatabase
let gateway: Gateway
const sent: Sent[] = []
const start = (...args: readonly string[]): Promise<Gateway> =>
  startGateway({ args, env: { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey } })

beforeAll(async () => {
  ;[dovecot, database] = await Promise.all([startDovecot(), freshDatabase()])
  smtp = await post({
    opens: (_user, password) => password === dovecot.password,
    nextFault: () => null,
    accept: (mail) => void sent.push(mail),
    answered: () => undefined,
    latencyMs: 0,
  })
  gateway = await start()
}, 60_000)
afterAll(async () => {
  await endGateways()
  await smtp.stop()
  await dovecot.stop()
  await database.close()
})

interface Shown {
  readonly health: { readonly state: string; readonly why: string }
}
interface Item {
  readonly id: string
  readonly subject?: string
  readonly direction?: string
  readonly text?: string
  readonly state?: string
}
const list = async (path: string): Promise<readonly Item[]> => {
  const { status, body, text } = await gateway.call<{ readonly items: readonly Item[] }>('GET', path)
  expect(status, text).toBe(200)
  return body.items
}
const ticketsAbout = async (words: string): Promise<readonly Item[]> =>
  (await list('/v1/tickets?limit=200')).filter((it) => it.subject?.includes(words) === true)

async function mailbox(id: string, of: { readonly brand?: string } = {}): Promise<string> {
  const address = `${id}@shop.test`
  const settings = {
    address,
    imap: { host: '127.0.0.1', port: dovecot.tlsPort, tls: true },
    smtp: { host: '127.0.0.1', port: smtp.port, tls: false },
    caFile: dovecot.caFile,
  }
  const body = { channel: 'email', id, ...of, settings, secrets: { password: dovecot.password } }
  const made = await gateway.call('POST', '/v1/accounts', { body })
  expect(made.status, made.text).toBe(201)
  return address
}
const connected = (id: string) =>
  until(
    async () => (await gateway.call<Shown>('GET', `/v1/accounts/email/${id}`)).body,
    ({ health }) => health.state === 'connected',
  )
let mails = 0
function mail(to: string, subject: string, more: readonly string[] = []): string {
  const id = `<c${(mails += 1)}@people.test>`
  const head = [`Message-ID: ${id}`, 'From: Ana <ana@people.test>', `To: <${to}>`, `Subject: ${subject}`, ...more]
  return `${head.join('\r\n')}\r\nDate: ${new Date().toUTCString()}\r\n\r\nText of ${subject}\r\n`
}

it('D1 D21 P9 a mail becomes a ticket, its answer a mail in the same thread, and what comes back is on the same ticket', async () => {
  const shop = { id: 'shop', name: 'Shop' }
  expect((await gateway.call('POST', '/v1/brands', { body: shop })).status).toBe(201)
  const address = await mailbox('walk', { brand: 'shop' })
  await connected('walk')
  dovecot.deliver(address, mail(address, 'Order 42'))
  const [ticket] = await until(
    () => ticketsAbout('Order 42'),
    (found) => found.length > 0,
  )
  expect(ticket).toMatchObject({ channel: 'email', brand: 'shop' })
  // The customer cannot be left out of an answer.
  const elsewhere = { text: 'It is on its way.', to: ['bora@people.test'] }
  const refused = await gateway.call('POST', `/v1/tickets/${ticket?.id}/replies`, { body: elsewhere })
  expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('main_recipient')])
  const reply = await gateway.call<Item>('POST', `/v1/tickets/${ticket?.id}/replies`, {
    body: { text: 'It is on its way.' },
  })
  expect(reply.status, reply.text).toBe(202)
  await until(
    async () => sent.length,
    (count) => count === 1,
  )
  const text = sent[0]?.bytes.toString('utf8') ?? ''
  const ours = /^Message-ID: (<[^>]+>)/im.exec(text)?.[1] ?? ''
  expect(sent[0]?.to).toEqual(['ana@people.test'])
  expect(replyOfId(ours)).toBe(reply.body.id)
  expect(text).toMatch(/^In-Reply-To: <c\d+@people\.test>/im)
  await until(
    async () => (await gateway.call<Item>('GET', `/v1/replies/${reply.body.id}`)).body.state,
    (state) => state === 'sent',
  )
  dovecot.deliver(address, mail(address, 'Re: Order 42', [`In-Reply-To: ${ours}`]))
  const messages = await until(
    () => list(`/v1/tickets/${ticket?.id}/messages`),
    (found) => found.length >= 3,
  )
  expect(messages.map((it) => it.direction).toSorted()).toEqual(['in', 'in', 'out'])
  expect(await ticketsAbout('Order 42')).toHaveLength(1)
  expect(dovecot.stored(address)).toEqual({ all: 2, seen: 0 })
}, 60_000)

it('G5 F16 D1 one mail in two mailboxes is two messages that one name links; another mail under its Message-ID is a ticket of its own', async () => {
  const addresses = [await mailbox('twin1'), await mailbox('twin2')]
  await Promise.all(['twin1', 'twin2'].map(connected))
  const both = mail(addresses.join('>, <'), 'Written to both')
  const other = both.replaceAll('Written to both', 'Quite another one')
  for (const address of addresses) dovecot.deliver(address, `Delivered-To: ${address}\r\n${both}`)
  dovecot.deliver(addresses[0]!, other)
  const tickets = await until(
    async () => [...(await ticketsAbout('Written to both')), ...(await ticketsAbout('Quite another one'))],
    (found) => found.length >= 3,
  )
  interface Named extends Item {
    readonly externalId: string
    readonly parts: readonly { readonly kind: string; readonly messageId?: string; readonly is?: string }[]
  }
  const found = (await Promise.all(tickets.map(({ id }) => list(`/v1/tickets/${id}/messages`)))) as Named[][]
  const messages = found.flat()
  const names = messages.map(({ parts }) => parts.find(({ kind }) => kind === 'mail')?.messageId)
  expect([tickets.length, messages.length, new Set(names).size]).toEqual([3, 3, 1])
  const ofBoth = messages.filter(({ subject }) => subject === 'Written to both')
  expect(new Set(ofBoth.map(({ externalId }) => externalId)).size).toBe(1)
  // Whichever of the two was read first.
  expect(messages.flatMap(({ parts }) => parts.flatMap((it) => it.is ?? []))).toEqual(['reused-message-id'])
}, 60_000)

it('D31 B19 a wrong password is auth_failed with what to do, and the mailbox beside it is read', async () => {
  const address = await mailbox('beside')
  const wrong = {
    channel: 'email',
    id: 'wrong',
    settings: {
      address: 'wrong@shop.test',
      imap: { host: '127.0.0.1', port: dovecot.tlsPort },
      caFile: dovecot.caFile,
    },
    secrets: { password: 'this-is-not-it-0123' },
  }
  expect((await gateway.call('POST', '/v1/accounts', { body: wrong })).status).toBe(201)
  const shown = await until(
    async () => (await gateway.call<Shown>('GET', '/v1/accounts/email/wrong')).body,
    ({ health }) => health.state === 'auth_failed',
  )
  expect(shown.health.why).toContain('cannot be opened')
  expect(JSON.stringify(shown)).not.toContain('this-is-not-it')
  // It is an event too, and nobody can write from there until it is mended.
  const told = await until(
    () => list('/v1/events?types=channel.health_changed&limit=200') as Promise<readonly unknown[]>,
    (found) => JSON.stringify(found).includes('"auth_failed"'),
  )
  expect(JSON.stringify(told)).not.toContain('this-is-not-it')
  const written = await gateway.call<{ readonly code: string }>('POST', '/v1/tickets', {
    body: { account: { channel: 'email', id: 'wrong' }, address: 'ana@people.test', subject: 'x', text: 'x' },
  })
  expect([written.status, written.body.code], written.text).toEqual([422, 'account_down'])
  await connected('beside')
  dovecot.deliver(address, mail(address, 'Beside'))
  await until(
    () => ticketsAbout('Beside'),
    (found) => found.length === 1,
  )
}, 60_000)

/** When mails of these subjects were events, by the database's clock. */
async function readAt(subjects: readonly string[]): Promise<readonly number[]> {
  const sql = `select extract(epoch from stored_at)::float8 * 1000 as at from inlet.log_event
    where type = 'message.received' and event -> 'data' ->> 'subject' = any($1)`
  const { rows } = await database.pool('owner').query<{ readonly at: number }>(sql, [subjects])
  return rows.map(({ at }) => at)
}

it('G8 F2 P2 P7 processes are killed and leave while mail comes: every mail is one ticket, read by one process, followed within ten seconds of a death and at once when told', async () => {
  const watch = leaseWatch(database.pool('owner'))
  const ids = ['kill0', 'kill1', 'kill2']
  const addresses = await Promise.all(ids.map((it) => mailbox(it)))
  await Promise.all(ids.map(connected))
  const [first] = await watch.owners()
  const other = await start('--only', 'connectors')
  await until(watch.owners, (owners) => owners.length === 2)
  let count = 0
  const deliver = (many: number): readonly string[] =>
    Array.from({ length: many }, () => addresses).flatMap((them) =>
      them.map((address) => {
        const subject = `Killed ${(count += 1)}.`
        dovecot.deliver(address, mail(address, subject))
        return subject
      }),
    )
  /** How long until the one that stays had read what came after the other was gone; not counted is what a busy machine kept it from. */
  const followed = async (goes: Gateway, signal: 'SIGKILL' | 'SIGTERM', stays: string): Promise<number> => {
    deliver(3)
    const late = watch.lateness(stays)
    goes.kill(signal)
    await goes.ended
    const gone = await watch.now()
    const subjects = deliver(2)
    const found = await until(
      () => readAt(subjects),
      (at) => at.length === subjects.length,
      60_000,
    )
    return Math.max(...found) - gone - Math.min(await late.end(), 10_000)
  }
  // One of its mailboxes at least is of the one that dies.
  const holder = await until(
    () => watch.holderOf('receive/email/kill0/imap'),
    (owner) => owner !== null,
  )
  const [dies, stays] = holder === first ? [gateway, other] : [other, gateway]
  const left = (await watch.owners()).find((owner) => owner !== holder) ?? ''
  expect(await followed(dies, 'SIGKILL', left)).toBeLessThan(10_000)
  if (dies === gateway) gateway = await start('--only', 'api,workers,deliver')
  const third = await start('--only', 'connectors')
  await until(watch.owners, (owners) => owners.length === 2)
  const next = (await watch.owners()).find((owner) => owner !== left) ?? ''
  // Sooner than by its leases, which end ten seconds after it.
  expect(await followed(stays, 'SIGTERM', next)).toBeLessThan(8_000)
  if (stays === gateway) gateway = await start('--only', 'api,workers,deliver')
  await until(
    () => ticketsAbout('Killed'),
    (found) => found.length >= count,
    30_000,
  )
  third.kill('SIGTERM')
  await third.ended
  const subjects = (await ticketsAbout('Killed')).map((it) => it.subject)
  expect(subjects.length).toBe(count)
  expect(new Set(subjects).size).toBe(count)
  expect(addresses.map((it) => dovecot.stored(it).seen)).toEqual([0, 0, 0])
  // Whole again for the tests that follow.
  gateway.kill('SIGTERM')
  await gateway.ended
  gateway = await start()
}, 120_000)

it('B2 P6 a mail that is put aside is listed with its bytes while the others go on, and becomes its ticket when what stopped it is mended', async () => {
  const address = await mailbox('aside')
  const account = '/v1/accounts/email/aside'
  const change = async (settings: object) => {
    const { body } = await gateway.call<{ readonly version: number; readonly settings: object }>('GET', account)
    const asked = { version: body.version, settings: { ...body.settings, ...settings } }
    const changed = await gateway.call('PATCH', account, { body: asked })
    expect(changed.status, changed.text).toBe(200)
  }
  await change({ trustedHosts: ['mx.shop.test'] })
  await connected('aside')
  const forged = mail(address, 'Put aside', ['Authentication-Results: mx.shop.test; dmarc=fail'])
  dovecot.deliver(address, forged)
  dovecot.deliver(address, mail(address, 'Goes on'))
  await until(
    () => ticketsAbout('Goes on'),
    (found) => found.length === 1,
  )
  type Aside = { readonly id: string; readonly why: string; readonly raw: string; readonly account: string }
  const parked = async () =>
    ((await list('/v1/parked')) as readonly unknown[] as readonly Aside[]).filter((it) => it.account === 'aside')
  const [row] = await until(parked, (found) => found.length === 1)
  expect(row?.why).toContain('dmarc=fail')
  const raw = await gateway.call<string>('GET', `/v1/raws/${row?.raw}`)
  expect(raw.text.replaceAll('\r\n', '\n').trim()).toContain(forged.replaceAll('\r\n', '\n').trim())
  const retry = () => gateway.call<{ readonly code?: string }>('POST', `/v1/parked/${row?.id}/retry`)
  expect((await retry()).body).toMatchObject({ code: 'failed_again' })
  await change({ trustedHosts: [] })
  await until(retry, ({ status }) => status === 200)
  await until(
    () => ticketsAbout('Put aside'),
    (found) => found.length === 1,
  )
  expect(await parked()).toEqual([])
}, 60_000)

it('B19 one setting opens a second way in: mail that other servers bring is a ticket, and for nobody it is refused; an account that nothing reads says so', async () => {
  const free = createServer()
  await new Promise<void>((done) => void free.listen(0, '127.0.0.1', done))
  const { port } = free.address() as AddressInfo
  await new Promise((done) => free.close(done))
  const make = (id: string, more: object) => {
    const body = { channel: 'email', id, settings: { address: `${id}@shop.test`, ...more }, secrets: {} }
    return gateway.call('POST', '/v1/accounts', { body })
  }
  const answers = { smtp: { host: '127.0.0.1', port: smtp.port, tls: false } }
  expect([(await make('brought', answers)).status, (await make('mute', {})).status]).toEqual([201, 201])
  await start('--only', 'connectors', '--listen', `email=127.0.0.1:${port}`)
  const bring = (to: string) =>
    createTransport({ host: '127.0.0.1', port, ignoreTLS: true }).sendMail({
      raw: mail(to, 'Brought to us'),
      envelope: { from: 'ana@people.test', to: [to] },
    })
  await until(
    async () =>
      bring('brought+x@shop.test').then(
        () => true,
        () => false,
      ),
    (isTaken) => isTaken,
  )
  await expect(bring('nobody@elsewhere.test')).rejects.toMatchObject({ responseCode: 550 })
  await until(
    () => ticketsAbout('Brought to us'),
    (found) => found.length === 1,
  )
  await connected('brought')
  // Without a server for either way its owner is told what is missing, instead of waiting for a first mail.
  const mute = await until(
    async () => (await gateway.call<Shown>('GET', '/v1/accounts/email/mute')).body,
    ({ health }) => health.state !== 'connecting',
  )
  expect(mute.health).toMatchObject({
    state: 'degraded',
    why: expect.stringContaining('set provider, or imap and smtp'),
  })
}, 60_000)

// The process is killed between every pair of steps of sending: the customer has the mail at most once, and where nobody knows it is said.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/desk.ts'
import { endGateways, masterKey, startGateway, type Gateway } from '../../test/support/gateway-process.ts'
import { smtpDoor, type SmtpDoor } from '../../test/support/smtp-door.ts'
import { lineBetween } from '../../test/support/tcp-between.ts'
import { parseMail } from './mime/parse.ts'
import { replyOfId } from './normalize/ids.ts'

/** By what is said between the two; null: as soon as the connection stands. */
const steps = {
  connected: null as RegExp | null,
  'sender given': /^MAIL FROM/im,
  'data asked for': /^354 /m,
  'mail handed over, answer held back': /^250 .*taken$/m,
  'mail handed over, answer passed on': /^250 .*taken$/m,
} as const
type Step = keyof typeof steps

let people: SmtpDoor
let between: { readonly port: number; close(): Promise<void> }
let database: FreshDatabase
let gateway: Gateway
let step: Step | null = null
let killed: Promise<unknown> = Promise.resolve()

/** Kills the process at the step that is asked for; what it held back never arrives. True: this is the moment. */
function isTheEnd(words: Buffer | null): boolean {
  if (step === null) return false
  const sign = steps[step]
  if (words === null ? sign !== null : sign?.test(words.toString('latin1')) !== true) return false
  step = null
  gateway.kill('SIGKILL')
  killed = gateway.ended
  return true
}
const openBetween = (port: number) =>
  lineBetween(port, (near, far) => {
    const isHeld = isTheEnd(null)
    near.on('data', (chunk: Buffer) => void (isHeld || isTheEnd(chunk) || far.write(chunk)))
    far.on('data', (chunk: Buffer) => {
      const passesOn = step === 'mail handed over, answer passed on'
      if (!isHeld && (!isTheEnd(chunk) || passesOn)) near.write(chunk)
    })
  })
const start = (): Promise<Gateway> =>
  startGateway({
    args: ['--only', 'api,workers,deliver'],
    env: { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey },
  })

beforeAll(async () => {
  database = await freshDatabase()
  people = await smtpDoor({
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map((it) => it.address)
        people.mails.push({ from: '', to, bytes: Buffer.concat(chunks), secure: false })
        done(null, '2.0.0 taken')
      })
    },
  })
  between = await openBetween(people.port)
  gateway = await start()
  const settings = {
    address: 'support@shop.test',
    smtp: { host: '127.0.0.1', port: between.port, tls: false },
    layouts: { en: { text: 'Dear customer,\n\n{{body}}', html: '<p>Dear customer,</p>{{body}}' } },
  }
  const body = { channel: 'email', id: 'support', settings, secrets: { password: 'the-password-of-it-012' } }
  await gateway.call('POST', '/v1/accounts', { body })
}, 60_000)
afterAll(async () => {
  await endGateways()
  await between.close()
  await people.close()
  await database.close()
})

interface Item {
  readonly id: string
  readonly state: string
}
let customers = 0
/** The process may be killed before it answers: what it has written down is read beside it. */
async function written(): Promise<string> {
  const address = `ana${(customers += 1)}@people.test`
  const account = { channel: 'email', id: 'support' }
  const body = { account, address, subject: 'Hello', text: 'It is on its way.' }
  await gateway.call<Item>('POST', '/v1/tickets', { body }).catch(() => null)
  const find = `select id from inlet.reply where outbound -> 'to' ->> 'address' = $1`
  const { rows } = await database.pool('owner').query<{ id: string }>(find, [address])
  return rows[0]!.id
}
const mailsOf = (reply: string): readonly Buffer[] =>
  people.mails.flatMap(({ bytes }) => {
    const id = /^Message-ID: (<[^>]+>)/im.exec(bytes.toString())?.[1] ?? ''
    return replyOfId(id) === reply ? [bytes] : []
  })
const arrived = (reply: string): number => mailsOf(reply).length
/** As whoever reads the ticket is shown it. */
async function shownOf(reply: string): Promise<readonly (readonly [number, string])[]> {
  const { rows } = await database
    .pool('owner')
    .query<{ readonly message: string }>('select message from inlet.reply where id = $1', [reply])
  const shown = (what: string) => gateway.call('GET', `/v1/messages/${rows[0]?.message}/${what}`)
  return Promise.all(['full-text', 'html'].map((it) => shown(it).then(({ status, text }) => [status, text] as const)))
}
/** Of the process that comes next: what the dead one held runs out by the database's clock, whose time is moved here instead. */
async function comesBack(reply: string): Promise<string> {
  await killed
  await database.pool('owner').query(`update inlet.reply set lease_until = '-infinity' where state = 'sending'`)
  gateway = await start()
  const found = await until(
    async () => (await gateway.call<Item>('GET', `/v1/replies/${reply}`)).body,
    ({ state }) => state === 'sent' || state === 'unsure',
  )
  return found.state
}

it('F2 G19 kill -9 when it is queued: it goes out, once', async () => {
  const reply = await written()
  gateway.kill('SIGKILL')
  killed = gateway.ended
  const state = await comesBack(reply)
  // The last process may have begun with it already: then it is unsure, and went at most once.
  expect([
    ['sent', 1],
    ['unsure', 0],
    ['unsure', 1],
  ]).toContainEqual([state, arrived(reply)])
}, 60_000)

it.each(Object.keys(steps) as Step[])(
  'F2 G19 kill -9 when it is %s: at most once, and unsure where nobody knows',
  async (at) => {
    const isTaken = at.startsWith('mail handed over')
    step = at
    const reply = await written()
    await until(
      () => Promise.resolve(step),
      (it) => it === null,
    )
    const state = await comesBack(reply)
    expect(arrived(reply)).toBe(isTaken ? 1 : 0)
    // Passed on, the answer may have been written down before the end.
    expect(at.endsWith('passed on') ? ['sent', 'unsure'] : ['unsure']).toContain(state)
    // What the customer has is what is shown, although nobody lived to tell.
    for (const bytes of mailsOf(reply)) {
      const { text, html } = await parseMail(bytes)
      expect(text).toContain('Dear customer')
      expect(await shownOf(reply)).toEqual([
        [200, text],
        [200, html],
      ])
    }
    // A person decides; and the next answers go on.
    const again = await gateway.call<Item>('POST', `/v1/replies/${reply}/resend`, { body: {} })
    if (state !== 'unsure') return
    expect(again.status, again.text).toBe(200)
    // Told too: its answer is still on the way when the mail has arrived, and would be the sign that ends the next process.
    await until(
      async () => (await gateway.call<Item>('GET', `/v1/replies/${reply}`)).body.state,
      (it) => it === 'sent',
    )
    expect(arrived(reply)).toBe(isTaken ? 2 : 1)
  },
  60_000,
)

it('F2 G19 kill -9 when the result is stored: nothing goes out again', async () => {
  const reply = await written()
  await until(
    async () => (await gateway.call<Item>('GET', `/v1/replies/${reply}`)).body.state,
    (state) => state === 'sent',
  )
  gateway.kill('SIGKILL')
  killed = gateway.ended
  expect([await comesBack(reply), arrived(reply)]).toEqual(['sent', 1])
}, 60_000)

// What every channel that sends promises, tried against its own vendor's stand-in: one outcome for each error, one key, no secrets.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type {
  AnyChannel,
  Endpoint,
  InboundData,
  OutboundMessage,
  Raw,
  SendOutcome,
  Webhook,
} from '../../core/ports/channel.ts'
import type { RunningStandIn, StandIn } from '../../core/ports/stand-in.ts'
import type { Instant } from '../../schemas/ids.ts'
import { madeAccount, madeEdges, type MadeAccount } from '../support/made-account.ts'
import { firstPage } from '../support/first-page.ts'
import { webhookCatcher } from '../support/webhook-catcher.ts'

/** One row of the folder's `fixtures/errors.json`: what the vendor answers, and what the channel's sheet makes of it. */
export interface ErrorFixture {
  readonly row: string
  readonly code: number
  readonly http: number
  readonly subcode?: number
  readonly outcome: string
  readonly scope?: string
  /** So often in a row: what is tried once more by itself (with a new token) must fail twice to fail. Once when left out. */
  readonly times?: number
}
export interface ChannelOut {
  readonly name: string
  readonly channel: AnyChannel
  readonly standIn: StandIn
  readonly errors: readonly ErrorFixture[]
}

/** A vendor's texts may quote back at us what we called it with (S18); it never sees the endpoint's secrets. */
const quoting = (channel: AnyChannel, secrets: Readonly<Record<string, string>>): string => {
  const called = Object.entries(secrets).filter(([name]) => channel.secrets[name]?.of === 'account')
  return `it is about ${called.map(([, value]) => value).join(' and ')}`
}
const deadline = (): AbortSignal => AbortSignal.timeout(10_000)

export function channelOutContract({ name, channel, standIn, errors }: ChannelOut): void {
  describe(`${name} sends`, () => {
    let vendor: RunningStandIn
    let reply: OutboundMessage
    let made: MadeAccount
    const takesKey = standIn.takesNoKey !== true
    beforeAll(async () => {
      vendor = await standIn.start({ seed: 20_261_121 })
      made = madeAccount(vendor.account())
      reply = await replyToCustomer(channel, vendor)
      vendor.receipts('off')
    })
    afterAll(() => vendor.stop())

    async function sent(message: OutboundMessage = reply) {
      const { edges, lines } = madeEdges()
      const outcome = await channel.send!(message, made.account, edges, deadline())
      const said = JSON.stringify([outcome, lines, made.health])
      for (const secret of Object.values(vendor.account().secrets)) expect(said).not.toContain(secret)
      return outcome
    }
    const accepted = () => vendor.ledger.of('accepted')
    const keyOf = ({ ours }: OutboundMessage) => (takesKey ? ours : null)

    it('what the vendor accepts is sent, under its id and with our key where it takes one', async () => {
      const outcome = await sent()
      expect(outcome.is).toBe('sent')
      expect(accepted().at(-1)).toMatchObject({
        ours: keyOf(reply),
        id: outcome.is === 'sent' ? outcome.externalId : '',
      })
    })

    it('has a table of errors to be held against', () => expect(errors.length).toBeGreaterThan(0))

    it.each(errors)('G20 $row: $code over HTTP $http is $outcome', async (row) => {
      const before = accepted().length
      const { code, http, subcode } = row
      const text = quoting(channel, vendor.account().secrets)
      vendor.fail(row.times ?? 1, { how: 'error', code, http, text, ...(subcode === undefined ? {} : { subcode }) })
      const outcome = await sent()
      expect({ is: outcome.is, scope: 'scope' in outcome ? outcome.scope : undefined }).toEqual({
        is: row.outcome,
        scope: row.scope,
      })
      expect('why' in outcome ? outcome.why.length : 0).toBeGreaterThan(10)
      expect(accepted().length).toBe(before)
    })

    it.each(['reset', 'reset-after-accept', 'half-answer'] as const)('F13 G19 %s is unknown', async (how) => {
      vendor.fail(1, { how })
      expect(await sent()).toMatchObject({ is: 'unknown' })
    })

    // A vendor of another protocol has no such words, and no load balancer before it.
    if (errors.some((row) => row.http > 0)) wordsOfHttp(() => vendor, sent)

    it('F13 an answer that does not come before the deadline is unknown', async () => {
      vendor.fail(1, { how: 'hang' })
      const { edges } = madeEdges()
      const outcome = await channel.send!(reply, made.account, edges, AbortSignal.timeout(1_500))
      expect(outcome).toMatchObject({ is: 'unknown' })
    })

    it('G19 the same key goes with every attempt, where the vendor takes one', async () => {
      const message = { ...reply, ours: 'rep_00000000000000000000000000000002' }
      vendor.fail(1, { how: 'reset-after-accept' })
      await sent(message)
      await sent(message)
      expect(
        accepted()
          .slice(-2)
          .map((it) => it.ours),
      ).toEqual([keyOf(message), keyOf(message)])
    })

    it('G20 a refused connection is try-later, and nothing was sent', async () => {
      const gone = await standIn.start({ seed: 1 })
      const account = madeAccount(gone.account()).account
      await gone.stop()
      const { edges } = madeEdges()
      expect(await channel.send!(reply, account, edges, deadline())).toMatchObject({ is: 'try-later' })
      expect(gone.ledger.of('accepted')).toEqual([])
    })

    it('an account whose secret is missing is down, not perhaps sent', async () => {
      const bare = madeAccount({ settings: vendor.account().settings, secrets: {} }).account
      expect(await channel.send!(reply, bare, madeEdges().edges, deadline())).toMatchObject({ is: 'account-down' })
    })
  })
}

function wordsOfHttp(vendorNow: () => RunningStandIn, sent: () => Promise<SendOutcome>): void {
  it('G20 Retry-After is obeyed where the vendor says later, in words of HTTP', async () => {
    vendorNow().fail(1, { how: 'status', status: 429, headers: { 'retry-after': '77' } })
    expect(await sent()).toMatchObject({ is: 'try-later', afterSeconds: 77 })
  })

  it('F13 a 5xx in words of a load balancer is unknown', async () => {
    vendorNow().fail(1, {
      how: 'status',
      status: 502,
      body: '<html>Bad Gateway</html>',
      headers: { 'content-type': 'text/html' },
    })
    expect(await sent()).toMatchObject({ is: 'unknown' })
  })
}

/** A reply as deliver would give it: to whoever wrote, by what normalize said that send will need. */
async function replyToCustomer(channel: AnyChannel, vendor: RunningStandIn): Promise<OutboundMessage> {
  const received = await oneMessage(channel, vendor)
  return {
    ours: 'rep_00000000000000000000000000000001',
    kind: received.kind,
    author: 'person',
    to: received.from,
    text: 'Merhaba, siparişiniz yolda.',
    parts: [],
    attachments: [],
    repliesTo: [],
    vendor: received.vendor,
  }
}

async function oneMessage(channel: AnyChannel, vendor: RunningStandIn): Promise<InboundData['message.received']> {
  const webhook = channel.receive.find((it): it is Webhook<unknown, string> => it.kind === 'webhook')
  if (webhook === undefined) return received(await firstPage(channel, vendor), channel, vendor)
  const catcher = await webhookCatcher()
  vendor.knocksAt(catcher.url)
  await vendor.write({ customer: 0 })
  await catcher.stop()
  const { settings, secrets } = vendor.account()
  const endpoint: Endpoint = {
    id: 'main',
    settings,
    secret: (name) => Promise.resolve([secrets[name] ?? ''].filter(Boolean)),
  }
  const now = '2026-11-21T09:00:00.000Z' as Instant
  const opened = await webhook.open(catcher.caught[0]!, endpoint, now)
  if (!('raws' in opened)) throw new Error(`${channel.name} refused its own stand-in: ${opened.why}`)
  return received(opened.raws[0]!, channel, vendor)
}

async function received(
  raw: Raw,
  channel: AnyChannel,
  vendor: RunningStandIn,
): Promise<InboundData['message.received']> {
  const events = await channel.normalize(raw, { id: 'main', settings: vendor.account().settings })
  const event = events.find((it) => it.type === 'message.received')
  if (event?.type !== 'message.received') throw new Error(`${channel.name} heard no message in what its stand-in wrote`)
  return event.data
}

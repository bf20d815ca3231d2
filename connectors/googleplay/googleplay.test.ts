// What is peculiar to this channel; what every channel promises is in test/contracts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixturesAlone } from '../../test/support/fixture-files.ts'
import { edgesAt, madeAccount } from '../../test/support/made-account.ts'
import { answerUnder } from '../../test/support/outbound.ts'
import { pollRig, told, type PollRig } from '../../test/support/poll-rig.ts'
import { answerKey } from '../_shared/reviews/review.ts'
import { gotOf, type Ours } from './api.ts'
import channel from './channel.ts'
import { find, send, test } from './send.ts'
import { standIn, type RunningGooglePlay } from './stand-in/index.ts'
import { bearerOf } from './token.ts'

const folder = join(import.meta.dirname, 'fixtures')
const fixture = <T = never>(name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T
const start = Date.parse('2026-11-20T10:00:00.000Z')
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

let ms = start
let vendor: RunningGooglePlay
let rig: PollRig
beforeEach(async () => {
  ms = start
  vendor = await standIn.start({ seed: 35, now: () => ms })
  rig = pollRig(channel, vendor, () => ms)
})
afterEach(() => vendor.stop())
const wrote = async (text: string): Promise<string> =>
  (await vendor.write({ customer: 1, text, fields: { title: '' } })).id
const later = (by: number): void => void (ms += by)
const clocked = () => edgesAt(() => ms)
const out = () => [madeAccount(vendor.account()).account, clocked(), AbortSignal.timeout(5_000)] as const
const answerTo = (review: string, text: string, replaces?: string) =>
  answerUnder(review, text, replaces === undefined ? {} : { replaces })

interface Exchange {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

describe('what Google answers', () => {
  const rows = {
    'error-400-reply-too-long': { is: 'refused', code: 'INVALID_ARGUMENT' },
    'error-401-unauthenticated': { is: 'account-down' },
    'error-403-permission': { is: 'refused', code: 'forbidden' },
    'error-403-quota': { is: 'try-later', afterSeconds: 79_200, scope: 'account' }, // of the day: until midnight Pacific
    'error-404-not-found': { is: 'refused', code: 'NOT_FOUND' },
    'error-429-resource-exhausted': { is: 'try-later', afterSeconds: 60, scope: 'account' },
    'error-500-null-message': { is: 'unknown' },
    'error-503-backend': { is: 'unknown' },
  } as const
  it.each(Object.entries(rows))('G20 P8 D35 %s', (name, outcome) => {
    const { status, headers, body } = fixture<Exchange>(`${name}.exchange.json`)
    const bytes = new TextEncoder().encode(JSON.stringify(body))
    const got = gotOf({ is: 'answer', status, headers, body: bytes }, { secrets: [], nowMs: start })
    expect(got).toMatchObject({ is: 'failed', outcome })
  })

  it('P8 a token is made of the answer of the sheet, kept, and made anew before it ends; a refusal says what to do', async () => {
    const asked: string[] = []
    const answers = ['token-200.json', 'token-200.json', 'error-token-400-invalid-grant.exchange.json']
    const edges = clocked()
    const account = madeAccount(vendor.account()).account as Ours
    const http = {
      ...edges.http,
      call: async ({ url }: { url: string }) => {
        asked.push(url)
        const found = fixture<Record<string, unknown>>(answers.shift()!)
        const body = new TextEncoder().encode(JSON.stringify('status' in found ? found['body'] : found))
        return { is: 'answer' as const, status: 'status' in found ? 400 : 200, headers: {}, body }
      },
    }
    const bearer = () => bearerOf({ account, edges: { ...edges, http }, signal: AbortSignal.timeout(5_000) })
    expect(await Promise.all([bearer(), bearer()])).toEqual(['ya29.c.test-access-token', 'ya29.c.test-access-token'])
    later(54 * minute)
    await bearer()
    expect(asked).toHaveLength(1)
    later(2 * minute)
    await bearer()
    expect(asked).toHaveLength(2)
    later(hour)
    expect(await bearer()).toMatchObject({ is: 'account-down', why: expect.stringContaining('invalid_grant') })
  })

  it('every fixture is read by the contract or here', () => {
    const known = [
      ...Object.keys(rows).map((it) => `${it}.exchange.json`),
      'error-token-400-invalid-grant.exchange.json',
      'reply-request.json',
      'account.json',
      'errors.json',
    ]
    expect(fixturesAlone(folder)).toEqual(known.toSorted())
  })
})

describe('an answer', () => {
  it('D35 is posted in the form of Google’s page, and its name is known from the words that stand there', async () => {
    const id = await wrote('Crashes')
    const request = fixture<{ replyText: string }>('reply-request.json')
    const { result } = fixture<{ result: { replyText: string } }>('reply-200.json')
    expect(await send(answerTo(id, request.replyText), ...out())).toEqual({
      is: 'sent',
      externalId: answerKey(id, result.replyText),
    })
    expect(vendor.ledger.of('accepted').map((it) => it.body)).toEqual([request])
    expect(await send(answerTo(id, '<b>Mended</b>'), ...out())).toEqual({
      is: 'sent',
      externalId: answerKey(id, 'Mended'),
    })
    expect(vendor.live(id)).toBe('Mended')
  })

  it('F13 G19 after silence the store is asked: what stands there is ours, nobody’s, our last one, or a colleague’s', async () => {
    const id = await wrote('Crashes')
    expect(await find(answerTo(id, 'Ours'), ...out())).toMatchObject({ is: 'try-later', scope: 'message' })
    vendor.fail(1, { how: 'reset-after-accept' })
    expect(await send(answerTo(id, 'Ours'), ...out())).toMatchObject({ is: 'unknown' })
    expect(await find(answerTo(id, 'Ours'), ...out())).toEqual({ is: 'sent', externalId: answerKey(id, 'Ours') })
    const next = answerTo(id, 'New', answerKey(id, 'Ours'))
    expect(await find(next, ...out())).toMatchObject({ is: 'try-later', scope: 'message' })
    vendor.answerElsewhere(id, 'A colleague wrote this')
    expect(await find(next, ...out())).toMatchObject({ is: 'unknown' })
  })

  it('P8 a token that was revoked is made anew once; a key file that is none says so; no secret is said', async () => {
    expect(await test(...out())).toMatchObject({ ok: true })
    vendor.expireTokens()
    expect(await test(...out())).toMatchObject({ ok: true })
    const { settings } = vendor.account()
    const bad = madeAccount({ settings, secrets: { serviceAccount: '{"client_email":"x"}' } }).account
    expect(await test(bad, clocked(), AbortSignal.timeout(5_000))).toMatchObject({
      ok: false,
      why: expect.stringContaining('key file'),
    })
  })
})

describe('the poll', () => {
  it('D35 P19 brings what is new once, edits as edits on the same review, and nothing for a date that moved alone', async () => {
    const id = await wrote('One star')
    expect(told(await rig.look())).toEqual([['message.received', 'One star']])
    later(minute)
    vendor.edit(id, {})
    expect(await rig.look()).toEqual([])
    for (const text of ['Four stars', 'One star']) {
      later(minute)
      vendor.edit(id, { text })
      expect(told(await rig.look())).toEqual([['message.edited', text]])
    }
  })

  it('D35 reads all pages, short ones too, and finds an edit behind what was read before', async () => {
    for (let n = 0; n < 250; n += 1) {
      await wrote(`Review ${n}`)
      later(1000)
    }
    expect(await rig.look()).toHaveLength(250)
    later(2 * hour)
    await wrote('New')
    vendor.edit(vendor.reviews().at(-1)!.id, { text: 'Edited' })
    expect(
      told(await rig.look())
        .map(([, text]) => text)
        .toSorted(),
    ).toEqual(['Edited', 'New'])
  })

  it('an app for which no page is ever named, and one without reviews, are read all the same', async () => {
    vendor.withoutPages()
    expect(await rig.look()).toEqual([])
    await wrote('Alone')
    expect(told(await rig.look())).toEqual([['message.received', 'Alone']])
  })

  it('D35 eight days away: the gap is said as health and with its ends, and what is shown comes in', async () => {
    await wrote('Before')
    await rig.look()
    later(2 * hour)
    await wrote('Nobody read this')
    later(8 * day)
    await wrote('After')
    expect(told(await rig.look())).toEqual([['message.received', 'After']])
    expect(rig.gaps).toEqual([
      {
        from: '2026-11-20T10:00:00.000Z',
        to: '2026-11-21T12:00:00.000Z',
        why: expect.stringContaining('Download reports'),
      },
    ])
    rig.state = 'degraded'
    await rig.look()
    expect([rig.gaps.length, rig.health]).toEqual([1, []])
    later(day)
    await rig.look()
    expect(rig.health.at(-1)).toMatchObject({ state: 'connected' })
  })

  it('P19 a review of the week that is gone is told; one that the week left behind is not', async () => {
    const [gone, old] = [await wrote('I take this back'), await wrote('I only grow old')]
    await rig.look()
    vendor.remove(gone)
    later(6 * hour)
    expect(told(await rig.look())).toEqual([['message.deleted', gone]])
    later(7 * day)
    await rig.look()
    later(6 * hour)
    expect(await rig.look()).toEqual([])
    expect(old).not.toBe(gone)
  })

  it('D35 a colleague’s answer in the console is an echo, our own is known by its words', async () => {
    const id = await wrote('Crashes')
    await rig.look()
    const sent = await send(answerTo(id, 'Mended.'), ...out())
    const events = await rig.look()
    expect(told(events)).toEqual([
      ['message.echoed', 'Mended.'],
      ['message.delivery_updated', 'delivered'],
    ])
    expect(events[0]).toMatchObject({
      data: { externalId: sent.is === 'sent' ? sent.externalId : '', mayBeOurs: true },
    })
    vendor.takeAnswerBack(id)
    expect(told(await rig.look())).toEqual([['message.deleted', answerKey(id, 'Mended.')]])
  })

  it('D35 keeps to four fifths of the reads an hour, and waits until there is room', async () => {
    rig = pollRig(channel, vendor, () => ms, { readsPerHour: 10 })
    for (let n = 0; n < 15; n += 1) {
      await rig.look()
      later(minute)
    }
    const reads = () => vendor.ledger.of('answered').filter((it) => it.call.startsWith('GET'))
    expect(reads()).toHaveLength(8)
    later(hour)
    await wrote('Later')
    expect(told(await rig.look())).toEqual([['message.received', 'Later']])
  })

  it('P8 G20 quota that comes as 403 is waited out; a right that is missing is auth_failed', async () => {
    vendor.fail(1, { how: 'error', code: 403, http: 403, subcode: 1 }, 'other')
    await rig.look()
    expect(rig.health).toEqual([])
    later(2 * minute)
    vendor.fail(1, { how: 'error', code: 403, http: 403 }, 'other')
    await rig.look()
    expect(rig.health.at(-1)).toMatchObject({ state: 'auth_failed', why: expect.stringContaining('Reply to reviews') })
  })

  it('an item that is no review is told once and takes no neighbour along', async () => {
    await vendor.write({ customer: 1, fields: { review: { comments: [] } } })
    await wrote('A neighbour')
    expect(
      told(await rig.look())
        .map(([type]) => type)
        .toSorted(),
    ).toEqual(['ingest.quarantined', 'message.received'])
    expect(await rig.look()).toEqual([])
  })

  it('a device is shown only where the account says so', async () => {
    const bytes = new Uint8Array(readFileSync(join(folder, 'list-page-1.json')))
    const raw = {
      route: 'com.example.shop',
      bytes,
      contentType: 'application/json',
      receivedAt: '2026-11-21T10:00:00.000Z' as never,
    }
    const shown = (deviceDetails: boolean) =>
      JSON.stringify(
        channel.normalize(raw, { id: 'main', settings: { packageName: 'com.example.shop', deviceDetails } }),
      )
    expect([shown(false).includes('Galaxy'), shown(true).includes('Galaxy')]).toEqual([false, true])
  })
})

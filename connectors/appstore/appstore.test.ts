// What is peculiar to this channel; what every channel promises is in test/contracts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixturesAlone } from '../../test/support/fixture-files.ts'
import { edgesAt, madeAccount } from '../../test/support/made-account.ts'
import { answerUnder } from '../../test/support/outbound.ts'
import { pollRig, told, type PollRig } from '../../test/support/poll-rig.ts'
import { answerKey } from '../_shared/reviews/review.ts'
import { gotOf } from './api.ts'
import channel from './channel.ts'
import { find, send, test } from './send.ts'
import { standIn, type RunningAppStore } from './stand-in/index.ts'
import { readResponse } from './wire.ts'

const folder = join(import.meta.dirname, 'fixtures')
const fixture = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as never
const start = Date.parse('2026-11-20T10:00:00.000Z')
const minute = 60_000
const hour = 60 * minute

let ms = start
let vendor: RunningAppStore
let rig: PollRig
beforeEach(async () => {
  ms = start
  vendor = await standIn.start({ seed: 34, now: () => ms })
  rig = pollRig(channel, vendor, () => ms)
})
afterEach(() => vendor.stop())
const wrote = async (text: string): Promise<string> =>
  (await vendor.write({ customer: 1, text, fields: { title: '' } })).id
const later = (by: number): void => void (ms += by)

describe('what Apple answers', () => {
  interface Exchange {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
  }
  const exchange = (name: string) => {
    const { status, headers, body } = fixture(name) as Exchange
    const lower = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]))
    const bytes = new TextEncoder().encode(body === null ? '' : JSON.stringify(body))
    return gotOf({ is: 'answer', status, headers: lower, body: bytes }, [])
  }
  const rows = {
    'error-400-parameter': { is: 'refused', code: 'PARAMETER_ERROR.INVALID' },
    'error-401-not-authorized': { is: 'account-down' },
    'error-403-forbidden': { is: 'account-down' },
    'error-404-not-found': { is: 'refused', code: 'NOT_FOUND' },
    'error-409-conflict': { is: 'refused', code: 'STATE_ERROR' },
    'error-422-required': { is: 'refused', code: 'ENTITY_ERROR.ATTRIBUTE.REQUIRED' },
    'error-429-burst-with-budget-left': { is: 'try-later', afterSeconds: 30, scope: 'account' },
    'error-429-rate-limit': { is: 'try-later', afterSeconds: 300, scope: 'account' },
    'error-500-unexpected': { is: 'unknown' },
  } as const
  it.each(Object.entries(rows))('G20 P8 D34 %s', (name, outcome) => {
    expect(exchange(`${name}.exchange.json`)).toMatchObject({ is: 'failed', outcome })
  })

  it('D34 an answer that was taken back is a 204 without words, and no kind of yes', () => {
    expect(exchange('delete-response-204.exchange.json')).toMatchObject({ is: 'failed', status: 204 })
  })

  it('every fixture is read by the contract or here', () => {
    const here = [...Object.keys(rows).map((it) => `${it}.exchange.json`), 'delete-response-204.exchange.json']
    const known = [...here, 'create-response-request.json', 'account.json', 'errors.json']
    expect(fixturesAlone(folder)).toEqual(known.toSorted())
  })
})

describe('a token of ours', () => {
  const claimsOf = (bearer = '') =>
    bearer
      .replace('Bearer ', '')
      .split('.')
      .slice(0, 2)
      .map((it) => JSON.parse(Buffer.from(it, 'base64url').toString()) as Record<string, unknown>)
  it('D34 P8 is ES256 for a quarter of an hour, made anew at four fifths of it; an individual key has no issuer', async () => {
    const { settings, secrets } = vendor.account()
    const { issuerId, ...individual } = settings as Record<string, unknown>
    const bearers: string[] = []
    const edges = clocked()
    const http = {
      ...edges.http,
      call: async ({ headers }: { headers?: Readonly<Record<string, string>> }) => {
        bearers.push(headers?.['authorization'] ?? '')
        return { is: 'answer' as const, status: 200, headers: {}, body: new TextEncoder().encode('{"data":[]}') }
      },
    }
    const asked = async (its: object) =>
      test(madeAccount({ settings: its as never, secrets }).account, { ...edges, http }, AbortSignal.timeout(5_000))
    await asked(settings)
    later(11 * minute)
    await asked(settings)
    later(2 * minute)
    await asked(settings)
    await asked(individual)
    expect([bearers[0] === bearers[1], bearers[1] === bearers[2]]).toEqual([true, false])
    const [head, team] = claimsOf(bearers[2])
    expect(head).toMatchObject({ alg: 'ES256', typ: 'JWT', kid: settings['keyId'] })
    expect(team).toMatchObject({ iss: issuerId, aud: 'appstoreconnect-v1' })
    expect([Number(team!['exp']) - Number(team!['iat']), Number(team!['iat']) * 1000 < ms]).toEqual([900, true])
    const [, person] = claimsOf(bearers[3])
    expect([person!['sub'], person!['iss']]).toEqual(['user', undefined])
  })
})

const answerTo = (review: string, text: string, replaces?: string) =>
  answerUnder(review, text, replaces === undefined ? {} : { replaces })
const out = () => [madeAccount(vendor.account()).account, clocked(), AbortSignal.timeout(5_000)] as const
const clocked = () => edgesAt(() => ms)

describe('an answer', () => {
  it('D34 is posted in the form of Apple’s page, and its name is known from its words', async () => {
    const id = '00000041-0107-0014-729e-fbd500000000'
    await vendor.write({ customer: 1, id })
    const wanted = fixture('create-response-request.json') as { data: { attributes: { responseBody: string } } }
    const words = wanted.data.attributes.responseBody
    expect(await send(answerTo(id, words), ...out())).toEqual({ is: 'sent', externalId: answerKey(id, words) })
    expect(vendor.ledger.of('accepted').map((it) => it.body)).toEqual([wanted])
    for (const name of ['create-response-201.json', 'get-response-200.json']) {
      const { data } = fixture(name) as { data: unknown }
      expect(readResponse(id, data)?.key).toBe(answerKey(id, words))
    }
  })

  it('D34 P19 a second one takes the place of the first: one is live', async () => {
    const id = await wrote('Crashes')
    const first = await send(answerTo(id, 'We look into it.'), ...out())
    const second = await send(answerTo(id, 'Mended in 5.2.', first.is === 'sent' ? first.externalId : ''), ...out())
    expect([first.is, second.is, vendor.live(id)]).toEqual(['sent', 'sent', 'Mended in 5.2.'])
    expect(second).not.toEqual(first)
  })

  it('F13 G19 after silence the store is asked: what stands there is ours, nobody’s, our last one, or a colleague’s', async () => {
    const id = await wrote('Crashes')
    expect(await find(answerTo(id, 'Ours'), ...out())).toMatchObject({ is: 'try-later', scope: 'message' })
    vendor.fail(1, { how: 'reset-after-accept' })
    expect(await send(answerTo(id, 'Ours'), ...out())).toMatchObject({ is: 'unknown' })
    expect(await find(answerTo(id, 'Ours'), ...out())).toEqual({ is: 'sent', externalId: answerKey(id, 'Ours') })
    expect(await find(answerTo(id, 'New', answerKey(id, 'Ours')), ...out())).toMatchObject({
      is: 'try-later',
      scope: 'message',
    })
    vendor.answerElsewhere(id, 'A colleague wrote this')
    expect(await find(answerTo(id, 'New', answerKey(id, 'Ours')), ...out())).toMatchObject({ is: 'unknown' })
    expect(vendor.live(id)).toBe('A colleague wrote this')
  })

  it('P8 the account can be tried without a trace, and a wrong key says what to do', async () => {
    expect(await test(...out())).toMatchObject({ ok: true })
    const { settings } = vendor.account()
    const bad = madeAccount({ settings, secrets: { privateKey: 'not a key' } }).account
    expect(await test(bad, clocked(), AbortSignal.timeout(5_000))).toMatchObject({
      ok: false,
      why: expect.stringContaining('.p8'),
    })
    expect(vendor.ledger.of('accepted')).toEqual([])
  })
})

describe('the poll', () => {
  it('D34 P19 brings what is new once, edits as edits on the same review, also back to its first words', async () => {
    const id = await wrote('One star')
    expect(told(await rig.look())).toEqual([['message.received', 'One star']])
    expect(await rig.look()).toEqual([])
    const ids = new Set<string>()
    for (const text of ['Four stars', 'One star']) {
      later(minute)
      vendor.edit(id, { text })
      const events = await rig.look()
      expect(told(events)).toEqual([['message.edited', text]])
      expect(events[0]).toMatchObject({ data: { target: id }, threadKeys: [expect.stringContaining(id)] })
      ids.add(events[0]!.dedupe)
    }
    expect(ids.size).toBe(2)
    expect(new Set(rig.raws.map((it) => it.turn)).size).toBe(3)
  })

  it('D34 P19 finds an edit that keeps its date behind pages that did not change, and one that is new among them', async () => {
    for (let n = 0; n < 450; n += 1) {
      await wrote(`Review ${n}`)
      later(1000)
    }
    expect(await rig.look()).toHaveLength(450)
    const [deep] = vendor.reviews().slice(-1)
    vendor.edit(deep!.id, { text: 'Edited deep down', keepsDate: true })
    await wrote('New')
    expect(told(await rig.look())).toEqual([['message.received', 'New']])
    later(6 * hour)
    expect(told(await rig.look())).toEqual([['message.edited', 'Edited deep down']])
  })

  it('P19 what was written before the account was connected is known and not told, until it changes', async () => {
    const old = await wrote('Long ago')
    later(3 * 24 * hour)
    await wrote('Yesterday')
    later(24 * hour)
    expect(told(await rig.look())).toEqual([['message.received', 'Yesterday']])
    vendor.edit(old, { text: 'Changed my mind' })
    expect(told(await rig.look())).toEqual([['message.received', 'Changed my mind']])
  })

  it('D34 follows an answer of ours from PENDING_PUBLISH to PUBLISHED, and brings a colleague’s', async () => {
    const id = await wrote('Crashes')
    await rig.look()
    const sent = await send(answerTo(id, 'Mended.'), ...out())
    const events = await rig.look()
    expect(told(events)).toEqual([
      ['message.echoed', 'Mended.'],
      ['message.delivery_updated', 'sent'],
    ])
    // The record knows it by its name, and one that is still on its way by its words.
    const externalId = sent.is === 'sent' ? sent.externalId : ''
    expect(events[0]).toMatchObject({ data: { externalId, mayBeOurs: true } })
    later(2_000)
    expect(told(await rig.look())).toContainEqual(['message.delivery_updated', 'delivered'])
    expect(await rig.look()).toEqual([])
    vendor.answerElsewhere(id, 'A colleague', 4)
    // In place of ours, which stays on the ticket as it was said.
    expect(told(await rig.look()).filter(([type]) => type !== 'message.delivery_updated')).toEqual([
      ['message.echoed', 'A colleague'],
    ])
    vendor.takeAnswerBack(id)
    expect(told(await rig.look())).toEqual([['message.deleted', answerKey(id, 'A colleague')]])
  })

  it('P19 a review that is gone is told once, by the look far into the list', async () => {
    const id = await wrote('I take this back')
    await wrote('I stay')
    await rig.look()
    vendor.remove(id)
    expect(await rig.look()).toEqual([])
    later(6 * hour)
    expect(told(await rig.look())).toEqual([['message.deleted', id]])
    later(6 * hour)
    expect(await rig.look()).toEqual([])
  })

  it('G8 F2 a process that ends between telling and keeping tells the same again; what was edited meanwhile is an edit', async () => {
    const id = await wrote('First words')
    const first = await rig.look({ dieAfter: 1 })
    expect(await rig.look({ dieAfter: 1 })).toEqual(first)
    vendor.edit(id, { text: 'Other words' })
    const events = await rig.look()
    expect(told(events)).toEqual([
      ['message.received', 'Other words'], // should the first never have been taken
      ['message.edited', 'Other words'],
    ])
    expect(await rig.look()).toEqual([])
  })

  it('an item that is no review is told once, as bytes that are put aside, and takes no neighbour along', async () => {
    await vendor.write({ customer: 1, id: 'broken', fields: { attributes: { rating: 'x'.repeat(10) } } })
    await vendor.write({ customer: 1, id: '', text: 'no id' })
    expect(
      told(await rig.look())
        .map(([type]) => type)
        .toSorted(),
    ).toEqual(['ingest.quarantined', 'message.received'])
    expect(await rig.look()).toEqual([])
  })
})

describe('what goes wrong while reading', () => {
  const state = () => rig.health.at(-1)?.state
  it('P8 B19 a dead key is auth_failed with what to do, the poll stays gentle, and says when it is well again', async () => {
    vendor.fail(2, { how: 'error', code: 401, http: 401 }, 'other')
    expect(await rig.look()).toEqual([])
    expect(rig.health.at(-1)).toMatchObject({ state: 'auth_failed', why: expect.stringContaining('key') })
    rig.state = 'auth_failed'
    await rig.look()
    expect(state()).toBe('connected')
  })

  it('P8 what sending found out is not taken back by reading', async () => {
    rig.state = 'auth_failed'
    await rig.look()
    expect(rig.health).toEqual([])
  })

  it('G20 a 429 is waited out, an outage is tried again and said after the third time', async () => {
    vendor.fail(1, { how: 'status', status: 429, headers: { 'retry-after': '120' } }, 'other')
    await rig.look()
    const calls = vendor.ledger.of('answered').length
    later(119_000)
    await rig.look()
    expect(vendor.ledger.of('answered')).toHaveLength(calls)
    later(2_000)
    vendor.fail(3, { how: 'status', status: 502, body: '<html>' }, 'other')
    for (let n = 0; n < 3; n += 1) await expect(rig.look()).rejects.toThrow('502')
    expect(state()).toBe('degraded')
  })

  it('D35 keeps to four fifths of the hour’s calls of its key', async () => {
    for (let n = 0; n < 1_000; n += 1) await wrote(`Review ${n}`)
    vendor.hourly(10)
    await rig.look()
    await rig.look()
    await rig.look()
    const used = vendor.ledger.of('answered').length
    expect(used).toBeLessThanOrEqual(8)
    expect(vendor.ledger.of('answered').every((it) => it.status === 200)).toBe(true)
    later(hour + minute)
    vendor.hourly(1_000)
    await rig.look()
    expect(rig.raws).toHaveLength(1_000)
  })

  it('S8 a next page at another host is not followed with our token', async () => {
    for (let n = 0; n < 201; n += 1) await wrote(`Review ${n}`)
    vendor.nextElsewhere('http://127.0.0.1:1')
    await rig.look()
    expect(rig.health.at(-1)).toMatchObject({ state: 'degraded', why: expect.stringContaining('another host') })
    expect(rig.raws).toHaveLength(200)
  })
})

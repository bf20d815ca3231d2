// What every channel of reviews promises: through bad networks and hostile answers nothing is lost, doubled or said that must not be.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { vendorCaller } from '../../connectors/_shared/http.ts'
import type { RunningReviews } from '../../connectors/_shared/stand-in/review-shelf.ts'
import type { AnyChannel, Edges, InboundEvent, SendOutcome } from '../../core/ports/channel.ts'
import type { StandIn } from '../../core/ports/stand-in.ts'
import { readRegistry } from '../../core/registry.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import { makeAuthority, type Authority } from '../support/certificates.ts'
import { edgesAt, madeAccount } from '../support/made-account.ts'
import { answerUnder } from '../support/outbound.ts'
import { pollRig, told, type PollRig } from '../support/poll-rig.ts'
import { tlsBefore, type Spoilt, type TlsBefore } from '../support/tls-before.ts'

/** Folders are found, not listed. */
const registry = await readRegistry(foldersOf())
const stores = [...registry.channels].filter(([, it]) => 'review' in it.can)
const start = Date.parse('2026-11-20T10:00:00.000Z')
const [second, hour] = [1_000, 3_600_000]
/** A fortieth of every time-out: thirty seconds of silence are less than one. */
const scale = 40

let authority: Authority
let secure: Edges['http']['call']
beforeAll(() => {
  authority = makeAuthority()
  secure = vendorCaller({ ca: authority.ca })
})
afterAll(() => authority.remove())

describe.each(stores)('the store %s', (name, channel: AnyChannel) => {
  let ms = start
  let vendor: RunningReviews
  let door: TlsBefore
  let rig: PollRig
  beforeEach(async () => {
    ms = start
    vendor = await ((await registry.standIn(name)) as StandIn<RunningReviews>).start({ seed: 7, now: () => ms })
    const { port } = new URL(vendor.apiBase)
    door = await tlsBefore(Number(port), authority.issue('IP:127.0.0.1'))
    rig = pollRig(channel, vendor, () => ms, always(), impatient())
  })
  afterEach(async () => {
    await door.close()
    await vendor.stop()
  })

  /** Every look is one far into the list, over TLS. */
  const always = (more: object = {}) => ({
    apiBase: `${door.origin}${new URL(vendor.apiBase).pathname}`.replace(/\/$/, ''),
    deepHours: 0.0001,
    ...more,
  })
  const impatient = (call = secure): Edges['http'] => ({
    ...edgesAt(() => ms).http,
    call: (it, signal) => call({ ...it, timeoutMs: it.timeoutMs / scale }, signal),
  })
  const wrote = async (text: string, more: object = {}): Promise<string> =>
    (await vendor.write({ customer: 1, text, fields: { title: '' }, ...more })).id
  const look = (): Promise<readonly InboundEvent[]> => {
    ms += second
    return rig.look()
  }
  /** What a look that fails tells, and whether it said so. */
  const failing = async (): Promise<readonly InboundEvent[]> => look().catch(() => [])
  const settled = (more: object = {}) => {
    const { settings, secrets } = vendor.account()
    return madeAccount({ settings: { ...settings, ...always(more) }, secrets })
  }
  let answers = 0
  const answerTo = (review: string, text: string) =>
    answerUnder(review, text, {
      ours: `rep_${String((answers += 1)).padStart(32, '0')}`,
      vendor: { review, lang: 'tr_TR', country: 'TR' },
    })
  const out = (call = secure) =>
    [settled().account, { ...edgesAt(() => ms), http: impatient(call) }, AbortSignal.timeout(10_000)] as const
  const send = (it: ReturnType<typeof answerTo>, call = secure): Promise<SendOutcome> => channel.send!(it, ...out(call))
  const find = (it: ReturnType<typeof answerTo>): Promise<SendOutcome> =>
    channel.find!(it, ...out(), new Date(start).toISOString() as never)
  const accepted = () => vendor.ledger.of('accepted').length

  it('D34 D35 D36 P19 tells with an answer all that stand, a colleague’s over ours, and our words again when they come back', async () => {
    const id = await wrote('Bozuk')
    await look()
    expect(await send(answerTo(id, 'Bizden'))).toMatchObject({ is: 'sent' })
    const echoes = async () => (await look()).filter((it) => it.type === 'message.echoed')
    const [ours] = await echoes()
    const standing = (it: InboundEvent | undefined) => (it?.data as { stands?: readonly string[] } | undefined)?.stands
    const nameOf = (it: InboundEvent | undefined) => (it?.data as { externalId?: string } | undefined)?.externalId
    expect(standing(ours)).toEqual([nameOf(ours)])
    vendor.answerElsewhere(id, 'Bir iş arkadaşından', 0)
    const [theirs] = await echoes()
    expect(theirs).toMatchObject({ data: { text: 'Bir iş arkadaşından', stands: [nameOf(theirs)] } })
    // Told again with its next state, it is the same fact.
    for (const it of await echoes()) expect(it.dedupe).toBe(theirs?.dedupe)
    ms += hour
    vendor.answerElsewhere(id, 'Bizden', 0)
    const [again] = await echoes()
    expect([nameOf(again), standing(again)]).toEqual([nameOf(ours), standing(ours)])
    expect(again?.dedupe).not.toBe(ours?.dedupe)
  })

  it('F13 S21 TLS that fails is no call: nothing was sent, it is tried later', async () => {
    const id = await wrote('Bozuk')
    const before = door.asked()
    expect(await send(answerTo(id, 'Bakıyoruz.'), vendorCaller())).toMatchObject({ is: 'try-later', scope: 'account' })
    expect([accepted(), door.asked()]).toEqual([0, before])
  })

  const spoilt: readonly (Spoilt | '30 s of silence')[] = [
    '30 s of silence',
    'reset after headers',
    'half an answer',
    'endless',
    'foreign',
  ]
  describe.each(spoilt)('after %s', (how) => {
    const spoil = (call: 'send' | 'other'): void => {
      if (how === '30 s of silence') vendor.fail(1, { how: 'slow', ms: 30_000 / scale }, call)
      else door.spoil(how)
    }
    it('F13 G1 P19 the poll moves nothing, and brings it once with the next look', async () => {
      await look()
      const id = await wrote('Kaybolmasın')
      const before = rig.kept.get('notes') ?? '{}'
      spoil('other')
      expect(await failing()).toEqual([])
      const places = (text = '{}') => {
        const { readAt, highWater } = JSON.parse(text) as Record<string, unknown>
        return { readAt, highWater }
      }
      expect(places(rig.kept.get('notes'))).toEqual(places(before))
      door.spoil(null)
      ms += hour
      expect(told(await look())).toEqual([['message.received', 'Kaybolmasın']])
      expect(await look()).toEqual([])
      expect(vendor.reviews().map((it) => it.id)).toEqual([id])
    })

    it('F13 G19 G20 an answer is perhaps sent, and the store is asked before it is sent again', async () => {
      const id = await wrote('Bozuk')
      await send(answerTo(id, 'İlk')) // the token is there
      const one = answerTo(id, 'Bakıyoruz.')
      const before = accepted()
      spoil('send')
      const outcome = await send(one)
      // Where something is asked first, the fault may meet the question: then nothing was sent.
      door.spoil(null)
      const isThere = accepted() > before
      expect(isThere ? ['unknown'] : ['unknown', 'try-later']).toContain(outcome.is)
      // Silence meets the answer alone.
      expect(isThere || how !== '30 s of silence').toBe(true)
      const found = await find(one)
      expect(found.is === 'sent').toBe(isThere)
      expect(found.is).not.toBe('refused')
    })
  })

  it('F13 S8 S9 a redirect is not followed: the token goes nowhere else, and apiBase is named', async () => {
    const heard: string[] = []
    const elsewhere = http.createServer((request, response) => {
      heard.push(`${request.url} ${request.headers.authorization}`)
      response.end('{}')
    })
    await new Promise<void>((done) => void elsewhere.listen(0, '127.0.0.1', done))
    try {
      const id = await wrote('Bozuk')
      await look()
      const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`
      for (const call of ['send', 'other'] as const)
        vendor.fail(1, { how: 'status', status: 302, headers: { location } }, call)
      await failing()
      expect(rig.health.at(-1)).toMatchObject({ state: 'auth_failed', why: expect.stringContaining('apiBase') })
      expect(await send(answerTo(id, 'Bakıyoruz.'))).toMatchObject({
        is: 'account-down',
        why: expect.stringContaining('apiBase'),
      })
      expect([heard, accepted()]).toEqual([[], 0])
    } finally {
      elsewhere.close()
    }
  })

  it('F14 G3 an answer that is deep, endless, no object or full of odd keys is no list: nothing moves, and the next is read', async () => {
    await look()
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`
    for (const body of [deep, '[]', 'null', '"x"', '{"data":', '{"__proto__":{"data":[]},"x":1e999}', '\uFFFE']) {
      await wrote(`Önce ${body.slice(0, 5)}`)
      vendor.fail(1, { how: 'status', status: 200, body }, 'other')
      expect(await failing()).toEqual([])
      ms += hour
      expect(await look()).toHaveLength(1)
    }
    expect(({} as { data?: unknown }).data).toBeUndefined()
  })

  it('F14 P19 G1 G4 ten thousand reviews are told once each, and a look far into the list tells none of them again', async () => {
    vendor.hourly(1_000_000)
    rig = pollRig(channel, vendor, () => ms, { deepHours: 0.0001, readsPerHour: 1_000_000 })
    await vendor.writeMany(Array.from({ length: 10_000 }, (_, n) => ({ customer: n % 97, text: `Yorum ${n}` })))
    const events = await look()
    expect([events.length, new Set(events.map((it) => it.dedupe)).size]).toEqual([10_000, 10_000])
    const before = rig.raws.length
    expect([await look(), rig.raws.length]).toEqual([[], before])
    const kept = [...rig.kept.values()].map((it) => it.length)
    expect(Math.max(...kept)).toBeLessThan(256 * 1024)
  })

  it('S18 a vendor that quotes our secrets in its words: neither health, outcome nor error says them', async () => {
    const id = await wrote('Bozuk')
    await look()
    const [secret = ''] = Object.values(vendor.account().secrets)
    const key = secret.startsWith('{') ? (JSON.parse(secret) as { private_key: string }).private_key : secret
    const said: string[] = []
    for (const code of [400, 401, 401, 403, 409, 429, 500]) {
      for (const call of ['send', 'other'] as const) vendor.fail(1, { how: 'error', code, http: code, text: key }, call)
      said.push(JSON.stringify(await send(answerTo(id, 'Bakıyoruz.'))))
      said.push(await look().then(JSON.stringify, (error: Error) => `${error.message} ${error.stack}`))
      ms += hour
      vendor.fail(1, { how: 'error', code, http: code, text: key }, 'other')
      said.push(JSON.stringify(await channel.test!(...out())))
    }
    said.push(JSON.stringify(rig.health))
    const piece = key.replaceAll(/-----[^-]*-----|\s/g, '').slice(8, 32)
    expect(piece.length).toBeGreaterThan(15)
    expect(said.filter((it) => it.replaceAll(/\\n|\s/g, '').includes(piece))).toEqual([])
  })
})

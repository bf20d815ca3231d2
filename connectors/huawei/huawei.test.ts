// What is peculiar to this channel; what every channel promises is in test/contracts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OutboundMessage } from '../../core/ports/channel.ts'
import { fixturesAlone } from '../../test/support/fixture-files.ts'
import { edgesAt, madeAccount } from '../../test/support/made-account.ts'
import { answerUnder } from '../../test/support/outbound.ts'
import { pollRig, told, type PollRig } from '../../test/support/poll-rig.ts'
import { answerKey } from '../_shared/reviews/review.ts'
import { gotOf } from './api.ts'
import channel from './channel.ts'
import { find, send, test } from './send.ts'
import { standIn, type RunningHuawei } from './stand-in/index.ts'

const folder = join(import.meta.dirname, 'fixtures')
const fixture = <T = never>(name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T
const start = Date.parse('2026-11-20T10:00:00.000Z')
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

let ms = start
let vendor: RunningHuawei
let rig: PollRig
beforeEach(async () => {
  ms = start
  vendor = await standIn.start({ seed: 36, now: () => ms })
  rig = pollRig(channel, vendor, () => ms)
})
afterEach(() => vendor.stop())
const wrote = async (text: string, id?: string): Promise<string> =>
  (await vendor.write({ customer: 1, text, ...(id === undefined ? {} : { id }) })).id
const later = (by: number): void => void (ms += by)
const clocked = () => edgesAt(() => ms)
const out = (more: object = {}) => {
  const { settings, secrets } = vendor.account()
  return [
    madeAccount({ settings: { ...settings, ...more }, secrets }).account,
    clocked(),
    AbortSignal.timeout(5_000),
  ] as const
}
let replies = 0
const answerTo = (review: string, text: string, more: Partial<OutboundMessage> = {}) =>
  answerUnder(review, text, {
    ours: `rep_${String((replies += 1)).padStart(32, '0')}`,
    vendor: { review, lang: 'ru_RU', country: 'RU' },
    ...more,
  })

describe('what Huawei answers', () => {
  const rows = {
    'error-401-client-token': { is: 'account-down' },
    'error-403-project-scoped-client': { is: 'account-down', why: expect.stringContaining('N/A') },
    'error-app-not-owned': { is: 'account-down' },
    'error-duplicate-request': { is: 'unknown' },
    'error-reply-already-exists': { is: 'refused', code: 'already_answered' },
    'error-reply-moderation': { is: 'refused', code: 'rejected' },
    'error-ret-as-json-string': { is: 'account-down' },
    'error-token-client-secret': { is: 'account-down', why: expect.stringContaining('clientSecret') },
    'error-unknown': { is: 'unknown' },
    'error-whitelist': { is: 'account-down', why: expect.stringContaining('allow-list') },
    'error-window-over-six-months': { is: 'refused' },
  } as const
  const got = (status: number, body: unknown) =>
    gotOf({ is: 'answer', status, headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) }, [])
  it.each(Object.entries(rows))('G20 P8 D36 %s', (name, outcome) => {
    const { status, body } = fixture<{ status: number; body: unknown }>(`${name}.exchange.json`)
    expect(got(status, body)).toMatchObject({ is: 'failed', outcome })
  })

  it('D36 success is a code of 0 in any of its forms; an answer without one is none, whatever list it brings', () => {
    for (const body of [fixture('reply-200.json'), { rtnCode: '0', data: [] }, { ret: '{"code":0}' }, { code: 0 }])
      expect(got(200, body)).toMatchObject({ is: 'ok' })
    for (const body of [
      { data: [] },
      { ret: 'nonsense', data: { reviewList: [] } },
      { rtnCode: 1, ret: null, data: [] },
    ])
      expect(got(200, body)).toMatchObject({ is: 'failed' })
  })

  it('P8 a token of the sheet is taken, and kept for its two days', async () => {
    const edges = clocked()
    const asked: string[] = []
    const http = {
      ...edges.http,
      call: async (request: { url: string; headers?: Readonly<Record<string, string>> }) => {
        asked.push(request.headers?.['authorization'] ?? 'token')
        const body = request.url.endsWith('/token') ? fixture('token-200.json') : fixture('list-empty.json')
        return { is: 'answer' as const, status: 200, headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) }
      },
    }
    const [account, , signal] = out()
    await test(account, { ...edges, http }, signal)
    later(46 * hour)
    await test(account, { ...edges, http }, signal)
    later(2 * hour)
    await test(account, { ...edges, http }, signal)
    const bearer = 'Bearer eyJhbGciOiJIUzUxMiJ9.test-client-token'
    expect(asked).toEqual(['token', bearer, bearer, 'token', bearer])
  })

  it('every fixture is read by the contract or here', () => {
    const known = [
      ...Object.keys(rows).map((it) => `${it}.exchange.json`),
      'reply-request.json',
      'reply-to-follow-up-request.json',
      'reply-update-request.json',
      'account.json',
      'errors.json',
    ]
    expect(fixturesAlone(folder)).toEqual(known.toSorted())
  })
})

describe('an answer', () => {
  const wanted = (name: string) => fixture<Record<string, string>>(name)
  it('D36 goes out in the forms of the sheet: first, in place of itself, to what the customer wrote back', async () => {
    const [first, update, back] = ['reply-request', 'reply-update-request', 'reply-to-follow-up-request'].map((it) =>
      wanted(`${it}.json`),
    ) as [Record<string, string>, Record<string, string>, Record<string, string>]
    await wrote('Не открывается корзина', 'r-0007')
    await send(answerTo('r-0007', first['devReplyContent']!), ...out())
    await wrote('Отлично', 'r-0006')
    vendor.answerElsewhere('r-0006', 'Спасибо за отзыв!')
    await send(answerTo('r-0006', update['devReplyContent']!), ...out())
    await wrote('Не работает', '222')
    vendor.answerElsewhere('222', 'Подскажите, пожалуйста, модель устройства.')
    vendor.followUp('222', 'P60, EMUI 14')
    await send(answerTo('222', back['devReplyContent']!), ...out())
    const { appId } = vendor.account().settings
    const ids = { updateReplyId: expect.any(String), toReplyId: expect.any(String) }
    expect(vendor.ledger.of('accepted').map((it) => it.body)).toEqual(
      [first, update, back].map((it) => ({
        ...it,
        appId,
        ...Object.fromEntries(Object.entries(ids).filter(([name]) => name in it)),
      })),
    )
    expect(vendor.talk('r-0006')).toEqual([update['devReplyContent']])
    expect(vendor.talk('222')).toHaveLength(3)
  })

  it('F13 G19 a request that was taken before is no error: what stands there tells, and nothing is said twice', async () => {
    const id = await wrote('Bozuk')
    vendor.fail(1, { how: 'reset-after-accept' })
    const message = answerTo(id, 'Bakıyoruz.')
    expect(await send(message, ...out())).toMatchObject({ is: 'unknown' })
    expect(await find(message, ...out())).toEqual({ is: 'sent', externalId: answerKey(id, 'Bakıyoruz.') })
    expect(vendor.talk(id)).toEqual(['Bakıyoruz.'])
    expect(await find(answerTo(id, 'Another'), ...out())).toMatchObject({ is: 'unknown' })
    const next = answerTo(id, 'Another', { replaces: answerKey(id, 'Bakıyoruz.') })
    expect(await find(next, ...out())).toMatchObject({ is: 'try-later', scope: 'message' })
  })

  it('D36 what the review of contents stops is told with why, and an answer of the newer generation is not changed', async () => {
    const id = await wrote('Bozuk')
    vendor.forbid('casino')
    expect(await send(answerTo(id, 'casino'), ...out())).toMatchObject({ is: 'refused', code: 'rejected' })
    const newer = out({ platform: 'harmonyos' })
    expect(await send(answerTo(id, 'Bakıyoruz.'), ...newer)).toMatchObject({ is: 'sent' })
    expect(await send(answerTo(id, 'Düzelttik.'), ...newer)).toMatchObject({ is: 'refused', code: 'already_answered' })
  })

  it('P8 a dead token is made anew once; off the allow-list is said with what to do', async () => {
    expect(await test(...out())).toMatchObject({ ok: true })
    vendor.expireTokens()
    expect(await test(...out())).toMatchObject({ ok: true })
    vendor.allow(false)
    expect(await test(...out())).toMatchObject({ ok: false, why: expect.stringContaining('Marketing API') })
  })
})

describe('a site', () => {
  it('D36 P8 gives tokens of its own, which no other takes, and its reviews are others’ even under one id', async () => {
    const at = (site: string) => out({ site, apiBase: vendor.apiBase.replace(/sg$/, site) })
    for (const site of ['sg', 'de', 'sg', 'de']) expect(await test(...at(site))).toMatchObject({ ok: true })
    const granted = vendor.ledger.of('answered').filter((it) => it.call.endsWith('/oauth2/v1/token'))
    expect(granted.map((it) => it.call)).toEqual(['sg', 'de'].map((site) => `POST /${site}/api/oauth2/v1/token`))
    expect(vendor.ledger.of('answered').every((it) => it.status === 200)).toBe(true)
    const { settings } = vendor.account()
    const routes = ['sg', 'de'].map((site) => channel.routesOf({ ...settings, site } as never)[0])
    expect(new Set(routes).size).toBe(2)
  })
})

describe('the poll', () => {
  it('D36 P19 brings what is new once, edits as edits, and keeps every digit of an id', async () => {
    const id = await wrote('Bir yıldız', '9007199254740993123')
    const events = await rig.look()
    expect(told(events)).toEqual([['message.received', 'Bir yıldız']])
    expect(events[0]).toMatchObject({ data: { externalId: id } })
    expect(await rig.look()).toEqual([])
    for (const text of ['Dört yıldız', 'Bir yıldız']) {
      later(minute)
      vendor.edit(id, { text, keepsDate: true })
      expect(told(await rig.look())).toEqual([['message.edited', text]])
    }
  })

  it('D36 what the customer writes back is a message on the same ticket, and the next answer is for it', async () => {
    const id = await wrote('Çalışmıyor')
    await rig.look()
    await send(answerTo(id, 'Hangi cihaz?'), ...out())
    expect(told(await rig.look())).toEqual([
      ['message.echoed', 'Hangi cihaz?'],
      ['message.delivery_updated', 'delivered'],
    ])
    vendor.followUp(id, 'P60')
    const events = await rig.look()
    expect(told(events).filter(([type]) => type === 'message.received')).toEqual([['message.received', 'P60']])
    expect(events.every((it) => it.threadKeys[0]?.endsWith(id))).toBe(true)
    vendor.followUp(id, 'Ve EMUI 14')
    expect(told(await rig.look()).filter(([, text]) => text === 'Ve EMUI 14')).toHaveLength(1)
    expect(await rig.look()).toEqual([])
  })

  it('D36 P19 reads pages until there is no next, the first once more at the end, and days ago every day', async () => {
    for (let n = 0; n < 250; n += 1) {
      await wrote(`Yorum ${n}`)
      later(1000)
    }
    expect(await rig.look()).toHaveLength(250)
    const first = vendor.reviews().at(-1)!.id
    later(3 * day)
    await wrote('Yeni')
    expect(told(await rig.look())).toEqual([['message.received', 'Yeni']])
    vendor.edit(first, { text: 'Değiştirdim', keepsDate: true })
    expect(await rig.look()).toEqual([])
    later(day)
    expect(told(await rig.look())).toEqual([['message.edited', 'Değiştirdim']])
  })

  it('D36 a list deeper than Huawei pages is read on from the oldest that was seen', async () => {
    for (let n = 0; n < 350; n += 1) {
      await wrote(`Yorum ${n}`)
      later(1000)
    }
    vendor.pagesAtMost(2)
    expect(await rig.look()).toHaveLength(350)
  })

  it('P8 a failure that comes as an empty list over HTTP 200 is none: nothing moves, and it is said', async () => {
    await wrote('Kaybolmasın')
    vendor.fail(1, { how: 'error', code: 50010028, http: 200 }, 'other')
    expect(await rig.look()).toEqual([])
    expect(rig.health.at(-1)).toMatchObject({ state: 'auth_failed' })
    expect(told(await rig.look())).toEqual([['message.received', 'Kaybolmasın']])
  })

  it('an app that was never rated is an empty one, and well', async () => {
    vendor.fail(1, { how: 'error', code: 50010025, http: 200 }, 'other')
    vendor.fail(1, { how: 'error', code: 50010025, http: 200 }, 'other')
    rig.state = 'connecting'
    await rig.look()
    expect(rig.health.at(-1)).toMatchObject({ state: 'connected' })
  })

  it('P19 a review that is gone is told by the daily look', async () => {
    const id = await wrote('Vazgeçtim')
    await rig.look()
    vendor.remove(id)
    later(day)
    expect(told(await rig.look())).toEqual([['message.deleted', id]])
  })
})

// What is peculiar to X when it is called: tokens that work once, two signatures, words counted by weight, and looking for a lost reply.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { outboundTo } from '../../test/support/outbound.ts'
import { readingEdges, madeAccount, madeEdges } from '../../test/support/made-account.ts'
import type { Instant } from '../../schemas/ids.ts'
import { send, test as asked } from './send.ts'
import { fetchFile } from './files.ts'
import { find } from './find.ts'
import type { OutboundMessage } from '../../core/ports/channel.ts'
import type { StandInAccount } from '../../core/ports/stand-in.ts'
import { signIn as signedIn, type Ours } from './sign-in.ts'
import { standIn, type RunningX } from './stand-in/index.ts'

let vendor: RunningX
beforeAll(async () => {
  vendor = await standIn.start({ seed: 71 })
  vendor.receipts('off')
  vendor.limit('dmSend', 1_000)
})
afterAll(() => vendor.stop())

const deadline = () => AbortSignal.timeout(18_000)
const beginning = '2026-01-01T00:00:00.000Z' as Instant
const message = (more: Partial<OutboundMessage> = {}) => outboundTo(vendor.customer(1), more)
const answering = (post: string, more: Partial<OutboundMessage> = {}): OutboundMessage =>
  message({ kind: 'post', vendor: { post, author: vendor.customer(1).id, summoned: 'yes' }, ...more })

/** An account whose secrets are stored as a store would: one value, in one step, seen by everybody who opens it then. */
function stored(from: StandInAccount) {
  const secrets: Record<string, string> = { ...from.secrets }
  const ends: Record<string, Instant | null> = {}
  let stores = true
  const open = (): Ours => {
    const { account } = madeAccount({ settings: from.settings, secrets: { ...secrets } })
    return {
      ...(account as unknown as Ours),
      expiresAt: (name) => ends[name] ?? null,
      async renew(name, make) {
        const made = await make(secrets[name] ?? '')
        if (!stores) throw new Error('the database went away')
        secrets[name] = made.value
        ends[name] = made.expiresAt
        return made.value
      },
    }
  }
  return { open, secrets, storing: (does: boolean) => void (stores = does) }
}
const accepted = (ours: string) => vendor.ledger.of('accepted').filter((it) => it.ours === ours)
const calls = (path: string) => vendor.ledger.of('answered').filter((it) => it.call.endsWith(path)).length

describe('tokens', () => {
  it('P8 a token that ended is renewed once and the message goes out; what is kept is the new pair', async () => {
    const account = stored(vendor.signedIn('refresh'))
    const before = calls('/oauth2/token')
    vendor.expireTokens()
    expect(await send(message(), account.open(), madeEdges().edges, deadline())).toMatchObject({ is: 'sent' })
    expect(calls('/oauth2/token')).toBe(before + 1)
    const pair = JSON.parse(account.secrets['tokens'] ?? '') as Record<string, string>
    expect(vendor.keys.refresh.has(pair['refresh'] ?? '')).toBe(true)
    // It holds for two hours, so nothing is renewed for the next.
    expect(await send(message(), account.open(), madeEdges().edges, deadline())).toMatchObject({ is: 'sent' })
    expect(calls('/oauth2/token')).toBe(before + 1)
    vendor.expireTokens()
    expect(await send(message(), account.open(), madeEdges().edges, deadline())).toMatchObject({ is: 'sent' })
  })

  it('P8 a pair that could not be stored is not lost: the next try stores it, the burnt one is not shown again', async () => {
    const account = stored(vendor.signedIn('refresh'))
    vendor.expireTokens()
    account.storing(false)
    const later = await send(message(), account.open(), madeEdges().edges, deadline())
    expect(later).toMatchObject({
      is: 'try-later',
      scope: 'account',
      why: expect.stringContaining('the database went away'),
    })
    account.storing(true)
    expect(await send(message(), account.open(), madeEdges().edges, deadline())).toMatchObject({ is: 'sent' })
  })

  it('P8 a refresh token that a person gives goes before what descends from the old one', async () => {
    const account = stored(vendor.signedIn('refresh'))
    vendor.expireTokens()
    await send(message(), account.open(), madeEdges().edges, deadline())
    // The account was connected anew because the old grant is dead.
    vendor.expireTokens()
    vendor.keys.refresh.clear()
    const fresh = vendor.signedIn('refresh')
    Object.assign(account.secrets, fresh.secrets)
    const before = calls('/oauth2/token')
    expect(await send(message(), account.open(), madeEdges().edges, deadline())).toMatchObject({ is: 'sent' })
    expect(calls('/oauth2/token')).toBe(before)
    vendor.expireTokens()
    expect(await send(message(), account.open(), madeEdges().edges, deadline())).toMatchObject({ is: 'sent' })
  })

  /** Of the next process, which remembers nothing of the one before. */
  const another = async () => {
    const again = './sign-in.ts?again'
    const { signIn } = (await import(again)) as { signIn: typeof signedIn }
    return (account: Ours, refused?: string) =>
      signIn({ account, edges: madeEdges().edges, signal: deadline() }, refused)
  }
  it('P8 a process that dies after the pair was stored leaves it to the next, which renews nothing', async () => {
    const account = stored(vendor.signedIn('refresh'))
    vendor.expireTokens()
    await send(message(), account.open(), madeEdges().edges, deadline())
    const before = calls('/oauth2/token')
    const { access } = JSON.parse(account.secrets['tokens'] ?? '') as { access: string }
    expect(await (await another())(account.open())).toEqual({ is: 'bearer', token: access })
    expect(calls('/oauth2/token')).toBe(before)
  })

  it('P8 one that dies between X’s answer and storing it has burnt the token: that is said with the way out, and a new one is taken', async () => {
    const account = stored(vendor.signedIn('refresh'))
    vendor.expireTokens()
    account.storing(false)
    const signal = deadline()
    const refused = String(account.secrets['accessToken'])
    const died = await signedIn({ account: account.open(), edges: madeEdges().edges, signal }, refused)
    expect(died).toMatchObject({ is: 'none', cause: 'later' })
    account.storing(true)
    const next = await another()
    expect(await next(account.open(), refused)).toMatchObject({
      is: 'none',
      cause: 'auth',
      why: expect.stringMatching(/set refreshToken/),
    })
    const fresh = vendor.signedIn('refresh')
    Object.assign(account.secrets, fresh.secrets)
    expect(await next(account.open())).toEqual({ is: 'bearer', token: fresh.secrets['accessToken'] })
  })

  it('P8 S18 one that is not taken any more is a dead account with the way out, and no token in the words', async () => {
    const given = vendor.signedIn('refresh')
    vendor.expireTokens()
    vendor.keys.refresh.clear()
    const account = stored(given)
    const outcome = await send(message(), account.open(), madeEdges().edges, deadline())
    expect(outcome).toMatchObject({ is: 'account-down', why: expect.stringContaining('connect the account again') })
    for (const secret of Object.values(given.secrets)) expect(JSON.stringify(outcome)).not.toContain(secret)
  })

  it('OAuth 1.0a calls are signed over method, address and parameters', async () => {
    const account = stored(vendor.signedIn('oauth1')).open()
    expect(await asked(account, madeEdges().edges, deadline())).toMatchObject({ ok: true })
    const one = message()
    expect(await send(one, account, madeEdges().edges, deadline())).toMatchObject({ is: 'sent' })
    const lost = await find({ ...one, text: 'never said' }, account, madeEdges().edges, deadline(), beginning)
    expect(lost).toMatchObject({ is: 'try-later', scope: 'message' })
    expect(await find(one, account, madeEdges().edges, deadline(), beginning)).toMatchObject({ is: 'sent' })
  })

  it('the test says when the token is somebody else’s', async () => {
    const { settings, secrets } = vendor.account()
    const { account } = madeAccount({ settings: { ...settings, userId: '1' }, secrets })
    expect(await asked(account, madeEdges().edges, deadline())).toMatchObject({
      ok: false,
      why: expect.stringContaining('userId is 1'),
    })
  })
})

describe('what is refused before X is asked', () => {
  let account: Ours
  let asks: number
  beforeEach(() => {
    account = madeAccount(vendor.account()).account
    asks = vendor.ledger.of('answered').length
  })
  const refused = (it: OutboundMessage) => send(it, account, madeEdges().edges, deadline())

  it('a post is counted by weight: 280 fit, an address is 23, emoji and what is not Latin are 2', async () => {
    const post = vendor.unheard({ customer: 1, kind: 'mention' })
    const long = `${'日'.repeat(128)} https://shop.example/${'x'.repeat(200)}`
    expect(await refused(answering(post, { text: long }))).toMatchObject({ is: 'sent' })
    asks = vendor.ledger.of('answered').length
    const why = expect.stringContaining('281')
    expect(await refused(answering(post, { text: `${long}y`.replace(' ', '  ') }))).toMatchObject({
      is: 'refused',
      code: 'too_long',
      why,
    })
    expect(await refused(message({ text: 'a'.repeat(10_001) }))).toMatchObject({ is: 'refused', code: 'too_long' })
    expect(vendor.ledger.of('answered')).toHaveLength(asks)
  })

  it('a post that did not call us is not answered by an app, and the agent gets its address', async () => {
    const vendorFields = { post: '2091000000000000031', author: '1', summoned: 'no' }
    expect(await refused(message({ kind: 'post', vendor: vendorFields }))).toMatchObject({
      is: 'refused',
      code: 'not_summoned',
      why: expect.stringContaining('https://x.com/i/status/2091000000000000031'),
    })
    expect(vendor.ledger.of('answered')).toHaveLength(asks)
  })
})

describe('a reply whose answer was lost', () => {
  let account: Ours
  beforeEach(() => (account = madeAccount(vendor.account()).account))
  const look = (it: OutboundMessage, since = beginning) => find(it, account, madeEdges().edges, deadline(), since)

  it('G19 is found in its conversation, and the same words from before it was asked for are another', async () => {
    const one = message({ text: 'Siparişiniz yolda, R&D <3' })
    vendor.fail(1, { how: 'reset-after-accept' })
    expect(await send(one, account, madeEdges().edges, deadline())).toMatchObject({ is: 'unknown' })
    const id = accepted(one.ours)[0]?.id
    expect(await look(one)).toEqual({ is: 'sent', externalId: id })
    const later = new Date(Date.now() + 60_000).toISOString() as Instant
    expect(await look(one, later)).toMatchObject({ is: 'try-later', scope: 'message' })
    vendor.pageSize(1)
    await send(message(), account, madeEdges().edges, deadline())
    expect(await look(one)).toMatchObject({ is: 'unknown' })
    vendor.pageSize(100)
  })

  it('G19 is found among our posts, and X’s word that it is a duplicate is no word that it is there', async () => {
    const post = vendor.unheard({ customer: 1, kind: 'mention' })
    const one = answering(post)
    vendor.fail(1, { how: 'half-answer' })
    expect(await send(one, account, madeEdges().edges, deadline())).toMatchObject({ is: 'unknown' })
    expect(await send(one, account, madeEdges().edges, deadline())).toMatchObject({
      is: 'unknown',
      why: expect.stringContaining('code 187'),
    })
    const { id } = accepted(one.ours)[0]!
    const keys = [`x.post:${id}:${vendor.customer(1).id}`]
    expect(await look(one)).toEqual({ is: 'sent', externalId: id, keys })
    expect(await look({ ...one, text: 'never said' })).toMatchObject({ is: 'try-later', scope: 'message' })
  })
})

describe('files', () => {
  const picture = Buffer.alloc(9_000_001, 'picture')
  const file = (type: string) => ({
    id: 'att_1',
    name: 'a.png',
    type,
    size: picture.byteLength,
    sha256: null,
    state: 'stored' as const,
    source: { blob: 'blob-1' as never },
  })
  const edges = readingEdges({ file: () => Promise.resolve(picture) })

  it.each(['image/png', 'image/gif'])(
    'G19 a %s goes up in pieces and along with its message; a lost piece is tried again, not "perhaps sent"',
    async (type) => {
      const { account } = madeAccount(vendor.account())
      const one = message({ text: '', attachments: [file(type)] })
      vendor.fail(1, { how: 'reset' }, 'upload')
      expect(await send(one, account, edges, deadline())).toMatchObject({ is: 'try-later', scope: 'message' })
      expect(await send(one, account, edges, deadline())).toMatchObject({ is: 'sent' })
      const body = accepted(one.ours)[0]?.body as { attachments: readonly { media_id: string }[] }
      expect(body.attachments).toHaveLength(1)
      expect(vendor.fileAt(body.attachments[0]?.media_id ?? '')?.equals(picture)).toBe(true)
    },
  )

  const uploads = (path: RegExp) => vendor.ledger.of('answered').filter((it) => path.test(it.call)).length
  const film = () => message({ text: '', attachments: [file('video/mp4')] })

  it('D39 a film goes up in pieces, as a film, and is sent when X has looked at it to its end', async () => {
    const { account } = madeAccount(vendor.account())
    for (const one of [
      film(),
      answering(vendor.unheard({ customer: 1, kind: 'mention' }), { attachments: [file('video/mp4')] }),
    ]) {
      vendor.looking(4)
      const [pieces, looks] = [uploads(/append$/), uploads(/^GET .*upload$/)]
      expect(await send(one, account, edges, deadline())).toMatchObject({ is: 'sent' })
      expect([uploads(/append$/) - pieces, uploads(/^GET .*upload$/) - looks]).toEqual([3, 4])
      const [sent] = accepted(one.ours)
      const held = JSON.stringify(sent?.body).match(/"media_ids?":\[?"(\d+)"/)?.[1]
      expect(vendor.fileAt(held ?? '')?.equals(picture)).toBe(true)
    }
  })

  it('G19 D39 one that X looks at for longer than a try lasts is not put up again: the next try asks for it', async () => {
    const { account } = madeAccount(vendor.account())
    const one = film()
    vendor.looking(60)
    const begun = uploads(/initialize$/)
    // The time of the try is over while it waits to ask once more.
    const over = new AbortController()
    const clock = {
      ...edges.clock,
      sleep: (ms: number, signal: AbortSignal) => {
        over.abort()
        return edges.clock.sleep(ms, signal)
      },
    }
    expect(await send(one, account, { ...edges, clock }, over.signal)).toMatchObject({
      is: 'try-later',
      scope: 'message',
      why: expect.stringMatching(/still looking/),
    })
    expect(accepted(one.ours)).toEqual([])
    const quick = { ...edges, clock: { ...edges.clock, sleep: () => Promise.resolve() } }
    for (let tries = 0; accepted(one.ours).length === 0 && tries < 10; tries += 1)
      await send(one, account, quick, deadline())
    expect([uploads(/initialize$/) - begun, accepted(one.ours).length]).toEqual([1, 1])
  })

  it('D39 one that X finds wanting is refused with its words, and one it has lost is put up again', async () => {
    const { account } = madeAccount(vendor.account())
    vendor.looking(2, 'failed')
    expect(await send(film(), account, edges, deadline())).toMatchObject({
      is: 'refused',
      code: 'file_refused',
      why: expect.stringContaining('Unsupported video codec'),
    })
    vendor.looking(2)
    const one = film()
    const begun = uploads(/initialize$/)
    // Begin, three pieces and the end are well; where X is asked how it looks, it knows nothing of it.
    vendor.losesFiles(true)
    expect(await send(one, account, edges, deadline())).toMatchObject({ is: 'try-later', scope: 'message' })
    vendor.losesFiles(false)
    expect(await send(one, account, edges, deadline())).toMatchObject({ is: 'sent' })
    expect(uploads(/initialize$/) - begun).toBe(2)
  })

  const read = async (it: Awaited<ReturnType<typeof fetchFile>>) => {
    const chunks: Uint8Array[] = []
    if (it.is === 'file') for await (const chunk of it.bytes) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }
  it('those of direct messages are given to the account’s signature alone; without one the account is said to lack it', async () => {
    const bytes = Buffer.from('the customer’s picture')
    vendor.unheard({ customer: 2, file: { name: 'p.jpg', type: 'image/jpeg', bytes } })
    const at = `${vendor.apiBase}${vendor.lastFile()}`
    const signed = stored(vendor.signedIn('oauth1')).open()
    expect(await read(await fetchFile(at, signed, edges, deadline()))).toBe(bytes.toString())
    const bare = madeAccount(vendor.account())
    expect(await fetchFile(at, bare.account, edges, deadline())).toMatchObject({
      is: 'try-later',
      why: expect.stringContaining('userToken'),
    })
    expect(bare.health).toMatchObject([{ state: 'degraded' }])
    expect(await fetchFile(`${at}x`, signed, edges, deadline())).toMatchObject({ is: 'gone' })
  })
  it('S9 S10 a picture of a post is fetched from X’s own hosts, where anybody may, without the account’s proof', async () => {
    const asked: { readonly url: string; readonly hosts: readonly string[]; readonly headers: unknown }[] = []
    const account = stored(vendor.signedIn('oauth1')).open()
    const http = {
      ...edges.http,
      fetch: (url: string, { hosts, headers }: { hosts: readonly string[]; headers?: unknown }) => {
        asked.push({ url, hosts, headers })
        return Promise.resolve({ status: 404, type: '', bytes: (async function* () {})() })
      },
    }
    for (const url of ['https://pbs.twimg.com/media/a.jpg', 'https://ton.twitter.com/i/a.jpg'])
      expect(await fetchFile(url, account, { ...edges, http }, deadline())).toMatchObject({ is: 'gone' })
    expect(asked).toEqual([
      { url: 'https://pbs.twimg.com/media/a.jpg', hosts: ['pbs.twimg.com', 'video.twimg.com'], headers: {} },
      {
        url: 'https://ton.twitter.com/i/a.jpg',
        hosts: ['ton.twitter.com', 'ton.x.com', vendor.apiBase],
        headers: { authorization: expect.stringMatching(/^OAuth /) },
      },
    ])
  })
  it('S8 S9 S10 an address elsewhere gets neither a call nor the account’s proof', async () => {
    const signed = stored(vendor.signedIn('oauth1')).open()
    for (const elsewhere of [
      'https://evil.example/a.jpg',
      'http://127.0.0.1:1/1.1/ton/data/x',
      'http://169.254.169.254/latest',
      'file:///etc/passwd',
    ])
      expect(await fetchFile(elsewhere, signed, edges, deadline())).toMatchObject({ is: 'blocked' })
  })
})

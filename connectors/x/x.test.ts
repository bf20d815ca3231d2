// What is peculiar to X when it knocks: the challenge, a signature in base64, two secrets, and calls that name nobody.
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { callWith } from '../../test/contracts/channel-folder.ts'
import type { Instant } from '../../schemas/ids.ts'
import { signatureOf } from '../_shared/hmac-signature.ts'
import channel from './channel.ts'
import { failureOf } from './errors.ts'
import { normalize } from './normalize.ts'
import { webhook } from './receive.ts'

const now = '2026-11-21T10:00:00.000Z' as Instant
const secret = 'test_x_consumer_secret_0123456789'
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures', name)))
const us = '2244994945'
const read = (call: unknown) =>
  normalize(
    {
      route: us,
      bytes: new TextEncoder().encode(JSON.stringify(call)),
      contentType: 'application/json',
      receivedAt: now,
    },
    { id: 'main', settings: { userId: us } },
  )
const endpoint = (...secrets: readonly string[]) => ({
  id: 'main',
  settings: { userId: '2244994945' },
  secret: () => Promise.resolve(secrets),
})
const post = (body: Uint8Array | string, signature: string, ...secrets: readonly string[]) => {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const call = callWith(bytes, [['x-twitter-webhooks-signature', signature]])
  return webhook.open(call, endpoint(...(secrets.length === 0 ? [secret] : secrets)), now)
}
const ask = (query: string, ...secrets: readonly string[]) =>
  webhook.open(
    { method: 'GET', path: '/in/x/main', query: new URLSearchParams(query), headers: [], body: new Uint8Array() },
    endpoint(...(secrets.length === 0 ? [secret] : secrets)),
    now,
  )

describe('the challenge', () => {
  it('S5 is answered with the token signed by the newest secret, in base64, as often as it is asked', async () => {
    const right = `sha256=${createHmac('sha256', 'new').update('challenge_string').digest('base64')}`
    for (let n = 0; n < 3; n += 1) {
      const opened = await ask('crc_token=challenge_string', 'new', 'old')
      expect(opened).toMatchObject({ raws: [], reply: { status: 200, headers: { 'content-type': /json/ } } })
      expect('reply' in opened && JSON.parse(opened.reply.body ?? '')).toEqual({ response_token: right })
    }
  })

  it('S5 S1 signs nothing that could pass as a call, and nothing for an endpoint without a secret', async () => {
    const forged = JSON.stringify({ for_user_id: '1', direct_message_events: [] })
    for (const query of [`crc_token=${encodeURIComponent(forged)}`, 'crc_token=', '', 'crc_token=a&crc_token=b'])
      expect(await ask(query)).toMatchObject({ refuse: { status: 403 } })
    expect(await ask(`crc_token=${'a'.repeat(501)}`)).toMatchObject({ refuse: { status: 403 } })
    expect(await ask('crc_token=a', '')).toMatchObject({ refuse: { status: 403 } })
    // Whoever has a word signed by the challenge has no call with it.
    expect(await post('word', signatureOf('word', secret, 'base64'))).toMatchObject({ refuse: { status: 401 } })
  })
})

describe('the signature', () => {
  const body = fixture('xaa_dm_received.json')

  it('S1 S2 is base64: the right digest in hex, or in another spelling of base64, is refused', async () => {
    const right = signatureOf(body, secret, 'base64')
    expect(await post(body, right)).toMatchObject({ raws: [{ route: '2244994945' }], reply: { status: 200 } })
    const loose = right.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`)
    for (const wrong of [signatureOf(body, secret), loose, right.slice(0, -1), right.toLowerCase()])
      expect(await post(body, wrong)).toMatchObject({ refuse: { status: 401 } })
  })

  it('S3 of two secrets is taken while they overlap, and of a third never', async () => {
    for (const one of ['new', 'old'])
      expect(await post(body, signatureOf(body, one, 'base64'), 'new', 'old')).toHaveProperty('raws')
    expect(await post(body, signatureOf(body, 'older', 'base64'), 'new', 'old')).toHaveProperty('refuse')
  })

  it('S6 a method it does not know is refused', async () => {
    const call = { ...callWith(body, []), method: 'PUT' }
    expect(await webhook.open(call, endpoint(secret), now)).toMatchObject({ refuse: { status: 405 } })
  })
})

describe('what a call may hold', () => {
  const account = { id: 'main', settings: { userId: '2244994945' } }
  const factsAt = async (name: string, at: string) => {
    const bytes = fixture(name)
    const opened = await webhook.open(
      callWith(bytes, [['x-twitter-webhooks-signature', signatureOf(bytes, secret, 'base64')]]),
      endpoint(secret),
      at as Instant,
    )
    if (!('raws' in opened)) return opened.why
    return opened.raws.flatMap((raw) => normalize(raw, account)).map((it) => [it.type, it.dedupe, it.lane])
  }

  it('S4 a recorded call that comes again, ten days later, is the same facts: X signs no time, so their ids are the defence', async () => {
    const manifest = readFileSync(join(import.meta.dirname, 'fixtures/manifest.tsv'), 'utf8')
    const files = manifest.split('\n').flatMap((line) => /^\w[\w-]*\.json(?=\t)/.exec(line)?.[0] ?? [])
    expect(files.length).toBeGreaterThan(25)
    for (const file of files) {
      const facts = await factsAt(file, now)
      expect({ file, facts: await factsAt(file, '2026-12-01T10:00:00.000Z') }).toEqual({ file, facts })
    }
  })

  it('D42 an encrypted message is there, with a word for the agent and without the cipher', () => {
    const bytes = fixture('xaa_chat_received_encrypted.json')
    const [event, ...more] = normalize(
      { route: '2244994945', bytes, contentType: 'application/json', receivedAt: now },
      account,
    )
    expect(more).toEqual([])
    expect(event).toMatchObject({
      type: 'message.received',
      data: {
        text: '',
        parts: [{ kind: 'unsupported', type: 'encrypted', why: expect.stringMatching(/cannot read.*X app/) }],
      },
    })
    const cipher = /"encoded_event":\s*"([^"]+)"/.exec(Buffer.from(bytes).toString())?.[1] ?? ''
    expect(cipher.length).toBeGreaterThan(10)
    expect(JSON.stringify(event)).not.toContain(cipher)
  })

  it('F14 G6 10,000 messages in one call are 10,000 facts in their order, and an unreadable one among them is set aside', () => {
    const event = (n: number) => ({
      type: 'message_create',
      ...(n === 4_321 ? {} : { id: String(2_091_000_000_000_000_000n + BigInt(n)) }),
      created_timestamp: '1794312000123',
      message_create: {
        target: { recipient_id: '2244994945' },
        sender_id: '3001969357',
        message_data: { text: `${n}` },
      },
    })
    const call = {
      for_user_id: '2244994945',
      direct_message_events: Array.from({ length: 10_000 }, (_, n) => event(n)),
    }
    const bytes = new TextEncoder().encode(JSON.stringify(call))
    const events = normalize({ route: '2244994945', bytes, contentType: 'application/json', receivedAt: now }, account)
    expect(new Set(events.map((it) => it.dedupe)).size).toBe(10_000)
    const said = events.map((it) => (it.type === 'message.received' ? it.data.text : it.type))
    expect(said).toEqual(Array.from({ length: 10_000 }, (_, n) => (n === 4_321 ? 'ingest.quarantined' : `${n}`)))
  })
})

describe('a post that was edited', () => {
  const [first, second] = ['2091000000000000030', '2091000000000000035']
  const activity = (type: string, post: Record<string, unknown>) =>
    read({
      data: {
        event_uuid: '1',
        filter: { user_id: us },
        event_type: type,
        payload: { conversation_id: first, created_at: '2026-11-10T12:00:00.000Z', ...post },
      },
    })

  it('D39 G7 is known by its first version, from account activity as from an activity event, and the edit is one fact', () => {
    const [told, edit] = activity('post.mention.create', {
      id: second,
      text: 'b',
      author_id: '7',
      edit_history_tweet_ids: [first, second],
    })
    const tweet = { id_str: second, text: 'b', user: { id_str: '7' }, timestamp_ms: '1794312000000' }
    const legacy = (edit_history: unknown) =>
      read({ for_user_id: us, tweet_create_events: [{ ...tweet, edit_history }] })
    for (const history of [{ initial_tweet_id: first, edit_tweet_ids: [first, second] }, { initial_tweet_id: first }])
      expect(legacy(history).map((it) => it.dedupe)).toEqual([told?.dedupe, edit?.dedupe])
    expect([told?.dedupe, edit?.dedupe]).toEqual([`post ${first}`, `post ${first} edit ${second}`])
    expect(edit).toMatchObject({ type: 'message.edited', data: { target: first, revision: second, text: 'b' } })
    expect(legacy({ initial_tweet_id: second, edit_tweet_ids: [second] })).toHaveLength(1)
  })

  it('D39 of our own: the answer is known by its first version, and on the customer’s ticket it says what it says now', () => {
    const ours = {
      text: 'düzeltildi',
      author_id: us,
      in_reply_to_user_id: '7',
      referenced_tweets: [{ type: 'replied_to', id: '2091000000000000020' }],
    }
    const events = activity('post.create', { ...ours, id: second, edit_history_tweet_ids: [first, second] })
    expect(events).toMatchObject([
      { type: 'message.echoed', dedupe: `post ${first}`, data: { externalId: first } },
      { type: 'message.edited', data: { target: first, revision: second, by: { id: us }, text: 'düzeltildi' } },
    ])
    expect(events[1]?.threadKeys).toEqual(events[0]?.threadKeys)
    expect(events[1]?.lane).toBe(events[0]?.lane)
  })
})

describe('a conversation of two', () => {
  it('D39 is named by number and not by text, from the webhook as from the poll, and never with an encrypted one of the same two', () => {
    // As text the longer number would come first.
    const [them, pair] = ['999999999', '999999999-2244994945']
    const create = { target: { recipient_id: us }, sender_id: them, message_data: { text: 'a' } }
    const heard = read({
      for_user_id: us,
      direct_message_events: [{ type: 'message_create', id: '5', message_create: create }],
    })
    const polled = ['2244994945-999999999', pair].flatMap((dm_conversation_id) =>
      read({ data: [{ id: '5', event_type: 'MessageCreate', text: 'a', sender_id: them, dm_conversation_id }] }),
    )
    expect([...heard, ...polled].map((it) => it.threadKeys)).toEqual([
      [`x.dm:${pair}`],
      [`x.dm:${pair}`],
      [`x.dm:${pair}`],
    ])
    const payload = { id: 'e1', sender_id: them, conversation_id: pair.replace('-', ':') }
    const [secret] = read({ data: { event_type: 'chat.received', filter: { user_id: us }, payload } })
    expect(secret?.threadKeys).toEqual([`x.chat:${pair.replace('-', ':')}`])
  })

  it('D39 one post that comes as mention, as answer, from account activity and by poll is one fact', () => {
    const keys = (call: unknown) => read(call).map((it) => it.dedupe)
    const post = {
      id: '2091000000000000030',
      text: '@our_store',
      author_id: '7',
      conversation_id: '2091000000000000030',
    }
    const told = (event_type: string, event_uuid: string) =>
      keys({ data: { event_uuid, event_type, filter: { user_id: us }, payload: post } })
    const tweet = { id_str: post.id, text: post.text, user: { id_str: '7' } }
    const all = [
      told('post.mention.create', '-5'),
      told('post.reply.create', '6'),
      keys({ data: [post], meta: {} }),
      keys({ for_user_id: us, tweet_create_events: [tweet] }),
    ]
    expect(all).toEqual(all.map(() => ['post 2091000000000000030']))
  })
})

describe('whose a call is', () => {
  const routed = async (name: string) => {
    const opened = await post(fixture(name), signatureOf(fixture(name), secret, 'base64'))
    return 'raws' in opened ? opened.raws.map((it) => it.route) : opened.why
  }
  it('G3 by the account it is for, by the rule that found it, and nobody’s where it names none', async () => {
    expect(await routed('aaa_mention.json')).toEqual(['2244994945'])
    expect(await routed('aaa_revoke.json')).toEqual(['2244994945'])
    expect(await routed('xaa_oauth_revoke.json')).toEqual(['2244994945'])
    expect(await routed('filtered_stream_post.json')).toEqual(['tag:brand-mentions'])
    // Of no account, and nothing anybody wrote.
    expect(await routed('replay_job_complete.json')).toEqual([])
    const cut = '{"for_user_id":"2244994945","direct_'
    expect(await post(cut, signatureOf(cut, secret, 'base64'))).toMatchObject({ raws: [{ route: '' }] })
  })

  it('an account is named by user id, and by the tags of its stream rules', () => {
    expect(channel.routesOf({ userId: '22', streamTags: ['brand'] })).toEqual(['22', 'tag:brand'])
  })
})

it('every file in fixtures is used: signed, expected, or one of the three that tests read', () => {
  const files = readdirSync(join(import.meta.dirname, 'fixtures'))
  const manifest = readFileSync(join(import.meta.dirname, 'fixtures/manifest.tsv'), 'utf8')
  const read = ['account.json', 'errors.json', 'error_429_problem.json', 'manifest.tsv']
  const unused = files.filter(
    (file) =>
      !file.endsWith('.expected.json') &&
      !read.includes(file) &&
      !files.includes(file.replace('.json', '.expected.json')),
  )
  expect(unused).toEqual([])
  const unsigned = files.filter(
    (file) => !/expected|^poll_/.test(file) && !read.includes(file) && !manifest.includes(`${file}\t`),
  )
  expect(unsigned).toEqual([])
})

describe('the three limits', () => {
  const limited = (headers: Readonly<Record<string, string>>) =>
    failureOf(
      { is: 'answer', status: 429, headers, body: fixture('error_429_problem.json') },
      { secrets: [], nowMs: Date.parse('2026-11-21T10:00:00Z'), jitterSeconds: 2 },
    )?.outcome
  const at = (iso: string): string => String(Date.parse(iso) / 1000)
  const short = { 'x-rate-limit-limit': '15', 'x-rate-limit-reset': at('2026-11-21T10:05:00Z') }
  const daily = { 'x-user-limit-24hour-limit': '1440', 'x-user-limit-24hour-reset': at('2026-11-21T23:00:00Z') }

  it('G20 the one that is used up says how long to wait, in seconds since 1970, and a moment more', () => {
    const left = { 'x-rate-limit-remaining': '0', 'x-user-limit-24hour-remaining': '7' }
    expect(limited({ ...short, ...daily, ...left })).toMatchObject({
      is: 'try-later',
      scope: 'account',
      afterSeconds: 302,
    })
    const spent = { 'x-rate-limit-remaining': '3', 'x-user-limit-24hour-remaining': '0' }
    expect(limited({ ...short, ...daily, ...spent })).toMatchObject({ afterSeconds: 13 * 3600 + 2 })
  })
  it('G17 G20 by the vendor’s own clock where the answer carries it, a minute where nothing is said', () => {
    const date = 'Sat, 21 Nov 2026 10:04:00 GMT'
    expect(limited({ ...short, date, 'x-rate-limit-remaining': '0' })).toMatchObject({ afterSeconds: 62 })
    expect(limited({})).toMatchObject({ afterSeconds: 60 })
    expect(limited({ 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': at('2026-11-21T09:00:00Z') })).toMatchObject({
      afterSeconds: 3,
    })
  })
})

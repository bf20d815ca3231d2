// The HTTP server against real sockets: bytes as they came, limits before work, and nobody who can hold it up.
import { connect, type Socket } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import type { Auth } from '../../api/auth.ts'
import { Problem } from '../../api/problem.ts'
import type { Knock } from '../../core/runtime/receive.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { makeHttp, type HttpDeps, type HttpOptions, type HttpServer } from './http.ts'

const auth: Auth = {
  identify: async ({ headers }) => {
    if (headers.authorization === undefined) throw new Problem({ status: 401, code: 'key_missing', detail: 'no key' })
    const scopes = headers.authorization === 'Bearer metrics' ? (['metrics:read'] as const) : []
    const asker = { actor: { kind: 'tool', id: 'key_1' }, scopes, from: null, correlation: 'c' } as const
    return { workspace: 'main' as never, installation: false, asker }
  },
}
const running: HttpServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
})

interface Started {
  readonly url: string
  readonly port: number
  readonly knocks: Knock[]
  readonly turnedAway: string[]
  readonly server: HttpServer
}
async function start(options: Partial<HttpOptions> = {}, deps: Partial<HttpDeps> = {}): Promise<Started> {
  const knocks: Knock[] = []
  const turnedAway: string[] = []
  const server = makeHttp(
    {
      host: '127.0.0.1',
      port: 0,
      publicUrl: null,
      allowedHosts: [],
      trustedProxies: [],
      maxBodyBytes: 4 * 1024 ** 2,
      answerSeconds: 5,
      ...options,
    },
    {
      logger: keptLog(),
      meter: {
        count: (_name, labels) => turnedAway.push(labels?.['reason'] ?? ''),
        gauge: () => undefined,
        observe: () => undefined,
      },
      knock: async (knock) => {
        knocks.push(knock)
        return { status: 200, body: 'ok' }
      },
      api: null,
      auth,
      ready: async () => ({ ready: false, missing: ['store'] }),
      metrics: async () => 'inlet_up 1\n',
      ...deps,
    },
  )
  running.push(server)
  const url = await server.listen()
  return { url, port: Number(new URL(url).port), knocks, turnedAway, server }
}

const opened = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
/** Everything that comes until the other side ends. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = await opened(port)
  socket.on('error', () => socket.destroy())
  socket.write(bytes)
  return textOf(socket)
}
const head = (port: number, more: readonly string[] = [], path = '/in/sms/main') =>
  [`POST ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: close', ...more].join('\r\n')

describe('the door of the vendors', () => {
  it('S1 S2 hands over the bytes, the query and every header as they came', async () => {
    const { port, knocks } = await start()
    const body = '{ "b":1,\r\n "a" : "ş" }\u0000'
    const answer = await raw(
      port,
      `${head(port, ['X-Sig: one', 'x-sig: two', 'Content-Type: nonsense; ;', `Content-Length: ${Buffer.byteLength(body)}`], '/in/sms/main/tok?a=1&a=2&b=%C5%9F')}\r\n\r\n${body}`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/)
    const { request, ...rest } = knocks[0]!
    expect(rest).toMatchObject({ channel: 'sms', endpoint: 'main', token: 'tok' })
    expect(Buffer.from(request.body).toString()).toBe(body)
    expect(request).toMatchObject({ method: 'POST', path: '/in/sms/main/tok' })
    expect([...request.query]).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['b', 'ş'],
    ])
    expect(request.headers.filter(([name]) => name === 'x-sig')).toEqual([
      ['x-sig', 'one'],
      ['x-sig', 'two'],
    ])
    expect(request.headers).toContainEqual(['content-type', 'nonsense; ;'])
  })
  it('M4 gives every call an id, or keeps the one it brought', async () => {
    const { url, knocks } = await start()
    const own = await fetch(`${url}/in/sms/main`, { headers: { 'inlet-correlation-id': 'abc-1' } })
    expect(own.headers.get('inlet-correlation-id')).toBe('abc-1')
    expect(knocks[0]?.correlation).toBe('abc-1')
    const made = await fetch(`${url}/in/sms/main`, { headers: { 'inlet-correlation-id': 'no spaces, please' } })
    expect(made.headers.get('inlet-correlation-id')).toBe(knocks[1]?.correlation)
    expect(knocks[1]?.correlation).toMatch(/^[0-9a-f-]{36}$/)
  })
  it('G3 S7 F14 takes 3 MB whole and refuses more than its limit with 413, announced or not', async () => {
    const { url, port, knocks } = await start()
    const ask = (size: number) => fetch(`${url}/in/sms/main`, { method: 'POST', body: Buffer.alloc(size, 'x') })
    expect((await ask(3 * 1024 ** 2)).status).toBe(200)
    expect((await ask(4 * 1024 ** 2)).status).toBe(200)
    expect(knocks.map((it) => it.request.body.length)).toEqual([3 * 1024 ** 2, 4 * 1024 ** 2])
    expect((await ask(4 * 1024 ** 2 + 1)).status).toBe(413)
    const chunk = `100000\r\n${'x'.repeat(1024 ** 2)}\r\n`
    const unannounced = await raw(
      port,
      `${head(port, ['Transfer-Encoding: chunked'])}\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`,
    )
    expect(unannounced).toMatch(/^HTTP\/1\.1 413/)
    expect(knocks).toHaveLength(2)
  })
  it('F14 passes on what is not JSON at all: what it means is the channel’s matter', async () => {
    const { url, knocks } = await start()
    const nested = '['.repeat(100_000)
    expect((await fetch(`${url}/in/sms/main`, { method: 'POST', body: nested })).status).toBe(200)
    expect(knocks[0]?.request.body.length).toBe(nested.length)
  })
  it('G2 G3 says 503 with Retry-After when the answer is due, and tells the work to stop', async () => {
    const aborted = Promise.withResolvers<unknown>()
    const { url, turnedAway } = await start(
      { answerSeconds: 0.1 },
      {
        knock: (_knock, signal) =>
          new Promise(() => signal.addEventListener('abort', () => aborted.resolve(signal.reason), { once: true })),
      },
    )
    const answer = await fetch(`${url}/in/sms/main`, { method: 'POST', body: 'x' })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await aborted.promise).toMatchObject({ name: 'TimeoutError' })
    expect(turnedAway).toEqual(['too_late'])
  })
  it('G14 turns away with 503 what is more than it can hold, and takes again after', async () => {
    const gate = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    let here = 0
    const { url, turnedAway } = await start(
      { limits: { maxKnocks: 2 } },
      {
        knock: async () => {
          if (++here === 2) arrived.resolve()
          await gate.promise
          return { status: 200 }
        },
      },
    )
    const ask = () => fetch(`${url}/in/sms/main`, { method: 'POST', body: 'x' })
    const held = [ask(), ask()]
    await arrived.promise
    const third = await ask()
    expect([third.status, third.headers.get('retry-after'), turnedAway]).toEqual([503, '1', ['overload']])
    gate.resolve()
    expect((await Promise.all(held)).map((it) => it.status)).toEqual([200, 200])
    expect((await ask()).status).toBe(200)
  })
  it('S7 limits calls of one address and for one endpoint before their body is read', async () => {
    const { url, port, knocks } = await start({ limits: { perAddress: 5, perEndpoint: 3 } })
    const statuses: number[] = []
    for (const endpoint of ['a', 'a', 'a', 'a', 'b', 'b'])
      statuses.push((await fetch(`${url}/in/sms/${endpoint}`, { method: 'POST', body: 'x' })).status)
    expect(statuses).toEqual([200, 200, 200, 429, 200, 429])
    // No body follows, and the answer comes all the same.
    const answer = await raw(port, `${head(port, ['Content-Length: 1000000'])}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 429/)
    expect(answer.toLowerCase()).toMatch(/retry-after: [1-9]/)
    expect(knocks).toHaveLength(4)
  })
  it('S7 limits how many large bodies are read at once; small ones go on', async () => {
    const { url, port } = await start({ limits: { maxLarge: 1 } })
    const slow = await opened(port)
    slow.write(`${head(port, ['Content-Length: 1000000'])}\r\n\r\nx`)
    const large = () => fetch(`${url}/in/sms/main`, { method: 'POST', body: Buffer.alloc(100_000) })
    await expect.poll(async () => (await large()).status).toBe(503)
    expect((await fetch(`${url}/in/sms/main`, { method: 'POST', body: 'small' })).status).toBe(200)
    slow.destroy()
    await expect.poll(async () => (await large()).status).toBe(200)
  })
})

describe('slow and broken callers', () => {
  it('F17 a sender of one byte now and then is let go in time, and nobody waits for it', async () => {
    const { port, url } = await start({ limits: { requestSeconds: 0.3 } })
    const socket = await opened(port)
    socket.on('error', () => socket.destroy())
    socket.write(`${head(port, ['Content-Length: 1000'])}\r\n\r\n`)
    const drip = setInterval(() => socket.write('x'), 50)
    const ended = textOf(socket).finally(() => clearInterval(drip))
    expect((await fetch(`${url}/in/sms/main`, { method: 'POST', body: 'x' })).status).toBe(200)
    expect(await ended).toMatch(/^(?:HTTP\/1\.1 408|$)/)
  })
  it('F17 headers that never end are let go too', async () => {
    const { port } = await start({ limits: { requestSeconds: 0.3 } })
    const socket = await opened(port)
    socket.on('error', () => socket.destroy())
    socket.write('POST /in/sms/main HTTP/1.1\r\nHost: x\r\nX-A: ')
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 408/)
  })
  it('F17 idle connections keep nobody out', async () => {
    const { port, url } = await start()
    const idle = await Promise.all(Array.from({ length: 1_000 }, () => opened(port)))
    expect((await fetch(`${url}/in/sms/main`, { method: 'POST', body: 'x' })).status).toBe(200)
    for (const socket of idle) socket.destroy()
  })
  it('F17 calls sent in one go are each answered, in order', async () => {
    const { port, knocks } = await start()
    const one = (n: number, connection: string) =>
      `POST /in/sms/e${n} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: ${connection}\r\nContent-Length: 1\r\n\r\n${n}`
    const answers = await raw(port, one(1, 'keep-alive') + one(2, 'keep-alive') + one(3, 'close'))
    expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(3)
    expect(knocks.map((it) => it.endpoint)).toEqual(['e1', 'e2', 'e3'])
  })
  it('S7 headers beyond 16 kB, doubled lengths and what is no HTTP get a bare refusal that names no product', async () => {
    const { port, knocks } = await start()
    const fat = await raw(port, `${head(port, [`X-Fat: ${'x'.repeat(20_000)}`])}\r\n\r\n`)
    expect(fat).toBe('HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    const smuggled = await raw(
      port,
      `${head(port, ['Content-Length: 1', 'Transfer-Encoding: chunked'])}\r\n\r\n0\r\n\r\n`,
    )
    expect(smuggled).toMatch(/^HTTP\/1\.1 400/)
    const bare = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
    expect(await raw(port, 'SSH-2.0-OpenSSH_9.2\r\n\r\n')).toBe(bare)
    expect(knocks).toHaveLength(0)
  })
})

describe('who may be asked for', () => {
  it('S29 answers its own address and allowed names, and 421 to any other Host', async () => {
    const { port } = await start({ allowedHosts: ['inlet.example'], publicUrl: 'https://gate.example:8443/x' })
    const ask = async (host: string) =>
      (await raw(port, `GET /healthz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)).slice(9, 12)
    for (const host of [
      `127.0.0.1:${port}`,
      '127.0.0.1',
      `localhost:${port}`,
      'inlet.example',
      'INLET.example:99',
      'gate.example:8443',
      'gate.example',
    ])
      expect(await ask(`Host: ${host}\r\n`), host).toBe('200')
    for (const host of ['evil.example', '10.0.0.1', 'inlet.example.evil.example', '127.0.0.1.evil.example', ''])
      expect(await ask(`Host: ${host}\r\n`), host).toMatch(/421|400/)
    expect(await ask('')).toBe('400')
  })
  it('S29 believes forwarded headers only from a proxy it was told of', async () => {
    const seen = async (trustedProxies: readonly string[]) => {
      const { url } = await start({ trustedProxies, allowedHosts: ['inlet.example'] })
      const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'evil.example' }
      return (await fetch(`${url}/in/sms/main`, { headers })).status
    }
    expect(await seen([])).toBe(200)
    expect(await seen(['127.0.0.1'])).toBe(421)
  })
  it('S7 S29 counts the calls of who is behind a trusted proxy, each for itself', async () => {
    const { url } = await start({ trustedProxies: ['127.0.0.0/8'], limits: { perAddress: 1 } })
    const from = async (address: string) =>
      (await fetch(`${url}/in/sms/main`, { headers: { 'x-forwarded-for': address } })).status
    expect([await from('203.0.113.1'), await from('203.0.113.2'), await from('203.0.113.1')]).toEqual([200, 200, 429])
    const untrusting = await start({ limits: { perAddress: 1 } })
    const direct = async (address: string) =>
      (await fetch(`${untrusting.url}/in/sms/main`, { headers: { 'x-forwarded-for': address } })).status
    expect([await direct('203.0.113.1'), await direct('203.0.113.2')]).toEqual([200, 429])
  })
})

describe('health', () => {
  it('M3 tells that it turns, and what is missing to be ready', async () => {
    const { url } = await start()
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', missing: ['store'] }])
  })
  it('S30 gives metrics only to a key that may read them', async () => {
    const { url } = await start()
    const ask = async (authorization?: string) =>
      (await fetch(`${url}/metrics`, authorization === undefined ? {} : { headers: { authorization } })).status
    expect([await ask(), await ask('Bearer other'), await ask('Bearer metrics')]).toEqual([401, 403, 200])
  })
  it('S30 S13 every answer has the safe headers and names no product', async () => {
    const { url } = await start()
    for (const path of ['/', '/healthz', '/nothing', '/in/sms/main', '/v1/tickets']) {
      const { headers } = await fetch(`${url}${path}`)
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(headers.get('content-security-policy'), path).toContain("default-src 'none'")
      expect([headers.get('server'), headers.get('x-powered-by')], path).toEqual([null, null])
    }
  })
  it('G16 finishes what is in hand when it closes, and takes nothing new', async () => {
    const arrived = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const { url, server } = await start(
      {},
      {
        knock: async () => {
          arrived.resolve()
          await gate.promise
          return { status: 200, body: 'kept' }
        },
      },
    )
    const inHand = fetch(`${url}/in/sms/main`, { method: 'POST', body: 'x' })
    await arrived.promise
    const closed = server.close()
    await expect.poll(() => server.app.server.listening).toBe(false)
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
    gate.resolve()
    expect(await (await inHand).text()).toBe('kept')
    await closed
  })
})

// Callers of every kind: slow, broken, many, under a foreign name, behind a proxy; and what is told of health.
import { text as textOf } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { headOf, opened, rawCall, startHttp } from '../../test/support/http-bench.ts'

describe('slow and broken callers', () => {
  it('F17 a sender of one byte now and then is let go in time, and nobody waits for it', async () => {
    const { port, url } = await startHttp({ limits: { requestSeconds: 0.3 } })
    const socket = await opened(port)
    socket.on('error', () => socket.destroy())
    socket.write(`${headOf(port, ['Content-Length: 1000'])}\r\n\r\n`)
    const drip = setInterval(() => socket.write('x'), 50)
    const ended = textOf(socket).finally(() => clearInterval(drip))
    expect((await fetch(`${url}/in/sms/main`, { method: 'POST', body: 'x' })).status).toBe(200)
    expect(await ended).toMatch(/^(?:HTTP\/1\.1 408|$)/)
  })
  it('F17 headers that never end are let go too', async () => {
    const { port } = await startHttp({ limits: { requestSeconds: 0.3 } })
    const socket = await opened(port)
    socket.on('error', () => socket.destroy())
    socket.write('POST /in/sms/main HTTP/1.1\r\nHost: x\r\nX-A: ')
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 408/)
  })
  it('F17 idle connections keep nobody out', async () => {
    const { port, url } = await startHttp()
    const idle = await Promise.all(Array.from({ length: 1_000 }, () => opened(port)))
    expect((await fetch(`${url}/in/sms/main`, { method: 'POST', body: 'x' })).status).toBe(200)
    for (const socket of idle) socket.destroy()
  })
  it('F17 calls sent in one go are each answered, in order', async () => {
    const { port, knocks } = await startHttp()
    const one = (n: number, connection: string) =>
      `POST /in/sms/e${n} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: ${connection}\r\nContent-Length: 1\r\n\r\n${n}`
    const answers = await rawCall(port, one(1, 'keep-alive') + one(2, 'keep-alive') + one(3, 'close'))
    expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(3)
    expect(knocks.map((it) => it.endpoint)).toEqual(['e1', 'e2', 'e3'])
  })
  it('S7 headers beyond 16 kB, doubled lengths and what is no HTTP get a bare refusal that names no product', async () => {
    const { port, knocks } = await startHttp()
    const fat = await rawCall(port, `${headOf(port, [`X-Fat: ${'x'.repeat(20_000)}`])}\r\n\r\n`)
    expect(fat).toBe('HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    const smuggled = await rawCall(
      port,
      `${headOf(port, ['Content-Length: 1', 'Transfer-Encoding: chunked'])}\r\n\r\n0\r\n\r\n`,
    )
    expect(smuggled).toMatch(/^HTTP\/1\.1 400/)
    const bare = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
    expect(await rawCall(port, 'SSH-2.0-OpenSSH_9.2\r\n\r\n')).toBe(bare)
    expect(knocks).toHaveLength(0)
  })
})

describe('who may be asked for', () => {
  it('S29 answers its own address and allowed names, and 421 to any other Host', async () => {
    const { port } = await startHttp({ allowedHosts: ['inlet.example'], publicUrl: 'https://gate.example:8443/x' })
    const ask = async (host: string) =>
      (await rawCall(port, `GET /healthz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)).slice(9, 12)
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
      const { url } = await startHttp({ trustedProxies, allowedHosts: ['inlet.example'] })
      const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'evil.example' }
      return (await fetch(`${url}/in/sms/main`, { headers })).status
    }
    expect(await seen([])).toBe(200)
    expect(await seen(['127.0.0.1'])).toBe(421)
  })
  it('S7 S29 counts the calls of who is behind a trusted proxy, each for itself', async () => {
    const { url } = await startHttp({ trustedProxies: ['127.0.0.0/8'], limits: { perAddress: 1 } })
    const from = async (address: string) =>
      (await fetch(`${url}/in/sms/main`, { headers: { 'x-forwarded-for': address } })).status
    expect([await from('203.0.113.1'), await from('203.0.113.2'), await from('203.0.113.1')]).toEqual([200, 200, 429])
    const untrusting = await startHttp({ limits: { perAddress: 1 } })
    const direct = async (address: string) =>
      (await fetch(`${untrusting.url}/in/sms/main`, { headers: { 'x-forwarded-for': address } })).status
    expect([await direct('203.0.113.1'), await direct('203.0.113.2')]).toEqual([200, 429])
  })
})

describe('health', () => {
  it('M3 tells that it turns, and what is missing to be ready', async () => {
    const { url } = await startHttp()
    for (const method of ['GET', 'HEAD']) expect((await fetch(`${url}/healthz`, { method })).status).toBe(200)
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', missing: ['store'] }])
  })
  it('S30 gives metrics only to a key that may read them', async () => {
    const { url } = await startHttp()
    const ask = async (authorization?: string) =>
      (await fetch(`${url}/metrics`, authorization === undefined ? {} : { headers: { authorization } })).status
    expect([await ask(), await ask('Bearer other'), await ask('Bearer metrics')]).toEqual([401, 403, 200])
  })
  it('S30 S13 every answer has the safe headers and names no product', async () => {
    const { url } = await startHttp()
    for (const path of ['/', '/healthz', '/nothing', '/in/sms/main', '/v1/tickets']) {
      const { headers } = await fetch(`${url}${path}`)
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(headers.get('content-security-policy'), path).toContain("default-src 'none'")
      expect([headers.get('server'), headers.get('x-powered-by')], path).toEqual([null, null])
    }
  })
  it.each([
    [`/in/sms/${'x'.repeat(600)}`, 414, 'address_too_long'],
    ['/in/sms/%ff', 400, 'invalid_address'],
  ])(
    'S30 S34 an address that no route can read is a problem in words, with the safe headers: %#',
    async (path, status, code) => {
      const { url } = await startHttp()
      const answer = await fetch(`${url}${path}`)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        status,
        'application/problem+json; charset=utf-8',
      ])
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(await answer.json()).toMatchObject({ status, code })
    },
  )
  it('G16 finishes what is in hand when it closes, and takes nothing new', async () => {
    const arrived = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const { url, server } = await startHttp(
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

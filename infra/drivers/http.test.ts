// The door of the vendors against real sockets: bytes as they came, limits before work, and no answer that is too late.
import { describe, expect, it } from 'vitest'
import { headOf, opened, rawCall, startHttp } from '../../test/support/http-bench.ts'

describe('the door of the vendors', () => {
  it('S1 S2 hands over the bytes, the query and every header as they came', async () => {
    const { port, knocks } = await startHttp()
    const body = '{ "b":1,\r\n "a" : "ş" }\u0000'
    const answer = await rawCall(
      port,
      `${headOf(port, ['X-Sig: one', 'x-sig: two', 'Content-Type: nonsense; ;', `Content-Length: ${Buffer.byteLength(body)}`], '/in/sms/main/tok?a=1&a=2&b=%C5%9F')}\r\n\r\n${body}`,
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
    const { url, knocks } = await startHttp()
    const own = await fetch(`${url}/in/sms/main`, { headers: { 'inlet-correlation-id': 'abc-1' } })
    expect(own.headers.get('inlet-correlation-id')).toBe('abc-1')
    expect(knocks[0]?.correlation).toBe('abc-1')
    const made = await fetch(`${url}/in/sms/main`, { headers: { 'inlet-correlation-id': 'no spaces, please' } })
    expect(made.headers.get('inlet-correlation-id')).toBe(knocks[1]?.correlation)
    expect(knocks[1]?.correlation).toMatch(/^[0-9a-f-]{36}$/)
  })
  it('G3 S7 F14 takes 3 MB whole and refuses more than its limit with 413, announced or not', async () => {
    const { url, port, knocks } = await startHttp()
    const ask = (size: number) => fetch(`${url}/in/sms/main`, { method: 'POST', body: Buffer.alloc(size, 'x') })
    expect((await ask(3 * 1024 ** 2)).status).toBe(200)
    expect((await ask(4 * 1024 ** 2)).status).toBe(200)
    expect(knocks.map((it) => it.request.body.length)).toEqual([3 * 1024 ** 2, 4 * 1024 ** 2])
    expect((await ask(4 * 1024 ** 2 + 1)).status).toBe(413)
    const chunk = `100000\r\n${'x'.repeat(1024 ** 2)}\r\n`
    const unannounced = await rawCall(
      port,
      `${headOf(port, ['Transfer-Encoding: chunked'])}\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`,
    )
    expect(unannounced).toMatch(/^HTTP\/1\.1 413/)
    expect(knocks).toHaveLength(2)
  })
  it('F14 passes on what is not JSON at all: what it means is the channel’s matter', async () => {
    const { url, knocks } = await startHttp()
    const nested = '['.repeat(100_000)
    expect((await fetch(`${url}/in/sms/main`, { method: 'POST', body: nested })).status).toBe(200)
    expect(knocks[0]?.request.body.length).toBe(nested.length)
  })
  it('G2 G3 says 503 with Retry-After when the answer is due, and tells the work to stop', async () => {
    const aborted = Promise.withResolvers<unknown>()
    const { url, turnedAway } = await startHttp(
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
    const { url, turnedAway } = await startHttp(
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
  it('S7 M1 limits calls of one address and for one endpoint before their body is read, and counts what it turned away', async () => {
    const { url, port, knocks, turnedAway } = await startHttp({ limits: { perAddress: 5, perEndpoint: 3 } })
    const statuses: number[] = []
    for (const endpoint of ['a', 'a', 'a', 'a', 'b', 'b'])
      statuses.push((await fetch(`${url}/in/sms/${endpoint}`, { method: 'POST', body: 'x' })).status)
    expect(statuses).toEqual([200, 200, 200, 429, 200, 429])
    // No body follows, and the answer comes all the same.
    const answer = await rawCall(port, `${headOf(port, ['Content-Length: 1000000'])}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 429/)
    expect(answer.toLowerCase()).toMatch(/retry-after: [1-9]/)
    expect(knocks).toHaveLength(4)
    expect(turnedAway).toEqual(['too_many', 'too_many', 'too_many'])
  })
  it('S7 limits how many large bodies are read at once; small ones go on', async () => {
    const { url, port } = await startHttp({ limits: { maxLarge: 1 } })
    const slow = await opened(port)
    slow.write(`${headOf(port, ['Content-Length: 1000000'])}\r\n\r\nx`)
    const large = () => fetch(`${url}/in/sms/main`, { method: 'POST', body: Buffer.alloc(100_000) })
    await expect.poll(async () => (await large()).status).toBe(503)
    expect((await fetch(`${url}/in/sms/main`, { method: 'POST', body: 'small' })).status).toBe(200)
    slow.destroy()
    await expect.poll(async () => (await large()).status).toBe(200)
  })
})

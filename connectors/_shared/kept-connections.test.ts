// Connections to vendors are used again only while nothing can have become of them: no reply is "perhaps sent" for having been kept.
import http from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { vendorCaller } from './http.ts'

const never = new AbortController().signal
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Vendor {
  readonly url: string
  readonly sockets: Socket[]
}
async function vendor(server: net.Server): Promise<Vendor> {
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => sockets.push(socket.on('error', () => socket.destroy())))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((done) => server.close(() => done()))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sockets }
}
const obliging = (): http.Server =>
  http.createServer((asked, answer) => void asked.resume().on('end', () => answer.end('{}')))
const send = (call: ReturnType<typeof vendorCaller>, url: string) =>
  call({ method: 'POST', url, headers: {}, body: { text: 'hi' }, timeoutMs: 5_000, maxBytes: 10_000 }, never)

describe('a connection to a vendor', () => {
  it('is used again by the next call', async () => {
    const { url, sockets } = await vendor(obliging())
    const call = vendorCaller()
    for (let n = 0; n < 5; n += 1) expect(await send(call, url)).toMatchObject({ is: 'answer', status: 200 })
    expect(sockets.length).toBe(1)
  })

  it('G19 is ended by us after fifty calls, before a vendor would, and no call is lost by that', async () => {
    const { url, sockets } = await vendor(obliging())
    const call = vendorCaller()
    for (let n = 0; n < 120; n += 1) expect((await send(call, url)).is).toBe('answer')
    expect(sockets.length).toBe(3)
  })

  it('G19 is not used again after a second: the vendor may be about to close it', async () => {
    const { url, sockets } = await vendor(obliging())
    const call = vendorCaller()
    await send(call, url)
    await new Promise((ended) => sockets[0]!.once('close', ended)) // ours to end, in time
    expect((await send(call, url)).is).toBe('answer')
    expect(sockets.length).toBe(2)
  })

  it('G19 that the vendor closed while it lay idle is not used again, and nothing is unsure for it', async () => {
    const { url, sockets } = await vendor(obliging())
    const call = vendorCaller()
    for (let n = 0; n < 30; n += 1) {
      expect((await send(call, url)).is).toBe('answer')
      sockets.at(-1)![n % 2 === 0 ? 'resetAndDestroy' : 'end']()
      if (n % 3 === 0)
        await pause(5) // and at once
      else await new Promise((turn) => setImmediate(turn))
    }
    expect((await send(call, url)).is).toBe('answer')
    expect(sockets.length).toBe(31)
  })

  it('F13 that breaks under a second call is as unknown as a new one that does', async () => {
    let calls = 0
    const { url, sockets } = await vendor(
      http.createServer((asked, answer) => {
        asked.resume().on('end', () => ((calls += 1) === 1 ? answer.end('{}') : asked.socket.resetAndDestroy()))
      }),
    )
    const call = vendorCaller()
    expect((await send(call, url)).is).toBe('answer')
    expect(await send(call, url)).toMatchObject({ is: 'unknown', why: expect.stringContaining('ECONNRESET') })
    expect(sockets.length).toBe(1)
  })

  it('S12 an answer nobody asked for that comes with another one is no answer to the next call', async () => {
    const answer = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const server = net.createServer((socket) => {
      let heard = 0
      socket.on('data', () => {
        heard += 1
        socket.write(answer(`"${heard}"`) + (heard === 1 ? answer('"planted"') : ''))
      })
    })
    const { url } = await vendor(server)
    const call = vendorCaller()
    const said = async () => {
      const got = await send(call, url)
      return got.is === 'answer' ? Buffer.from(got.body).toString() : got.is
    }
    expect(await said()).toBe('"1"')
    await pause(60)
    for (let n = 0; n < 4; n += 1) expect(await said()).not.toContain('planted')
  })
})

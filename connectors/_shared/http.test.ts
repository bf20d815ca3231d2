// Proves the three answers of a vendor call against real servers on loopback that refuse, reset, drip and lie.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { VendorRequest } from '../../core/ports/edges.ts'
import { vendorCall, vendorCaller } from './http.ts'

const never = new AbortController().signal
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function listening(server: net.Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => socket.destroy())))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((done) => server.close(() => done()))
  })
  return (server.address() as AddressInfo).port
}
/** A server that writes what it is told once the head of a request has arrived. */
const rawServer = (onHead: (socket: Socket) => void): Promise<number> =>
  listening(net.createServer((socket) => void socket.once('data', () => onHead(socket))))
const request = (port: number, more: Partial<VendorRequest> = {}): VendorRequest => ({
  method: 'POST',
  url: `http://127.0.0.1:${port}/v26.0/1/messages?token=canary-in-the-query`,
  headers: { authorization: 'Bearer canary-in-the-header' },
  body: { text: 'hi' },
  timeoutMs: 5_000,
  maxBytes: 10_000,
  ...more,
})
async function outcomeOf(port: number, more: Partial<VendorRequest> = {}) {
  const answer = await vendorCall(request(port, more), never)
  expect(JSON.stringify(answer)).not.toContain('canary')
  return answer
}

describe('a vendor call', () => {
  it('gives status, headers and bytes, whatever the status and the content type', async () => {
    const seen: string[] = []
    const server = http.createServer((incoming, answer) => {
      let body = ''
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
      incoming.on('end', () => {
        seen.push(`${incoming.method} ${incoming.headers['content-type']} ${incoming.headers['user-agent']} ${body}`)
        answer.writeHead(418, { 'content-type': 'text/html', 'retry-after': '7' }).end('<b>not json</b>')
      })
    })
    const answer = await outcomeOf(await listening(server))
    expect(seen).toEqual(['POST application/json Inlet/1 {"text":"hi"}'])
    expect(answer).toMatchObject({ is: 'answer', status: 418 })
    expect(answer.is === 'answer' ? answer.headers['retry-after'] : answer.why).toBe('7')
    expect(Buffer.from(answer.is === 'answer' ? answer.body : []).toString()).toBe('<b>not json</b>')
  })

  it('sends a FormData as multipart with its length', async () => {
    let seen = { type: '', length: '', body: '' }
    const server = http.createServer((incoming, answer) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        const { 'content-type': type = '', 'content-length': length = '' } = incoming.headers
        seen = { type, length, body: Buffer.concat(chunks).toString() }
        answer.end('{}')
      })
    })
    const form = new FormData()
    form.set('messaging_product', 'whatsapp')
    form.set('file', new Blob(['bytes'], { type: 'image/png' }), 'a.png')
    await outcomeOf(await listening(server), { body: form })
    expect(seen.type).toMatch(/^multipart\/form-data; boundary=/)
    expect(Number(seen.length)).toBe(Buffer.byteLength(seen.body))
    expect(seen.body).toMatch(/name="file"; filename="a.png"\r\nContent-Type: image\/png\r\n\r\nbytes\r\n/i)
  })

  it('G20 a refused connection was not sent', async () => {
    const server = net.createServer()
    const port = await listening(server)
    await closers.pop()?.()
    expect(await outcomeOf(port)).toMatchObject({ is: 'not-sent', why: expect.stringContaining('ECONNREFUSED') })
  })

  it('G20 a host that does not exist was not sent', async () => {
    const answer = await vendorCall({ ...request(1), url: 'http://no-such-host.invalid/x' }, never)
    expect(answer.is).toBe('not-sent')
  })

  it('a caller whose deadline is over sends nothing', async () => {
    let calls = 0
    const port = await listening(net.createServer(() => void (calls += 1)))
    expect(await vendorCall(request(port), AbortSignal.abort())).toMatchObject({ is: 'not-sent' })
    expect(calls).toBe(0)
  })

  it('an address that is none, or of another protocol, was not sent', async () => {
    expect(await vendorCall({ ...request(1), url: 'file:///etc/passwd' }, never)).toMatchObject({ is: 'not-sent' })
    expect(await vendorCall({ ...request(1), url: 'graph' }, never)).toMatchObject({ is: 'not-sent' })
  })

  it('F13 a reset before the answer is unknown', async () => {
    expect(await outcomeOf(await rawServer((socket) => socket.resetAndDestroy()))).toMatchObject({ is: 'unknown' })
  })

  it('F13 a connection closed without an answer is unknown', async () => {
    expect(await outcomeOf(await rawServer((socket) => socket.end()))).toMatchObject({ is: 'unknown' })
  })

  it('F13 a reset after the headers is unknown', async () => {
    const port = await rawServer((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', () => socket.resetAndDestroy()),
    )
    expect(await outcomeOf(port)).toMatchObject({ is: 'unknown' })
  })

  it.each([
    ['by its length', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"messages":['],
    ['of a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"mes\r\n'],
  ])('F13 half an answer %s is unknown', async (_, half) => {
    expect(await outcomeOf(await rawServer((socket) => socket.end(half)))).toMatchObject({ is: 'unknown' })
  })

  it('F13 an endless answer is cut at maxBytes and unknown', async () => {
    let written = 0
    const port = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const pump = (): void => {
        if (socket.destroyed) return
        written += 1_000
        socket.write(`3e8\r\n${'x'.repeat(1_000)}\r\n`, () => setImmediate(pump))
      }
      pump()
    })
    expect(await outcomeOf(port)).toMatchObject({ is: 'unknown', why: expect.stringContaining('10000 bytes') })
    expect(written).toBeLessThan(20_000_000)
  })

  it('F13 a slow drip ends at the deadline of the whole call and is unknown', async () => {
    const port = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n')
      const drip = setInterval(() => (socket.destroyed ? clearInterval(drip) : socket.write('x')), 20)
    })
    expect(await outcomeOf(port, { timeoutMs: 1_000 })).toMatchObject({ is: 'unknown' })
  })

  it('F13 silence after the request is unknown, by the timeout and by the caller', async () => {
    const port = await rawServer(() => undefined)
    expect(await outcomeOf(port, { timeoutMs: 1_000 })).toMatchObject({ is: 'unknown' })
    expect(await vendorCall(request(port), AbortSignal.timeout(1_000))).toMatchObject({ is: 'unknown' })
  })

  it('F13 a redirect is an answer and is not followed', async () => {
    let calls = 0
    const server = http.createServer((_, answer) => {
      calls += 1
      answer.writeHead(307, { location: '/again' }).end()
    })
    expect(await outcomeOf(await listening(server))).toMatchObject({ is: 'answer', status: 307 })
    expect(calls).toBe(1)
  })

  it('S8 a proxy named by the environment is not used', async () => {
    let proxied = 0
    const proxy = await listening(http.createServer((_, answer) => void ((proxied += 1), answer.end())))
    const direct = await listening(http.createServer((_, answer) => void answer.end('direct')))
    process.env['HTTP_PROXY'] = process.env['http_proxy'] = `http://127.0.0.1:${proxy}`
    try {
      expect(await outcomeOf(direct)).toMatchObject({ is: 'answer', status: 200 })
    } finally {
      delete process.env['HTTP_PROXY']
      delete process.env['http_proxy']
    }
    expect(proxied).toBe(0)
  })

  it('S12 a line break in a header never makes a second header', async () => {
    const seen: string[] = []
    const server = http.createServer((incoming, answer) => void (seen.push(...incoming.rawHeaders), answer.end()))
    await outcomeOf(await listening(server), { headers: { 'x-key': 'a\r\nx-injected: b' } })
    expect(seen.map((it) => it.toLowerCase())).not.toContain('x-injected')
  })
})

describe('a vendor call over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'))
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  beforeAll(() => {
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', [...made, ...subject, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function secureServer(): Promise<{ port: number; calls: () => number }> {
    let calls = 0
    const options = { key: readFileSync(keyFile), cert: readFileSync(certFile) }
    const server = https.createServer(options, (_, answer) => void ((calls += 1), answer.end('{}')))
    server.on('tlsClientError', () => undefined)
    return { port: await listening(server), calls: () => calls }
  }

  it('S21 a certificate nobody vouches for: not sent, and the server never saw the request', async () => {
    const { port, calls } = await secureServer()
    const answer = await outcomeOf(port, { url: `https://127.0.0.1:${port}/` })
    expect([answer.is, calls()]).toEqual(['not-sent', 0])
  })

  it('S21 the environment cannot switch verification off', async () => {
    const { port, calls } = await secureServer()
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      expect((await outcomeOf(port, { url: `https://127.0.0.1:${port}/` })).is).toBe('not-sent')
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
    expect(calls()).toBe(0)
  })

  it('S21 a certificate of a trusted authority is accepted', async () => {
    const { port, calls } = await secureServer()
    const call = vendorCaller({ ca: readFileSync(certFile, 'utf8') })
    const answer = await call(request(port, { url: `https://127.0.0.1:${port}/` }), never)
    expect([answer.is, calls()]).toEqual(['answer', 1])
  })

  it('F13 a handshake that never ends was not sent, whatever the deadline cut', async () => {
    const port = await rawServer(() => undefined)
    const answer = await outcomeOf(port, { url: `https://127.0.0.1:${port}/`, timeoutMs: 200 })
    expect(answer).toMatchObject({ is: 'not-sent' })
  })

  it('S21 a plain server behind https: not sent', async () => {
    const port = await rawServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
    expect((await outcomeOf(port, { url: `https://127.0.0.1:${port}/` })).is).toBe('not-sent')
  })
})

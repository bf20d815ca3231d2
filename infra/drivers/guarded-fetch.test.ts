// Every rule of the guard, against real servers on loopback with real TLS.
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { makeAuthority } from '../../test/support/certificates.ts'
import { requestFrom } from './fetch-connect.ts'
import { FetchRefused, makeGuardedFetch } from './guarded-fetch.ts'
import type { GuardOptions } from './guarded-fetch.ts'

const authority = makeAuthority()
const leaf = authority.issue('DNS:media.vendor.test', 'IP:127.0.0.1')
const servers: Server[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close() && server.closeAllConnections())))
afterAll(() => authority.remove())

async function serve(listener: RequestListener, where: { tls?: boolean; address?: string; port?: number } = {}) {
  const seen: { url: string; headers: Record<string, unknown> }[] = []
  const note: RequestListener = (request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers })
    listener(request, response)
  }
  const server = where.tls ? createTlsServer(leaf, note) : createServer(note)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(where.port ?? 0, where.address ?? '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, seen, origin: `${where.tls ? 'https' : 'http'}://127.0.0.1:${port}` }
}

const limits = { maxBytes: 1_000_000, timeoutMs: 5_000 }
const never = new AbortController().signal
async function get(
  url: string,
  hosts: readonly string[],
  more: {
    guard?: GuardOptions
    maxBytes?: number
    timeoutMs?: number
    headers?: Record<string, string>
    signal?: AbortSignal
  } = {},
) {
  const { guard, signal, ...options } = more
  const answer = await makeGuardedFetch(guard)(url, { ...limits, ...options, hosts }, signal ?? never)
  const chunks: Uint8Array[] = []
  for await (const chunk of answer.bytes) chunks.push(chunk)
  return { status: answer.status, type: answer.type, body: Buffer.concat(chunks) }
}
const refused = (rule: string) =>
  expect.objectContaining({
    name: 'FetchRefused',
    code: 'event.invalid',
    rule,
    about: expect.objectContaining({ rule }) as unknown,
  })
const leadsTo = (...addresses: string[]) => ({ resolve: () => Promise.resolve(addresses) })
const untouched = { resolve: () => Promise.reject(new Error('nothing may be looked up')) }

describe('the guard before an address', () => {
  it.each([
    ['url', 'not an url'],
    ['url', 'https://'],
    ['scheme', 'http://media.vendor.test/a'],
    ['scheme', 'file:///etc/passwd'],
    ['scheme', 'ftp://media.vendor.test/'],
    ['scheme', 'data:text/plain,hi'],
    ['port', 'https://media.vendor.test:8443/'],
    ['port', 'https://media.vendor.test:22/'],
    ['credentials', 'https://user:canary@media.vendor.test/'],
    ['credentials', 'https://media.vendor.test@evil.test/'],
    ['host', 'https://evil.test/'],
    ['host', 'https://media.vendor.test.evil.test/'],
    ['host', 'https://xmedia.vendor.test/'],
    ['host', 'https://cdn.example/'],
    ['host', 'https://xcdn.example/'],
  ])('S8 S10 rule %s refuses %s before anything is looked up', async (rule, url) => {
    const thrown = await get(url, ['media.vendor.test', '.cdn.example'], { guard: untouched }).catch(
      (error: unknown) => error,
    )
    expect(thrown).toEqual(refused(rule))
    expect(thrown).toBeInstanceOf(FetchRefused)
    expect(String(thrown)).not.toContain('canary')
  })

  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '１２７.0.0.1',
    '169.254.169.254',
    '[fd00:ec2::254]',
  ])('S8 the address %s is refused in this notation, also when it is listed', async (host) => {
    const bare = new URL(`https://${host}/`).hostname.replace(/^\[|\]$/g, '')
    await expect(get(`https://${host}/latest/meta-data`, [bare], { guard: untouched })).rejects.toEqual(
      refused('address'),
    )
  })

  it('S8 one inner address among public ones is enough', async () => {
    for (const bad of ['127.0.0.1', '10.1.2.3', '::1', '::ffff:169.254.169.254', 'fe80::1', '100.64.1.1'])
      await expect(
        get('https://media.vendor.test/', ['media.vendor.test'], { guard: leadsTo('31.13.72.8', '2a03:2880::1', bad) }),
      ).rejects.toEqual(refused('address'))
    await expect(get('https://A.CDN.example./', ['.cdn.EXAMPLE'], { guard: leadsTo('127.0.0.1') })).rejects.toEqual(
      refused('address'),
    )
  })

  it('an origin an administrator typed is trusted as written, and only that origin', async () => {
    const { origin, port } = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'Image/PNG; x=1' }).end('bytes'),
    )
    expect(await get(`${origin}/a`, [origin])).toEqual({ status: 200, type: 'image/png', body: Buffer.from('bytes') })
    expect((await get(`${origin}/a`, [], { guard: { trusts: (one) => one === origin } })).status).toBe(200)
    await expect(get(`http://127.0.0.1:${port + 1}/`, [origin])).rejects.toEqual(refused('scheme'))
    await expect(get(`https://127.0.0.1:${port}/`, [origin])).rejects.toEqual(refused('port'))
    await expect(get(`http://localhost:${port}/`, [origin])).rejects.toEqual(refused('scheme'))
    await expect(get(`${origin}/a`, ['127.0.0.1', `127.0.0.1:${port}`])).rejects.toEqual(refused('scheme'))
  })
})

describe('the connection', () => {
  it('S9 goes to the checked address without a second look-up: a name that changes its mind reaches nobody else', async () => {
    const good = await serve((_request, response) => response.end('good'), { tls: true })
    const evil = await serve((_request, response) => response.end('evil'), {
      tls: true,
      address: '127.0.0.2',
      port: good.port,
    })
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.2']]
    let lookups = 0
    const guard = { ca: [authority.ca], resolve: () => Promise.resolve(answers[lookups++] ?? []) }
    const origin = `https://media.vendor.test:${good.port}`
    expect((await get(`${origin}/`, [origin], { guard })).body.toString()).toBe('good')
    expect([lookups, good.seen.length, evil.seen.length]).toEqual([1, 1, 0])
    expect(good.seen[0]?.headers).toMatchObject({ host: `media.vendor.test:${good.port}` })
    const url = new URL(`${origin}/`)
    const direct = await requestFrom(
      { url, host: url.hostname, isTrusted: false },
      { addresses: ['127.0.0.1'], headers: {}, ca: [authority.ca], signal: never },
    )
    expect(direct.socket.remoteAddress).toBe('127.0.0.1')
    direct.destroy()
  })

  it('S21 verifies certificates: unknown authority, wrong name, and no variable turns it off', async () => {
    const { port } = await serve((_request, response) => response.end('secret'), { tls: true })
    const named = `https://media.vendor.test:${port}`
    const other = `https://other.vendor.test:${port}`
    await expect(get(named, [named], { guard: leadsTo('127.0.0.1') })).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|VERIFY|SIGNED/) as string,
    })
    await expect(get(other, [other], { guard: { ...leadsTo('127.0.0.1'), ca: [authority.ca] } })).rejects.toMatchObject(
      { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    )
    expect(await inChild(`${named}/`, named, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toMatch(/CERT|VERIFY|SIGNED/)
  })

  it('S9 takes no proxy from the environment', async () => {
    const proxy = await serve((_request, response) => response.end('from the proxy'))
    const { origin } = await serve((_request, response) => response.end('direct'))
    const env = {
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: proxy.origin,
      http_proxy: proxy.origin,
      HTTPS_PROXY: proxy.origin,
      ALL_PROXY: proxy.origin,
      NO_PROXY: '',
    }
    expect(await inChild(`${origin}/`, origin, env)).toBe('direct')
    expect(proxy.seen).toEqual([])
  })
})

/** What the fetch gives, or the code of its error, in a process with these variables. */
async function inChild(url: string, host: string, env: Record<string, string>): Promise<string> {
  const program = `import { makeGuardedFetch } from ${JSON.stringify(new URL('guarded-fetch.ts', import.meta.url).href)}
    const fetch = makeGuardedFetch({ resolve: async () => ['127.0.0.1'] })
    try {
      const answer = await fetch(${JSON.stringify(url)}, { hosts: [${JSON.stringify(host)}], maxBytes: 1000, timeoutMs: 5000 }, new AbortController().signal)
      for await (const chunk of answer.bytes) process.stdout.write(chunk)
    } catch (error) { process.stdout.write(String(error.code)) }`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, ...env },
  })
  return stdout
}

describe('redirects', () => {
  it('S9 follows three, relative ones too, and not a fourth; a loop ends', async () => {
    const { origin, seen } = await serve((request, response) => {
      const left = Number(request.url?.slice(1) ?? 0)
      if (left > 0) response.writeHead(302, { location: `/${left - 1}` }).end()
      else response.end('there')
    })
    expect((await get(`${origin}/3`, [origin])).body.toString()).toBe('there')
    expect(seen).toHaveLength(4)
    await expect(get(`${origin}/4`, [origin])).rejects.toEqual(refused('redirects'))
    const loop = await serve((_request, response) => response.writeHead(308, { location: '/' }).end())
    await expect(get(loop.origin, [loop.origin])).rejects.toEqual(refused('redirects'))
    expect(loop.seen).toHaveLength(4)
  })

  it('S9 checks each target anew', async () => {
    const inner = await serve((_request, response) => response.end('inner'))
    const targets: [string, string][] = [
      [inner.origin, 'scheme'],
      ['https://evil.test/', 'host'],
      ['https://media.vendor.test/', 'address'],
      ['https://media.vendor.test:8443/', 'port'],
      ['https://a:b@media.vendor.test/', 'credentials'],
      ['https://127.0.0.1/', 'host'],
      ['http://[', 'url'],
      ['file:///etc/passwd', 'scheme'],
    ]
    for (const [location, rule] of targets) {
      const { origin } = await serve((_request, response) => response.writeHead(302, { location }).end())
      await expect(get(origin, [origin, 'media.vendor.test'], { guard: leadsTo('127.0.0.1') })).rejects.toEqual(
        refused(rule),
      )
    }
    expect(inner.seen).toEqual([])
  })

  it('S9 credentials stay with the host they were meant for, also when the way leads back', async () => {
    const credentials = {
      Authorization: 'Bearer canary',
      cookie: 'canary',
      'X-Api-Key': 'canary',
      'Proxy-Authorization': 'canary',
      accept: 'image/*',
    }
    let home = ''
    const other = await serve((_request, response) => response.writeHead(302, { location: `${home}/back` }).end())
    const first = await serve((request, response) => {
      if (request.url === '/') response.writeHead(307, { location: '/same' }).end()
      else if (request.url === '/same') response.writeHead(302, { location: `${other.origin}/` }).end()
      else response.end('done')
    })
    home = first.origin
    expect((await get(home, [home, other.origin], { headers: credentials })).body.toString()).toBe('done')
    expect(first.seen.map((one) => one.headers['authorization'])).toEqual(['Bearer canary', 'Bearer canary', undefined])
    expect(JSON.stringify([other.seen, first.seen[2]])).not.toContain('canary')
    expect(other.seen[0]?.headers).toMatchObject({ accept: 'image/*' })
  })

  it('S12 no header of the caller breaks out of its line or replaces the host', async () => {
    const { origin, seen } = await serve((_request, response) => response.end())
    await get(origin, [origin], { headers: { Host: 'evil.test', 'content-length': '5' } })
    expect(seen[0]?.headers['host']).toBe(origin.slice(7))
    await expect(get(origin, [origin], { headers: { accept: 'a\r\nx-evil: 1' } })).rejects.toMatchObject({
      code: 'ERR_INVALID_CHAR',
    })
  })
})

describe('what comes back', () => {
  it('S9 F13 is limited in bytes: announced, endless, and after unpacking', async () => {
    const big = Buffer.alloc(8 * 1024 * 1024)
    const bombs = { gzip: gzipSync(big), deflate: deflateSync(big), br: brotliCompressSync(big) }
    const { origin } = await serve((request, response) => {
      const way = request.url?.slice(1) ?? ''
      if (way === 'announced') return void response.writeHead(200, { 'content-length': '1000001' }).flushHeaders()
      if (way in bombs)
        return void response.writeHead(200, { 'content-encoding': way }).end(bombs[way as keyof typeof bombs])
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) continue
      }
      response.on('drain', more)
      more()
    })
    for (const way of ['announced', 'endless', ...Object.keys(bombs)])
      await expect(get(`${origin}/${way}`, [origin])).rejects.toEqual(refused('bytes'))
    for (const way of Object.keys(bombs))
      expect((await get(`${origin}/${way}`, [origin], { maxBytes: big.length })).body.equals(big)).toBe(true)
  })

  it('S9 F13 packed twice, packed in an unknown way, or not packed as it says, is an error', async () => {
    const { origin } = await serve(
      (request, response) =>
        void response
          .writeHead(200, { 'content-encoding': decodeURIComponent(request.url?.slice(1) ?? '') })
          .end('not packed at all'),
    )
    for (const way of ['gzip, gzip', 'zstd', 'constructor', 'compress'])
      await expect(get(`${origin}/${encodeURIComponent(way)}`, [origin])).rejects.toEqual(refused('encoding'))
    await expect(get(`${origin}/gzip`, [origin])).rejects.toMatchObject({ code: 'Z_DATA_ERROR' })
  })

  it('S9 F13 is limited in time: a silent resolver, a silent server, a body that stops', async () => {
    const { origin } = await serve(
      (request, response) => void (request.url === '/body' && response.writeHead(200).write('half')),
    )
    for (const path of ['/head', '/body'])
      await expect(get(origin + path, [origin], { timeoutMs: 80 })).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    const silent = { resolve: () => new Promise<string[]>(() => undefined) }
    await expect(
      get('https://media.vendor.test/', ['media.vendor.test'], { timeoutMs: 80, guard: silent }),
    ).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    const stop = new AbortController()
    const going = get(`${origin}/body`, [origin], { signal: stop.signal })
    stop.abort('we stop')
    await expect(going).rejects.toBe('we stop')
    await expect(get(origin, [origin], { signal: stop.signal })).rejects.toBe('we stop')
  })

  it('F13 a reset, half an answer and a refused connection come as they are', async () => {
    const { origin, port } = await serve((request, response) => {
      if (request.url === '/reset') return void request.socket.resetAndDestroy()
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => request.socket.destroy())
    })
    await expect(get(`${origin}/reset`, [origin])).rejects.toMatchObject({ code: 'ECONNRESET' })
    await expect(get(`${origin}/half`, [origin])).rejects.toMatchObject({ code: 'ECONNRESET' })
    const closed = `http://127.0.0.1:${port === 1 ? 2 : 1}`
    await expect(get(closed, [closed])).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(get('https://media.vendor.test/', ['media.vendor.test'], { guard: leadsTo() })).rejects.toMatchObject({
      code: 'ENOTFOUND',
    })
  })

  it('any status is an answer; a body nobody reads, or leaves early, frees its connection', async () => {
    const { origin } = await serve((request, response) => {
      response.writeHead(request.url === '/gone' ? 404 : 200)
      response.end(Buffer.alloc(500_000))
    })
    expect(await get(`${origin}/gone`, [origin])).toMatchObject({ status: 404, type: '' })
    const fetch = makeGuardedFetch()
    await fetch(origin, { ...limits, timeoutMs: 1_000, hosts: [origin] }, never)
    const left = await fetch(origin, { ...limits, hosts: [origin] }, never)
    for await (const chunk of left.bytes) if (chunk.length > 0) break
    const server = servers.at(-1) as Server
    const open = () => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))
    await expect.poll(open, { timeout: 5_000 }).toBe(0)
  })
})

// Fuzzes the vendors' door with raw bytes: broken HTTP, odd headers, wrong lengths and chunks, huge lines. It refuses each and lives on.
import { connect } from 'node:net'
import fc, { type Arbitrary } from 'fast-check'
import { mutated, seeded } from '../support/mutate.ts'
import { hostileTexts } from './hostile.ts'
import type { FuzzedGateway } from './gateway.ts'
import { bytesOf, latin1, whatLeaks, type Target } from './target.ts'

export interface Sent {
  /** Written one after another, one character a byte. */
  readonly pieces: readonly string[]
  /** The sender says that it has ended. */
  readonly ends: boolean
}

/** Who has not been answered by then waits for more bytes, which is its good right. */
const patienceMs = 400
const tooLongMs = 8_000

export const doorTarget = (on: FuzzedGateway): Target<Sent> => ({
  name: 'door',
  inputs: sent(on),
  async check(input) {
    const heard = await send(on, input)
    const wrong = heard === null ? 'neither answered nor let go' : whatIsWrong(heard, on)
    if (wrong !== null) return wrong
    const began = performance.now()
    const { status } = await fetch(`${on.gateway.address}/healthz`, { signal: AbortSignal.timeout(tooLongMs) })
    if (status !== 200 || performance.now() - began > 2_000) return `afterwards it is not well: ${status}`
    return on.newFaults()[0] ?? null
  },
  close: async () => undefined,
})

function sent(on: FuzzedGateway): Arbitrary<Sent> {
  const host = new URL(on.gateway.address).host
  const text = fc.constantFrom(...hostileTexts).map((it) => latin1(Buffer.from(it)))
  const inLine = text.map((it) => it.replace(/[\r\n]/g, ''))
  const path = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...on.doors) },
    { weight: 2, arbitrary: inLine.map((it) => `${on.doors[0]}/${it}`) },
    { weight: 1, arbitrary: inLine.map((it) => `/in/${it}/${it}?${it}=${it}&hub.mode=subscribe`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '/in/',
        '/in//main',
        `/in/${'x'.repeat(9_000)}`,
        `//in/x/main`,
        '*',
        'http://evil.example/in/x/main',
      ),
    },
  )
  const method = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('POST', 'GET') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('PUT', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PRI', 'post', 'P\u0000ST', ''),
    },
  )
  const header = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom(...headerNames), text).map(([name, value]) => `${name}: ${value}`),
    },
    { weight: 3, arbitrary: fc.constantFrom(...oddHeaders) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        `X-Fat: ${'x'.repeat(20_000)}`,
        `${'X'.repeat(20_000)}: 1`,
        ...Array.from({ length: 2 }, () => 'X-Many: 1\r\n'.repeat(2_500)),
      ),
    },
  )
  const body = fc.oneof(
    text,
    fc.constantFrom(
      '',
      '{}',
      '{"object":"x","entry":[]}',
      '['.repeat(50_000),
      '5\r\nabcde\r\n0\r\n\r\n',
      'ffffffffffffffff\r\nx',
      '-1\r\n\r\n',
      '0\r\nX: y\r\n\r\n',
    ),
  )
  const whole = fc
    .tuple(
      method,
      path,
      fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', ''),
      fc.constantFrom(host, host, host, host, 'evil.example', '', `${host}, ${host}`),
      fc.array(header, { maxLength: 5 }),
      fc.boolean(),
      body,
    )
    .map(([verb, to, version, at, headers, honest, content]) =>
      [
        `${verb} ${to} ${version}`,
        `Host: ${at}`,
        ...headers,
        ...(honest ? [`Content-Length: ${content.length}`] : []),
        '',
        content,
      ].join('\r\n'),
    )
  const spoilt = fc.tuple(whole, fc.nat()).map(([bytes, seed]) => latin1(mutated(bytesOf(bytes), seeded(seed))))
  const bytes = fc.oneof(
    { weight: 3, arbitrary: whole },
    { weight: 2, arbitrary: spoilt },
    { weight: 1, arbitrary: fc.tuple(whole, whole).map(([one, two]) => one + two) },
  )
  return fc.tuple(bytes, fc.nat(), fc.boolean()).map(([all, at, ends]) => ({ pieces: cut(all, at), ends }))
}

const cut = (bytes: string, at: number): readonly string[] => {
  const place = bytes.length === 0 ? 0 : at % bytes.length
  return [bytes.slice(0, place), bytes.slice(place)].filter((it) => it !== '')
}

const headerNames = ['Content-Type', 'X-Hub-Signature-256', 'X-Signature', 'Inlet-Correlation-Id', 'X-Forwarded-For', 'X-Forwarded-Host', 'Forwarded', 'Cookie', 'Authorization', 'X\u0000Y', 'X Y', ''] // prettier-ignore
const oddHeaders = [
  'Content-Length: 0', 'Content-Length: -1', 'Content-Length: 99999999999999999999', 'Content-Length: 5000000', 'Content-Length: 0x10', 'Content-Length: 3, 3', 'Content-Length: 1e3',
  'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: gzip', 'Transfer-Encoding : chunked', 'Transfer-Encoding:\x0bchunked', 'Content-Encoding: gzip',
  'Expect: 100-continue', 'Expect: 200-ok', 'Upgrade: websocket', 'Upgrade: h2c', 'Connection: upgrade', 'Connection: close', 'Connection: keep-alive, close, x', ' folded: line', '\tfolded', 'no colon at all',
  'X-Hub-Signature-256: sha256=', `X-Hub-Signature-256: sha256=${'0'.repeat(64)}`, `X-Hub-Signature-256: ${'sha256=0'.repeat(500)}`, 'TE: trailers', 'Trailer: Content-Length', 'Range: bytes=0-18446744073709551615', 'Host: evil.example', 'Host:',
] // prettier-ignore

/** Everything that was answered; '' when the line was let go or still waits; null when it hung for ever though the sender had ended. */
function send(on: FuzzedGateway, { pieces, ends }: Sent): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(on.gateway.address).port), '127.0.0.1')
    let heard = ''
    const done = (what: string | null): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(what)
    }
    // Half a call that is not ended waits for the rest until the call's own time is over, which has a test of its own.
    const timer = setTimeout(() => done(heard), patienceMs)
    socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
    socket.on('error', () => done(heard)).on('close', () => done(heard))
    socket.once('connect', () => {
      for (const piece of pieces) socket.write(bytesOf(piece))
      if (ends) socket.end()
    })
  })
}

/** Of a stranger's call nothing is taken. The pages that anybody may see are the only success. */
function whatIsWrong(heard: string, on: FuzzedGateway): string | null {
  const leaked = whatLeaks(heard, on.secrets)
  if (leaked !== null) return leaked
  if (heard !== '' && !heard.startsWith('HTTP/1.1 ')) return `it answered what is no HTTP: ${heard.slice(0, 200)}`
  for (const [, status] of heard.matchAll(/^HTTP\/1\.1 (\d{3})/gm)) {
    const isPublic = status === '100' || (status === '200' && !/^ok$/m.test(heard))
    if (status!.startsWith('5')) return `it answered ${status}: ${heard.slice(0, 300)}`
    if (status!.startsWith('2') && !isPublic) return `it took a call that nobody signed: ${heard.slice(0, 300)}`
  }
  return null
}

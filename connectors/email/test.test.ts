// What the test of an account says of a server that is none, or speaks something else than was written (D31).
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { madeEdges } from '../../test/support/made-account.ts'
import { scriptedImap } from '../../test/support/scripted-imap.ts'
import { mailAccount } from './fixtures/mail-account.ts'
import type { Settings } from './settings.ts'
import { test } from './test.ts'

const after: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(after.splice(0).map((it) => it())))

/** Says one line and then nothing; who comes is told to `met`. */
async function dumb(line: string, met: () => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    socket.write(line)
    met()
  }).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  after.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((done) => server.close(done))
  })
  return (server.address() as AddressInfo).port
}
async function scripted(...script: Parameters<typeof scriptedImap>): Promise<number> {
  const server = await scriptedImap(...script)
  after.push(() => server.stop())
  return server.port
}
function tested(port: number, tls: NonNullable<Settings['imap']>['tls'], signal = new AbortController().signal) {
  const settings = { address: 'a@b.test', imap: { host: '127.0.0.1', port, ...(tls === undefined ? {} : { tls }) } }
  return test(mailAccount(settings), madeEdges().edges, signal)
}

it.each([
  ['nothing', '', true],
  ['nothing', '', false],
  ['what SMTP says', '220 mx.test ESMTP\r\n', false],
] as const)('D31 of a server that says %s (%j, tls %s) its greeting was waited for', async (_, line, tls) => {
  const time = new AbortController()
  const port = await dumb(line, () => time.abort())
  const { ok, why } = await tested(port, tls, time.signal)
  expect(ok).toBe(false)
  expect(why).toMatch(/^Reading at 127\.0\.0\.1:\d+: no greeting of an IMAP server.*imap\.port.*imap\.tls/)
})

it.each([
  ['LOGIN', 'log in'],
  ['EXAMINE', 'open INBOX'],
] as const)('D31 of a server that greets and falls silent at %s it is said what it was to do', async (at, what) => {
  const time = new AbortController()
  const port = await scripted(({ name }) => name === at && (time.abort(), true))
  expect(await tested(port, false, time.signal)).toMatchObject({
    ok: false,
    why: expect.stringContaining(`no answer came in time, when it was to ${what}. `),
  })
})

it.each([true, 'starttls'] as const)(
  'D31 S21 where TLS (%s) is not what it speaks, it is said which settings say so',
  async (tls) => {
    const { ok, why } = await tested(await scripted(), tls)
    expect(ok).toBe(false)
    expect(why).toMatch(/no safe connection.*imap\.tls and imap\.port to what it offers\. Nothing/)
  },
)

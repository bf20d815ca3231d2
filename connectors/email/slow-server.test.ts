// A server that takes its time after the data: it has the mail all the same, and says so in the end (RFC 5321 4.5.3.2.6).
import { createServer, type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { readingEdges } from '../../test/support/made-account.ts'
import { smtpDoors } from '../../test/support/smtp-door.ts'
import channel from './channel.ts'
import { mailAccount, mailReply, mailSettings } from './fixtures/mail-account.ts'
import { send } from './send.ts'

const doors = smtpDoors()
const sent = (port: number) =>
  send(mailReply, mailAccount(mailSettings(port)), readingEdges(), AbortSignal.timeout(channel.sendSeconds! * 1000))

async function silentServer(): Promise<number> {
  const server = createServer((socket) => {
    socket.write('220 silent.test\r\n')
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  doors.after(() => Promise.resolve(server.close()))
  await new Promise((done) => server.once('listening', done))
  return (server.address() as AddressInfo).port
}

// Both at once: each takes twenty seconds by its nature.
it('G19 G20 G22 what a server says to have 22 s after the data was sent; one that is silent before it is not waited for that long', async () => {
  const slow = await doors.open({
    onData: (stream, _session, done) => void stream.on('end', () => setTimeout(done, 22_000)).resume(),
  })
  const began = performance.now()
  const silent = sent(await silentServer()).then((outcome) => ({ outcome, ms: performance.now() - began }))
  expect(await sent(slow.port)).toMatchObject({ is: 'sent' })
  const { outcome, ms } = await silent
  expect(outcome).toMatchObject({ is: 'try-later', scope: 'account' })
  expect(ms).toBeLessThan(35_000)
})

it('G20 one send may take five minutes', () => expect(channel.sendSeconds).toBe(300))

// Who calls and whom we call: hostile bodies at the door, slow and idle callers, a vendor that hangs, resets and answers halves.
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { sumOf } from '../compare.ts'
import type { Fault } from '../fault.ts'

const hostile: readonly (string | Uint8Array)[] = [
  '{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"__proto__":{"x":1}}}]}]}',
  `{"a":${'['.repeat(60)}${']'.repeat(60)}}`,
  '{"object":"whatsapp_business_account","entry":"none"}',
  '{"object":"whatsapp_business_account","entry":[{"id":1e999,"changes":[null,{}]}]}',
  '{"text":"\\ud800"}',
  'no JSON at all',
  Uint8Array.from([0xff, 0xfe, 0x00, 0x80]),
  `{"pad":"${'x'.repeat(3_000_000)}"}`,
]

function sockets(webhook: string, count: number): readonly Socket[] {
  const { hostname, port } = new URL(webhook)
  return Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname)
    return socket.on('error', () => socket.destroy())
  })
}

/** So many open and say nothing. */
export const idle = (count: number): Fault => ({
  id: 'F17',
  says: `${count} idle connections, senders of a byte a second, calls in one go, calls without a length`,
  settings: [{ layout: 'whole' }],
  rounds: 3,
  async disturb({ webhook }) {
    const silent = sockets(webhook, count)
    const slow = sockets(webhook, 200)
    const head = `POST ${new URL(webhook).pathname} HTTP/1.1\r\nHost: 127.0.0.1\r\n`
    for (const socket of slow) socket.write(`${head}Content-Length: 4000\r\n\r\n{`)
    for (const socket of sockets(webhook, 50)) socket.write(`${head}Content-Length: 2\r\n\r\n{}`.repeat(20))
    for (const socket of sockets(webhook, 50)) socket.write(`${head}\r\n{"no":"length"}`)
    for (let second = 0; second < 4; second += 1) {
      await pause(1_000)
      for (const socket of slow) if (socket.writable) socket.write(' ')
    }
    for (const socket of [...silent, ...slow]) socket.destroy()
  },
})

export const faults: readonly Fault[] = [
  {
    id: 'F13',
    says: 'a vendor that hangs, resets, answers late and by half, and refuses',
    settings: [{ layout: 'whole' }],
    rounds: 10,
    load: { agents: 4, agentPauseMs: 80 },
    async disturb({ vendor }, { n, chance }) {
      const hows = ['reset', 'reset-after-accept', 'half-answer', 'hang'] as const
      vendor.fail(2, { how: 'status', status: 503, body: '<html>' })
      // One kind twice in a row, another each round, and each of the others once.
      for (const at of hows.keys()) vendor.fail(at === 0 ? 2 : 1, { how: hows[(n + at) % hows.length] ?? 'reset' })
      vendor.fail(1 + chance.number(3, 'slow', n), { how: 'slow', ms: 900 })
      await pause(1_500)
    },
    async alsoWrong({ metrics }) {
      const met = (await metrics()).map(({ text }) => sumOf(text, 'retried') + sumOf(text, 'unsure'))
      return met.some((count) => count > 0) ? [] : ['no reply met a fault of the vendor: nothing was tried']
    },
  },
  {
    id: 'F14',
    says: 'signed bodies that are hostile, wrong, deep and large, between those of customers',
    settings: [{ layout: 'whole' }],
    rounds: 10,
    mayBeSetAside: true,
    async disturb({ vendor }, { n, chance }) {
      await Promise.all(hostile.map((body) => vendor.post(body, { retry: false })))
      const many = Array.from({ length: 300 }, (_, at) => ({ customer: 900 + chance.number(20, 'many', n, at) }))
      await vendor.writeMany(many, { times: 2, concurrently: true })
    },
  },
  idle(10_000),
]

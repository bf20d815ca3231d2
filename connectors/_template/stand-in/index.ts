// The vendor's side of this channel: signs, repeats, fails and keeps a ledger; serves tests, tours and `simulate`.
import type { AddressInfo, Socket } from 'node:net'
import type {
  Fault,
  FaultyCall,
  KnockOptions,
  Receipts,
  RunningStandIn,
  StandIn,
  StandInOptions,
  Writing,
} from '../../../core/ports/stand-in.ts'
import { signatureOf } from '../../_shared/hmac-signature.ts'
import { knocker } from '../../_shared/stand-in/knock.ts'
import { openLedger } from '../../_shared/stand-in/ledger.ts'
import { seeded } from '../../_shared/stand-in/seeded.ts'
import { apiOf, type Answer } from './api.ts'

const texts = ['Hello, is anybody there?', 'My order did not arrive.', 'Merhaba, siparişim nerede?', 'Thank you!']

export const standIn: StandIn = {
  async start(options: StandInOptions): Promise<RunningStandIn> {
    const chance = seeded(options.seed)
    const ledger = openLedger()
    const keys = { signing: chance.hex(32, 'signing'), token: chance.hex(32, 'token') }
    const files = new Map<string, Uint8Array>()
    const faults: { readonly on: FaultyCall; readonly fault: Fault; left: number }[] = []
    let advancedMs = 0
    let written = 0
    let receipts: Receipts = 'auto'
    const now = (): number => (options.now ?? Date.now)() + advancedMs
    const door = knocker({ ledger, now, taken: (status) => status === 200 })
    const appOf = (n: number): string => `app-${chance.digits(8, 'app', n)}`
    const customer = (n: number) => ({ name: `Customer ${n}`, id: `u-${chance.digits(8, 'user', n)}`, address: '' })

    const knock = (
      bytes: Uint8Array,
      about: { readonly ids: readonly string[]; readonly what: string },
      how: KnockOptions = {},
    ) => {
      const signing = how.signature === 'wrong' ? `not ${keys.signing}` : keys.signing
      const header = ['x-signature', signatureOf(bytes, signing)] as const
      const times = how.signature === 'missing' ? 0 : how.signature === 'doubled' ? 2 : 1
      const headers = [['content-type', 'application/json'] as const, ...Array.from({ length: times }, () => header)]
      return door.knock({ ...about, bytes, headers }, how)
    }
    const call = (app: string, items: readonly unknown[]) => new TextEncoder().encode(JSON.stringify({ app, items }))
    const itemOf = (writing: Writing) => {
      const turn = (written += 1)
      const id = writing.id ?? `m-${chance.hex(16, 'message', turn)}`
      if (writing.file !== undefined) files.set(`f-${id}`, writing.file.bytes)
      const file =
        writing.file === undefined ? {} : { file: { id: `f-${id}`, name: writing.file.name, type: writing.file.type } }
      const from = { id: customer(writing.customer).id, name: customer(writing.customer).name }
      const about = writing.about === undefined ? {} : { answers: writing.about }
      const text = writing.text ?? chance.pick(texts, 'text', turn)
      const is = writing.kind === undefined || writing.kind === 'text' ? 'message' : writing.kind
      return { is, id, at: Math.floor(now() / 1000), from, text, ...about, ...file, ...writing.fields }
    }
    const writeMany = (writings: readonly Writing[], how?: KnockOptions) => {
      const items = writings.map(itemOf)
      const ids = items.map((item) => item.id)
      return knock(call(appOf(writings[0]?.account ?? 0), items), { ids, what: 'message' }, how)
    }
    const tell = async (id: string, ours: string | null): Promise<void> => {
      const states = receipts === 'auto' ? ['sent', 'delivered', 'read'] : receipts === 'off' ? [] : receipts
      for (const state of states) {
        const receipt = { is: 'receipt', id, at: Math.floor(now() / 1000), state, ...(ours === null ? {} : { ours }) }
        await knock(call(appOf(0), [receipt]), { ids: [id], what: state })
      }
    }
    const accept = (body: Readonly<Record<string, unknown>>): Answer => {
      const id = `out-${chance.hex(16, 'out', ledger.of('accepted').length)}`
      const ours = typeof body['ours'] === 'string' ? body['ours'] : null
      ledger.add({ is: 'accepted', at: now(), id, ours, to: String(body['to']), kind: 'text', body })
      if (door.url !== null) door.owe(tell(id, ours))
      return { status: 200, body: { id } }
    }
    const server = apiOf({
      token: keys.token,
      latencyMs: options.latencyMs ?? 0,
      nextFault: (on) => takeFault(faults, on),
      accept,
      find: (ours) => {
        const found = ledger.of('accepted').find((it) => it.ours === ours)
        return found === undefined ? { status: 404, body: { error: 'none' } } : { status: 200, body: { id: found.id } }
      },
      file: (id) => files.get(id) ?? null,
    })
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket))))
    await new Promise<void>((done) => void server.listen(options.port ?? 0, '127.0.0.1', done))
    const apiBase = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return {
      apiBase,
      ledger,
      customer,
      account: (n = 0) => ({
        settings: { app: appOf(n), apiBase },
        secrets: { signingSecret: keys.signing, accessToken: keys.token },
      }),
      knocksAt: (url) => door.to(url),
      write: (writing, how) => writeMany([writing], how),
      writeMany,
      post: (bytes, how) =>
        knock(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes, { ids: [], what: 'bytes' }, how),
      receipts: (how) => void (receipts = how),
      fail: (times, fault, on = 'send') => void faults.push({ on, fault, left: times }),
      advance: (ms) => void (advancedMs += ms),
      settled: () => door.settled(),
      stop: async () => {
        await door.stop()
        for (const socket of sockets) socket.destroy()
        await new Promise<void>((done) => void server.close(() => done()))
      },
    }
  },
}

function takeFault(
  faults: { readonly on: FaultyCall; readonly fault: Fault; left: number }[],
  on: FaultyCall,
): Fault | null {
  const next = faults.find((it) => it.on === on && it.left > 0)
  if (next === undefined) return null
  next.left -= 1
  return next.fault
}

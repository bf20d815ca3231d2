// The first message that a poll or session of a channel brings from its own stand-in.
import type { AnyChannel, Raw } from '../../core/ports/channel.ts'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import { madeAccount, madeEdges } from './made-account.ts'

export async function firstPage(channel: AnyChannel, vendor: RunningStandIn): Promise<Raw> {
  const receiver = channel.receive.find((it) => it.kind === 'poll' || it.kind === 'session')
  if (receiver === undefined) throw new Error(`${channel.name} has no way to hear`)
  const { settings } = vendor.account()
  const { account } = madeAccount(vendor.account(), channel.routesOf(settings)[0])
  const kept = new Map<string, string | null>()
  const keep = { get: (name: string) => Promise.resolve(kept.get(name) ?? null) }
  const stop = AbortSignal.timeout(20_000)
  const { edges } = madeEdges()
  let isWritten = false
  // A poll looks again and again; what the first look passes over was there before.
  const looks = async function* () {
    if (receiver.kind === 'session') return yield* receiver.connect(account, keep, edges, stop)
    while (!stop.aborted) yield* receiver.pages(account, keep, edges, stop)
  }
  for await (const page of looks()) {
    for (const [name, value] of Object.entries(page.keep)) kept.set(name, value)
    if (page.raws[0] !== undefined) return page.raws[0]
    // The first look takes nothing that was there before.
    if (!isWritten) await vendor.write({ customer: 0 })
    isWritten = true
  }
  throw new Error(`${channel.name} brought no message from its own stand-in`)
}

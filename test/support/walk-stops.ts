// Steps of the crash walk: lives that end at one moment after another, what comes after them, and what a vendor and an agent do meanwhile.
import type { AnyChannel } from '../../core/ports/channel.ts'
import { reply } from '../../core/commands/reply.ts'
import type { House } from '../../infra/house.ts'
import { agent } from './given.ts'
import { main, runLoops, type Loops, type WalkHouse } from './walk-house.ts'
import type { Life } from './walk-life.ts'

/** Far above any walk: a walk that comes here never ends. */
export const tooMany = 400
/** The moment of a life that does not end: a walk's many replies together have more moments than any one of its steps. */
export const never = Infinity
export const said = (what: string, stops: readonly string[]): void =>
  void process.stdout.write(`crash walk of ${what}: ${stops.length} stops tried\n`)

/**
 * Lives that end at the first, the second … moment, until one comes through. `round` gives where it ended. `upTo`: the last moment worth it,
 * where what comes after it is the same over again.
 */
export async function walk(
  round: (n: number) => Promise<string | null>,
  upTo: string | null = null,
): Promise<readonly string[]> {
  const stops: string[] = []
  for (let n = 1; n < tooMany; n += 1) {
    const endedAt = await round(n)
    if (endedAt === null) return stops
    stops.push(endedAt)
    if (endedAt === upTo) return stops
  }
  throw new Error(`no life came through after ${tooMany} stops; the last ended ${stops.at(-1)}`)
}

/** Runs loops of a life until it ends or has nothing left to do; then of the process that comes after it. */
export async function liveOn(on: WalkHouse, life: Life, loops: Loops, done: () => Promise<void>): Promise<void> {
  const end = runLoops(life.house, loops)
  await Promise.race([life.crashed, done()])
  await end() // a zombie does nothing: every call of it throws. What it asked the vendor before is answered by now.
  await endLeases(on)
  if (!life.isDead()) return
  const endNext = runLoops(on.house, loops)
  await done()
  await endNext()
}

/** What a dead process held runs out by the database's clock. Waiting for it would only be slow: its time is moved back instead. */
async function endLeases({ sql }: WalkHouse): Promise<void> {
  await sql(`update inlet.reply set lease_until = '-infinity' where state = 'sending'`)
  await sql(`update inlet.reply set not_before = '-infinity' where state in ('queued', 'sending')`)
  await sql(`update inlet.lease set until = '-infinity'`)
}

const long = 'A long letter. '.repeat(5_000)
let serial = 0
/** One call of the vendor with three messages of two customers, one of them too long for the log. */
export const write = (on: WalkHouse) => {
  const n = (serial += 1)
  return on.vendor.writeMany([
    { customer: n * 2, text: `first of ${n}` },
    { customer: n * 2 + 1, text: long },
    { customer: n * 2, text: `second of ${n}` },
  ])
}
export const ticketOf = async ({ sql }: WalkHouse, externalId: string): Promise<string> =>
  (await sql<{ ticket: string }>('select ticket from inlet.message where external_id = $1', externalId))[0]?.ticket ??
  ''
export const ask = (house: House, ticket: string, key: string) =>
  house.commands.run(reply, { ticket, text: `answer ${key}` }, { workspace: main, by: agent, idempotencyKey: key })
export const cannotAsk = (it: AnyChannel): AnyChannel => {
  const { find: _, ...channel } = it
  return channel
}

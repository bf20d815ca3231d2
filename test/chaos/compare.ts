// The judgement: the driver's ledger against what the gateway shows and what the vendor recorded. Pure; nothing found is well.
import type { FeedWatch } from './feed-watch.ts'
import type { DriverLedger } from './ledger.ts'
import type { Seen } from './look.ts'

export interface Findings {
  /** Answered 200, and on no ticket. */
  readonly lost: readonly string[]
  /** There, told or sent more than once. */
  readonly doubled: readonly string[]
  /** Tickets without a message, or with another number of them than they say. */
  readonly empty: readonly string[]
  /** Everything else that was promised otherwise. */
  readonly wrong: readonly string[]
}
export interface Compared {
  readonly ledger: Pick<DriverLedger, 'accepted' | 'of'>
  readonly feed: Pick<FeedWatch, 'received' | 'order' | 'added' | 'faults'>
  readonly seen: Seen
  /** In every id of this run. */
  readonly run: string
  /** Replies may still be under way: a lease of a dead process runs a minute. */
  readonly repliesMayWait?: boolean
  /** What a run sends on purpose that cannot be read is set aside, rightly. */
  readonly mayBeSetAside?: boolean
}

export function compare(it: Compared): Findings {
  const found = [messages(it), tickets(it), replies(it), feed(it), order(it), rest(it)]
  const all = (name: keyof Findings) => [...new Set(found.flatMap((one) => one[name] ?? []))]
  return { lost: all('lost'), doubled: all('doubled'), empty: all('empty'), wrong: all('wrong') }
}
export const isWell = ({ lost, doubled, empty, wrong }: Findings): boolean =>
  lost.length + doubled.length + empty.length + wrong.length === 0

type Some = Partial<Findings>

/** G1, G4: what was accepted is on one ticket once. */
function messages({ ledger, seen, run }: Compared): Some {
  const there = counted(
    seen.tickets.flatMap(({ messages: all }) =>
      all.filter(({ direction }) => direction === 'in').map(({ externalId }) => externalId ?? ''),
    ),
  )
  const sent = new Set(ledger.of('sent').map(({ id }) => id))
  const mine = [...there.keys()].filter((id) => id.startsWith(`wamid.${run}`))
  return {
    lost: ledger
      .accepted()
      .filter(({ id }) => !there.has(id))
      .map(({ id, at }) => `${id} was answered 200 at ${at} and is on no ticket`),
    doubled: mine.filter((id) => (there.get(id) ?? 0) > 1).map((id) => `${id} is there ${there.get(id)} times`),
    wrong: mine.filter((id) => !sent.has(id)).map((id) => `${id} is there and was never sent`),
  }
}

function tickets({ seen, ledger, run }: Compared): Some {
  const customerOf = new Map(ledger.of('sent').map(({ id, customer }) => [id, customer]))
  const of = counted(
    seen.tickets.flatMap(({ messages: all }) => {
      const first = all.find(({ externalId }) => externalId?.startsWith(`wamid.${run}`))
      return first === undefined ? [] : [String(customerOf.get(first.externalId ?? ''))]
    }),
  )
  return {
    empty: seen.tickets
      .filter(({ ticket, messages: all }) => all.length === 0 || all.length !== ticket.messageCount)
      .map(({ ticket, messages: all }) => `${ticket.id} says ${ticket.messageCount} messages and has ${all.length}`),
    doubled: [...of].filter(([, n]) => n > 1).map(([customer, n]) => `customer ${customer} has ${n} tickets`),
  }
}

const proven = ['sent', 'delivered', 'read']

/** G12, G19: asked for once is one reply, and at the vendor once, or unsure and at most once. */
function replies({ ledger, seen, repliesMayWait }: Compared): Some {
  const atVendor = Map.groupBy(seen.vendor, ({ ours }) => ours ?? '')
  const rows = [...seen.replies.values()]
  const texts = counted(
    seen.tickets.flatMap(({ messages: all }) => all.filter((one) => one.direction === 'out').map((one) => one.text)),
  )
  const asked = ledger.of('asked').filter(({ reply }) => reply !== null)
  return {
    doubled: [
      ...[...atVendor]
        .filter(([ours, all]) => ours !== '' && all.length > 1)
        .map(([ours, all]) => `the vendor has the reply ${ours} ${all.length} times`),
      ...asked
        .filter(({ key }) => (texts.get(`cevap ${key}`) ?? 0) > 1)
        .map(({ key }) => `the reply asked for as ${key} is ${texts.get(`cevap ${key}`)} messages`),
    ],
    lost: [
      ...asked
        .filter(({ key }) => !texts.has(`cevap ${key}`))
        .map(({ key }) => `the reply ${key} was answered 202 and is no message`),
      ...rows
        .filter(({ id, state }) => proven.includes(state) && !atVendor.has(id))
        .map(({ id, state }) => `the reply ${id} is ${state}, and the vendor never had it`),
    ],
    wrong: rows.flatMap(({ id, state, why }) => {
      if (['queued', 'sending'].includes(state))
        return repliesMayWait === true ? [] : [`the reply ${id} is still ${state}`]
      return state === 'failed' && atVendor.has(id) ? [`the reply ${id} is failed (${why}), and the vendor has it`] : []
    }),
  }
}

/** Nothing twice, no gaps; and what the tickets hold is what the feed told. */
function feed({ feed: { received, added, faults }, seen, ledger, run }: Compared): Some {
  const onTickets = seen.tickets.flatMap(({ messages: all }) =>
    all.filter(({ externalId }) => externalId?.startsWith(`wamid.${run}`)),
  )
  return {
    doubled: faults.filter((it) => it.includes('twice')),
    lost: ledger
      .accepted()
      .filter(({ id }) => !received.has(id))
      .map(({ id }) => `${id} was answered 200 and is not in the feed`),
    wrong: [
      ...faults.filter((it) => !it.includes('twice')),
      ...onTickets
        .filter(({ id }) => !added.has(id))
        .map(({ id, ticket }) => `${id} is on ${ticket} and the feed never said so`),
    ],
  }
}

/** G9: of one person, in the order in which they wrote; their next one was sent when the last one was answered. */
function order({ feed: { order: told }, ledger }: Compared): Some {
  // One that was given up and taken later is compared with nothing.
  const place = new Map<string, number | null>()
  for (const [at, { id, answers }] of ledger.of('sent').entries())
    if (!place.has(id)) place.set(id, answers.includes(200) ? at : null)
  const wrong = [...told].flatMap(([conversation, ids]) => {
    const places = ids.flatMap((id) => place.get(id) ?? [])
    const at = places.findIndex((one, n) => n > 0 && one < (places[n - 1] ?? 0))
    return at < 0 ? [] : [`${conversation}: ${ids[at]} was told after a later one`]
  })
  return { wrong }
}

/** M1, and what no caller should hear. */
function rest({ ledger, seen, mayBeSetAside }: Compared): Some {
  const aside = seen.parked.filter(({ worker }) => mayBeSetAside !== true || worker !== 'normalize')
  return {
    wrong: [
      ...aside.map(({ id, why, worker }) => `${id} was set aside by ${worker}: ${why}`),
      ...ledger
        .of('fault')
        .filter(({ status }) => status === 500)
        .map(({ what, body }) => `${what} was answered 500: ${body}`),
      ...seen.metrics.flatMap(({ name, text }) => {
        const [received, accepted, refused] = ['received', 'accepted', 'refused'].map((it) => sumOf(text, it))
        return received === (accepted ?? 0) + (refused ?? 0)
          ? []
          : [`${name} counts ${received} received, ${accepted} accepted and ${refused} refused`]
      }),
    ],
  }
}

/** Of a counter on a page of metrics, over its labels. */
export const sumOf = (text: string, name: string): number =>
  [...text.matchAll(new RegExp(String.raw`^inlet_${name}_total(?:\{[^}]*\})? (\d+)`, 'gm'))].reduce(
    (sum, found) => sum + Number(found[1]),
    0,
  )

function counted(from: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const one of from) counts.set(one, (counts.get(one) ?? 0) + 1)
  return counts
}

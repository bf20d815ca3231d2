// A poll of a channel against its stand-in, as the loop runs it: pages in order, positions kept, time by hand, a death between any two pages.
import type { AnyChannel, Edges, Gap, InboundEvent, Page, Poll, Raw } from '../../core/ports/channel.ts'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import type { HealthState } from '../../schemas/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { madeAccount, madeEdges } from './made-account.ts'

export interface PollRig {
  /** One look; what it told, in order. `dieAfter`: the process ends when so many pages were made safe, before that page's position was. */
  look(how?: { readonly dieAfter?: number }): Promise<readonly InboundEvent[]>
  readonly health: readonly { readonly state: string; readonly why: string }[]
  readonly gaps: readonly Gap[]
  readonly raws: readonly Raw[]
  readonly kept: ReadonlyMap<string, string>
  state: HealthState
}

export function pollRig(
  channel: AnyChannel,
  vendor: RunningStandIn,
  now: () => number,
  more: Readonly<Record<string, unknown>> = {},
  http?: Edges['http'],
): PollRig {
  const poll = channel.receive.find((it): it is Poll<unknown, string> => it.kind === 'poll')
  if (poll === undefined) throw new Error(`${channel.name} has no poll`)
  const from = vendor.account()
  const settings = { ...from.settings, ...more }
  const { account, health } = madeAccount({ ...from, settings }, channel.routesOf(settings)[0])
  const kept = new Map<string, string>()
  const gaps: Gap[] = []
  const raws: Raw[] = []
  const { edges: usual } = madeEdges()
  const edges = http === undefined ? usual : { ...usual, http }
  const clock = { ...edges.clock, now: () => new Date(now()).toISOString() as Instant }
  const rig = { health, gaps, raws, kept, state: 'connected' as HealthState }
  const keep = { get: (name: string) => Promise.resolve(kept.get(name) ?? null) }
  const keepPage = (page: Page): void => {
    for (const [name, value] of Object.entries(page.keep)) {
      if (value === null) kept.delete(name)
      else kept.set(name, value)
    }
  }
  return Object.assign(rig, {
    async look({ dieAfter = Number.POSITIVE_INFINITY }: { readonly dieAfter?: number } = {}) {
      const events: InboundEvent[] = []
      let pages = 0
      const opened = { ...account, state: rig.state }
      for await (const page of poll.pages(opened, keep, { ...edges, clock }, AbortSignal.timeout(10_000))) {
        raws.push(...page.raws)
        for (const raw of page.raws) events.push(...(await channel.normalize(raw, { id: 'main', settings })))
        if (page.gap !== undefined) gaps.push(page.gap)
        if ((pages += page.raws.length > 0 ? 1 : 0) >= dieAfter) return events
        keepPage(page)
      }
      return events
    },
  })
}

/** What happened, without who and where. */
export const told = (events: readonly InboundEvent[]): readonly (readonly [type: string, what: string])[] =>
  events.map(({ type, data }) => {
    const it = data as Readonly<Record<string, string | undefined>>
    return [type, it['state'] ?? it['text'] ?? it['target'] ?? it['why'] ?? ''] as const
  })

// One fault, so many rounds: load, the fault, recovery; then everything drained and judged.
import { setTimeout as pause } from 'node:timers/promises'
import { compare, type Findings } from './compare.ts'
import type { Fault } from './fault.ts'
import { startLoad, usualLoad } from './load.ts'
import { look } from './look.ts'
import type { Stage } from './stage.ts'

/** Somebody stopped the run: what was sent until then is not judged, as it was not given its time to arrive. */
export class Stopped extends Error {}

export interface RunOptions {
  readonly rounds: number
  readonly stop?: AbortSignal
  say(text: string): void
  /** Ends what dead processes hold by lease: tests do not wait a minute for the clock. */
  hurry?(stage: Stage): Promise<void>
  /** Replies held by a dead process may still be under way at the end. */
  readonly repliesMayWait?: boolean
  /** After this what has not arrived is called lost. */
  readonly drainWithinMs?: number
}
export interface Outcome {
  readonly rounds: number
  readonly sent: number
  readonly accepted: number
  readonly repeats: number
  readonly replies: number
  readonly unsure: number
  /** Of replies: given up because nobody knows, failed for good … by state. */
  readonly states: Readonly<Record<string, number>>
  readonly deadlocks: number | null
  readonly longestRecoveryMs: number
  readonly longestDrainMs: number
  /** By the fault itself: how long something stood still, how large something grew. */
  readonly measured?: Readonly<Record<string, number>>
  readonly findings: Findings
}

/** Between two looks at whether all has arrived, so many rounds. */
const drainEvery = 10
const usualDrainMs = 120_000

export async function runFault(fault: Fault, stage: Stage, options: RunOptions): Promise<Outcome> {
  const most = { recovery: 0, drain: 0 }
  let rounds = 0
  for (let n = 1; n <= options.rounds && options.stop?.aborted !== true; n += 1) {
    most.recovery = Math.max(most.recovery, await oneRound(fault, stage, n))
    rounds = n
    if (n % drainEvery === 0 || n === options.rounds)
      most.drain = Math.max(most.drain, await drained(stage, { ...options, ...withinOf(fault) }))
    const { accepted } = countsOf(stage)
    options.say(
      `round ${n} of ${options.rounds}: ${accepted} accepted, longest recovery ${Math.round(most.recovery)} ms\n`,
    )
  }
  return {
    ...(await judged(stage, options, fault)),
    rounds,
    longestRecoveryMs: most.recovery,
    longestDrainMs: most.drain,
    ...(fault.measured === undefined ? {} : { measured: fault.measured() }),
  }
}

const withinOf = ({ drainWithinMs }: Fault) => (drainWithinMs === undefined ? {} : { drainWithinMs })

/** When everything has arrived: what the ledger says against what is there. */
export async function judged(
  stage: Stage,
  options: RunOptions,
  fault: Partial<Pick<Fault, 'mayBeSetAside' | 'alsoWrong'>> = {},
): Promise<Omit<Outcome, 'rounds' | 'longestRecoveryMs' | 'longestDrainMs'>> {
  endIfStopped(stage, options)
  await settleReplies(stage, options)
  endIfStopped(stage, options)
  while ((await stage.feed.read()) > 0) await pause(100)
  const seen = await look({
    ...stage,
    vendorAccepted: () => stage.vendor.ledger.of('accepted'),
  })
  const { run, ledger, feed } = stage
  const { repliesMayWait = false } = options
  const found = compare({ run, ledger, feed, seen, repliesMayWait, mayBeSetAside: fault.mayBeSetAside === true })
  const also = (await fault.alsoWrong?.(stage)) ?? []
  return {
    ...countsOf(stage),
    states: statesOf([...seen.replies.values()].map((it) => it.state)),
    unsure: feed.unsure.size,
    deadlocks: await deadlocksOf(stage),
    findings: { ...found, wrong: [...found.wrong, ...also] },
  }
}

function endIfStopped(stage: Stage, { stop }: RunOptions): void {
  if (stop?.aborted !== true) return
  const { sent, accepted } = countsOf(stage)
  throw new Stopped(`stopped before its end, ${sent} sent and ${accepted} accepted; not judged`)
}

/** How long after the fault was over the next message was taken and every process ready. */
async function oneRound(fault: Fault, stage: Stage, n: number): Promise<number> {
  const chance = stage.chance
  // Several faults may meet one gateway, each with messages of its own.
  const load = startLoad({ ...stage, run: `${stage.run}${fault.id}` }, n, { ...usualLoad, ...fault.load })
  try {
    await pause(fault.roundMs ?? 300 + chance.number(900, 'before', n))
    const began = performance.now()
    await fault.disturb(stage, { n, chance })
    await ready(stage)
    return performance.now() - began
  } finally {
    await pause(100 + chance.number(200, 'after', n))
    await load.stop()
  }
}

/** On a machine full of other work; how long it took is in the report. */
const readyWithinMs = 180_000

async function ready({ members }: Stage): Promise<void> {
  await Promise.all(
    members.map(async ({ url, name }) => {
      for (const began = performance.now(); ;) {
        const answer = await fetch(`${url}/readyz`).catch(() => null)
        await answer?.arrayBuffer()
        if (answer?.status === 200) return
        if (performance.now() - began > readyWithinMs)
          throw new Error(`${name} is not ready after ${readyWithinMs / 1_000} s`)
        await pause(25)
      }
    }),
  )
}

/** Until everything that was accepted is on a ticket, by the feed's word, or nothing more comes for so long; gives how long that took. */
export async function drained(stage: Stage, { stop, drainWithinMs = usualDrainMs }: RunOptions): Promise<number> {
  const { feed, ledger } = stage
  const began = performance.now()
  let fewest = { missing: Infinity, at: began }
  for (let quiet = 0; quiet < 2;) {
    const fresh = await feed.read()
    const missing = ledger.accepted().filter(({ id }) => !feed.added.has(feed.received.get(id) ?? '')).length
    if (missing < fewest.missing) fewest = { missing, at: performance.now() }
    quiet = missing === 0 && fresh === 0 ? quiet + 1 : 0
    if (performance.now() - fewest.at > drainWithinMs || stop?.aborted === true) break
    if (quiet < 2) await pause(60)
  }
  return performance.now() - began
}

const settleWithinMs = 240_000

/** A person decides what nobody knows, so that what waits behind it goes on; until every reply came to an end. */
async function settleReplies(stage: Stage, options: RunOptions): Promise<void> {
  await options.hurry?.(stage)
  if (options.repliesMayWait === true) return
  const decided = new Set<string>()
  const open = new Set(stage.ledger.of('asked').flatMap(({ reply }) => (reply === null ? [] : [reply])))
  for (
    const began = performance.now();
    open.size > 0 && options.stop?.aborted !== true && performance.now() - began < settleWithinMs;
  ) {
    await stage.feed.read()
    for (const reply of stage.feed.unsure) {
      if (decided.has(reply)) continue
      await stage.desk.once('POST', `/v1/replies/${reply}/cancel`)
      decided.add(reply)
    }
    for (const reply of open) {
      const { state } = await stage.desk.get<{ readonly state: string }>(`/v1/replies/${reply}`)
      if (!['queued', 'sending', 'unsure'].includes(state)) open.delete(reply)
      else if (state !== 'unsure') break // the oldest of them is looked at again first
    }
    if (open.size > 0) await pause(200)
  }
  await stage.vendor.settled()
}

function countsOf({ ledger }: Stage) {
  const sent = ledger.of('sent')
  return {
    sent: new Set(sent.map(({ id }) => id)).size,
    accepted: ledger.accepted().length,
    repeats:
      sent.reduce((sum, { answers }) => sum + answers.filter((it) => it === 200).length, 0) - ledger.accepted().length,
    replies: ledger.of('asked').filter(({ reply }) => reply !== null).length,
  }
}
function statesOf(states: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(states, (it) => it)].map(([state, all]) => [state, all.length]))
}

export async function deadlocksOf({ database }: Stage): Promise<number | null> {
  const rows = await database?.ask<{ deadlocks: number }>(
    'select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()',
  )
  return rows?.[0]?.deadlocks ?? null
}

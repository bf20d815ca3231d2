// Plays a vendor at a running gateway: signed traffic at a rate through the channel's stand-in, and what came of it.
import { randomInt } from 'node:crypto'
import { InvalidArgumentError, type Command } from 'commander'
import type { Clock } from '../../core/ports/edges.ts'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import { readRegistry, type Registry } from '../../core/registry.ts'
import { nearest } from '../../core/rules/nearest.ts'
import type { TicketAnswer } from '../../schemas/answers.ts'
import { systemClock } from '../drivers/clock.ts'
import { foldersOf } from '../drivers/folders.ts'
import { duration } from '../settings-values.ts'
import { connect, withGatewayFlags, type ApiClient, type GatewayFlags } from './api-client.ts'
import { connectSimulated } from './simulated-account.ts'
import { main, tool, ToolRefusal, type Surroundings } from './tool.ts'
import { percentile, sendTraffic, type Sent, type Traffic } from './traffic.ts'

interface Flags extends GatewayFlags {
  readonly rate: number
  readonly for: number
  readonly account: string
  readonly customers: number
  readonly repeat: number
  readonly seed?: number
  readonly stay?: boolean
}

const whole =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`)
  }
const seconds = (text: string): number => {
  const parsed = duration('s', 1, 86_400)(text)
  if ('is' in parsed) return parsed.is
  throw new InvalidArgumentError(`It is ${parsed.meant}.`)
}
const share = (text: string): number => whole(0, 100)(text.replace(/%$/, '')) / 100

export const simulateTool = (around: Surroundings, root?: string): Command =>
  withGatewayFlags(
    tool(
      'simulate',
      'Plays a vendor at a running gateway: signed messages of made-up people, at a rate. No account is needed.',
    )
      .argument('<channel>', 'whose vendor to play')
      .option('--rate <n>', 'messages a second', whole(1, 5_000), 50)
      .option('--for <time>', 'how long: 10s, 2m', seconds, 10)
      .option('--account <id>', 'to send at; made when it is not there, refused when it is a real one', 'main')
      .option('--customers <n>', 'how many people write', whole(1, 100_000), 50)
      .option('--repeat <share>', 'so many of 100 are sent twice, as vendors do', share, 0.2)
      .option('--seed <n>', 'same seed, same people and ids: a second run of it is all repeats', whole(0, 2 ** 31))
      .option('--stay', 'keep the stand-in until Ctrl-C, so that replies reach it'),
  ).action(async (name: string, flags: Flags) => {
    const registry = await readRegistry(foldersOf(root))
    const seed = flags.seed ?? randomInt(2 ** 31)
    const client = await connect(flags, around)
    const standIn = await standInOf(name, registry, seed)
    try {
      await simulate({ name, flags, seed, registry, standIn }, client, around)
    } finally {
      await standIn.stop()
    }
  })

async function standInOf(name: string, registry: Registry, seed: number): Promise<RunningStandIn> {
  const names = [...registry.channels.keys()]
  if (names.includes(name)) return (await registry.standIn(name)).start({ seed })
  const meant = nearest(name, names)
  throw new ToolRefusal(
    `There is no channel "${name}".${meant === null ? ` Installed: ${names.join(', ') || 'none'}.` : ` Did you mean ${meant}?`}`,
  )
}

interface Simulation {
  readonly name: string
  readonly flags: Flags
  readonly seed: number
  readonly registry: Registry
  readonly standIn: RunningStandIn
}

async function simulate(it: Simulation, client: ApiClient, around: Surroundings): Promise<void> {
  const { name, flags, seed, registry, standIn } = it
  const channel = registry.channels.get(name)!
  await connectSimulated({ channel, account: flags.account, standIn }, client)
  around.say(`${name}/${flags.account} at ${client.url}: ${flags.rate} a second for ${flags.for} s, seed ${seed}\n`)
  const since = systemClock.now()
  const sent = await sendAll(it, around)
  if (around.stop.aborted) return around.out(summary(sent, null))
  const landed = await untilLanded({ name, account: flags.account, since, wanted: sent.accepted }, client, around)
  around.out(summary(sent, landed))
  around.out(whereToLook(it, client))
  if (flags.stay === true && !around.stop.aborted) {
    around.say('The stand-in stays: replies reach it. Ctrl-C ends it.\n')
    await new Promise<void>((done) => around.stop.addEventListener('abort', () => done(), { once: true }))
  }
  if (sent.accepted < sent.messages || landed.messages < sent.accepted)
    throw new ToolRefusal('Not everything arrived. With a seed used before that is right: repeats are taken once.')
}

/** The gateway hears of a new account within seconds; the vendor tries its first message until then. That is not measured. */
async function sendAll({ flags, standIn }: Simulation, around: Surroundings): Promise<Sent> {
  const { status } = await standIn.write({ customer: 0 })
  if (status < 200 || status > 299)
    throw new ToolRefusal(
      `The gateway did not take the first message: it answered ${status === 0 ? 'nothing' : status}.`,
    )
  const early = standIn.ledger.of('knocked').length
  const { rate: ratePerSecond, for: seconds, customers, repeat: repeatShare } = flags
  const traffic: Traffic = { ratePerSecond, seconds, customers, repeatShare }
  const deps = { clock: systemClock, stop: around.stop, progress: progressTo(around) }
  const sent = await sendTraffic(standIn, traffic, deps)
  around.say('\n')
  const latenciesMs = latenciesAfter(standIn, early)
  return { ...sent, latenciesMs, messages: sent.messages + 1, accepted: sent.accepted + 1, calls: sent.calls + 1 }
}

const latenciesAfter = (standIn: RunningStandIn, early: number): readonly number[] =>
  standIn.ledger
    .of('knocked')
    .slice(early)
    .filter(({ status }) => status > 0)
    .map(({ ms }) => ms)
    .toSorted((a, b) => a - b)

function progressTo(around: Surroundings): (sent: number, accepted: number) => void {
  let told = systemClock.ticks()
  return (sent, accepted) => {
    if (systemClock.ticks() - told < 1000) return
    told = systemClock.ticks()
    around.say(`${around.isTerminal ? '\r' : ''}${sent} sent, ${accepted} accepted${around.isTerminal ? '   ' : '\n'}`)
  }
}

interface Landed {
  readonly tickets: number
  readonly messages: number
}
interface Wanted {
  readonly name: string
  readonly account: string
  readonly since: string
  readonly wanted: number
}
/** Nothing new for so long: no more will come. */
const quietMs = 5_000

/** Asked of the API, as anybody would see it; tickets follow the vendor's answer by a moment. */
async function untilLanded(
  it: Wanted,
  client: ApiClient,
  { stop }: Surroundings,
  clock: Clock = systemClock,
): Promise<Landed> {
  const path = `/v1/tickets?channel=${encodeURIComponent(it.name)}&account=${encodeURIComponent(it.account)}&createdFrom=${it.since}`
  for (let [seen, seenAt] = [-1, clock.ticks()]; ;) {
    const tickets = await client.all<TicketAnswer>(path)
    const messages = tickets.reduce((sum, ticket) => sum + ticket.messageCount, 0)
    if (messages > seen) [seen, seenAt] = [messages, clock.ticks()]
    const isOver = messages >= it.wanted || clock.ticks() - seenAt > quietMs
    if (isOver || stop.aborted) return { tickets: tickets.length, messages }
    await clock.sleep(250, stop).catch(() => undefined)
  }
}

function summary(sent: Sent, landed: Landed | null): string {
  const ms = (of: number): string => `${percentile(sent.latenciesMs, of).toFixed(1)} ms`
  return [
    `sent       ${sent.messages} messages in ${sent.calls} calls (${sent.calls - sent.messages} repeats), ${(sent.messages / sent.seconds).toFixed(1)} a second`,
    `accepted   ${sent.accepted}`,
    `answered   p50 ${ms(0.5)}, p99 ${ms(0.99)}, longest ${ms(1)}`,
    landed === null ? 'stopped' : `tickets    ${landed.tickets} new, with ${landed.messages} messages on them`,
    '',
  ].join('\n')
}

const whereToLook = ({ name, flags }: Simulation, client: ApiClient): string =>
  `Look at them: ${client.url}/docs/, or\n  ${client.curl} '${client.url}/v1/tickets?channel=${name}&account=${flags.account}&limit=5'\n`

if (import.meta.main) await main(simulateTool)

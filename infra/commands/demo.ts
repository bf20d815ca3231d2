// Everything without any account: a gateway, the vendors' stand-ins, an hour of customers in a minute, and the tickets it made.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { readRegistry, type Registry } from '../../core/registry.ts'
import { systemClock } from '../drivers/clock.ts'
import { foldersOf } from '../drivers/folders.ts'
import { connect, type ApiClient } from './api-client.ts'
import { play, type Stage } from './demo-play.ts'
import { messagesOn, replyTable, settledReplies, settledTickets, ticketTable, whereToLook } from './demo-report.ts'
import { startGateway, type Gateway } from './gateway-process.ts'
import { connectSimulated } from './simulated-account.ts'
import { main, tool, ToolRefusal, type Surroundings } from './tool.ts'

interface Flags {
  readonly data?: string
  readonly port: number
  readonly seed: number
  readonly fast?: boolean
  readonly exit?: boolean
}
const whole = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number.')
}
const brand = { id: 'demo', name: 'Demo Shop', language: 'tr', timezone: 'Europe/Istanbul' }
const account = 'demo'

/** `root`: of the checkout whose gateway and channels are played. */
export const demoTool = (around: Surroundings, root?: string): Command =>
  tool(
    'demo',
    'A whole gateway with made-up vendors and customers: an hour of traffic in a minute. No account is needed.',
  )
    .option('--data <folder>', 'keep the data here; else a temporary folder, gone at the end')
    .option('--port <n>', 'to listen on; 0 takes any free one', whole, 0)
    .option('--seed <n>', 'same seed, same people; another one for a second run on the same data', whole, 1)
    .option('--fast', 'the hour in six seconds')
    .option('--exit', 'end after the tables; else it stays up until Ctrl-C')
    .action((flags: Flags) => withGateway(flags, { around, root }, (up) => demo(up, flags, { around, root })))

interface Up {
  readonly gateway: Gateway
  readonly data: string
}
interface Where {
  readonly around: Surroundings
  readonly root: string | undefined
}

/** Ends the gateway and takes a temporary folder away, however the work ends. */
async function withGateway(flags: Flags, { around, root }: Where, work: (up: Up) => Promise<void>): Promise<void> {
  const data = flags.data === undefined ? await temporary() : resolve(flags.data)
  try {
    // Nothing of the settings around it: the demo has its own database, keys and port.
    const env = { PATH: around.env['PATH'], HOME: around.env['HOME'], INLET_LOG: 'error' }
    const onLine = (line: string): void => around.say(`  ${line}\n`)
    around.say('Starting a gateway …\n')
    const gateway = await startGateway({
      data,
      port: flags.port,
      env,
      onLine,
      stop: around.stop,
      ...(root === undefined ? {} : { root }),
    })
    try {
      await work({ gateway, data })
    } finally {
      around.say('Stopping the gateway …\n')
      await gateway.end()
    }
  } finally {
    if (flags.data === undefined) await rm(data, { recursive: true, force: true })
  }
}

async function temporary(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'inlet-demo-'))
  await chmod(parent, 0o755) // started as root the database runs as another account, which must pass this folder
  return parent
}

async function demo({ gateway, data }: Up, flags: Flags, { around, root }: Where): Promise<void> {
  const client = await connect({ url: gateway.url, data }, { env: {}, stop: around.stop })
  const stages = await openStages(await readRegistry(foldersOf(root)), flags.seed, client)
  try {
    const names = stages.map((it) => `${it.name}/${it.account}`).join(', ')
    around.say(`An hour of customers at ${names}, in ${flags.fast === true ? 'six seconds' : 'a minute'}:\n`)
    await show(stages, flags, { around, client })
    if (flags.exit === true) return
    around.say('It stays up, and answers reach the stand-ins. Ctrl-C ends it.\n')
    const stopped = new Promise<void>((done) => around.stop.addEventListener('abort', () => done(), { once: true }))
    await Promise.race([stopped, gateway.ended])
  } finally {
    await Promise.all(stages.map(({ standIn }) => standIn.stop()))
  }
}

/** Brand and accounts by the API alone, as anybody would (D60). */
async function openStages(registry: Registry, seed: number, client: ApiClient): Promise<readonly Stage[]> {
  await client.call('POST', '/v1/brands', { body: brand, takes: [409] })
  // At once: each waits until the gateway has heard of its account.
  const stages = await Promise.all(
    [...registry.channels].map(async ([name, channel]): Promise<Stage> => {
      const standIn = await (await registry.standIn(name)).start({ seed })
      await connectSimulated({ channel, account, brand: brand.id, standIn }, client)
      return { name, account, standIn }
    }),
  )
  if (stages.length > 0) return stages
  throw new ToolRefusal(
    'No channel is installed: there is no folder in connectors/. Make one: npm run new:channel -- <name>.',
  )
}

async function show(
  stages: readonly Stage[],
  flags: Flags,
  { around, client }: { readonly around: Surroundings; readonly client: ApiClient },
): Promise<void> {
  const deps = { client, clock: systemClock, stop: around.stop, say: around.say }
  const played = await play(stages, flags.fast === true ? 100 : 1000, deps)
  if (around.stop.aborted) return
  around.say('Waiting for the last receipts …\n')
  const states = await settledReplies(played, 30_000, deps)
  const tickets = await settledTickets(played.messages + states.length, deps)
  around.out(`\n${ticketTable(tickets)}\n${replyTable(states, played)}\n`)
  around.out(
    `${played.messages} messages came in, ${played.accepted} were accepted; ${tickets.length} tickets hold ${messagesOn(tickets)} messages, ${states.length} of them answers.\n\n`,
  )
  around.out(whereToLook(client, tickets[0]))
}

if (import.meta.main) await main(demoTool)

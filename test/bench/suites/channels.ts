// How many signed calls a second each channel that is called by its vendor takes in, beside the channel the other suites measure.
import { setTimeout as pause } from 'node:timers/promises'
import type { StandInAccount } from '../../../core/ports/stand-in.ts'
import { readRegistry } from '../../../core/registry.ts'
import { foldersOf } from '../../../infra/drivers/folders.ts'
import { channel as yardstick, type Inlet } from '../inlet.ts'
import { allAccepted } from '../load-job.ts'
import { bodyBytes } from '../message.ts'
import { median, ratios } from '../stats.ts'
import { suite, type Bench, type Finding, type Measure } from '../suite.ts'
import { playVendor, type PlayedVendor } from '../vendor-job.ts'

const connections = 64
const seed = 11
const atLeast = 0.8

export default suite({
  name: 'channels',
  title: 'Taking calls in, by channel',
  says: `Signed calls of ${bodyBytes / 1000} kB, one new message each, on ${connections} connections, each sent when the one before was answered; answered after the append is durable. Every channel that signed calls knock at, found from the folders, in turns of some hundred calls, each time in another order; calls are written and signed by its stand-in beforehand. The control of each is ${yardstick} in the same round.`,
  async run(bench) {
    const inlet = await bench.inlet({ bare: true, only: 'connectors,api' })
    const played = await playAll(inlet, bench)
    for (let round = bench.firstRound; round < bench.rounds; round += 1) {
      for (const [at, { perSecond, cpuUs }] of (await oneRound(played, inlet, bench)).entries()) {
        const it = played[at]!
        if (round < 0) continue // it was cold
        it.perSecond.push(perSecond)
        it.cpuUs.push(cpuUs)
        bench.say(`${it.name} ${perSecond.toFixed(0)}/s, ${cpuUs.toFixed(0)} µs of the gateway a call`)
      }
    }
    return findingOf(played)
  },
})

interface Played {
  readonly name: string
  readonly vendor: PlayedVendor
  readonly perSecond: number[]
  readonly cpuUs: number[]
}

async function playAll(inlet: Inlet, bench: Bench): Promise<readonly Played[]> {
  const registry = await readRegistry(foldersOf())
  const played: Played[] = []
  for (const [name, { receive }] of registry.channels) {
    if (!receive.some((it) => it.kind === 'webhook' && it.proof === 'signature')) continue
    // Asked by the gateway, and told nothing: what is sent would otherwise be found a second time by whoever asks.
    const asked = await (await registry.standIn(name)).start({ seed })
    bench.after(() => asked.stop())
    const path = await makeAccount(name, asked.account(0), inlet)
    const job = { channel: name, seed, port: inlet.port, path, connections, bytes: bodyBytes }
    const vendor = await playVendor(job, bench.stop)
    bench.after(() => vendor.end())
    await untilKnown(vendor)
    played.push({ name, vendor, perSecond: [], cpuUs: [] })
  }
  if (played.some(({ name }) => name === yardstick)) return played
  throw new Error(`There is no ${yardstick} to hold the other channels against.`)
}

async function makeAccount(channel: string, of: StandInAccount, inlet: Inlet): Promise<string> {
  const body = { channel, id: 'bench', ...of }
  const { status, body: made, text } = await inlet.call<{ webhook: string }>('POST', '/v1/accounts', { body })
  if (status === 201) return new URL(made.webhook).pathname
  throw new Error(`the account of ${channel} could not be made: ${status} ${text}`)
}

/** The gateway hears of a new account within seconds. */
async function untilKnown(vendor: PlayedVendor): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    await vendor.write(1)
    if ((await vendor.send(1)).accepted === 1) return
    await pause(100)
  }
  throw new Error('the gateway did not hear of a new account in ten seconds')
}

/** Small turns, each in another order, so that whatever else the machine does meets all of them alike. */
async function oneRound(played: readonly Played[], inlet: Inlet, bench: Bench) {
  const { turns, calls } = bench.size({ turns: 10, calls: 500 }, { turns: 1, calls: 200 })
  for (const { name, vendor } of played) {
    const bytes = await vendor.write(turns * calls)
    if (Math.abs(bytes - bodyBytes) > bodyBytes / 20)
      throw new Error(`the calls of ${name} have ${bytes} bytes, not ${bodyBytes}`)
  }
  const sums = played.map(() => ({ seconds: 0, cpu: 0 }))
  for (let turn = 0; turn < turns; turn += 1)
    for (let step = 0; step < played.length; step += 1) {
      const at = (turn + step) % played.length
      const { seconds, cpu } = await oneTurn(played[at]!, calls, inlet)
      sums[at]!.seconds += seconds
      sums[at]!.cpu += cpu
    }
  const all = turns * calls
  return sums.map(({ seconds, cpu }) => ({ perSecond: all / seconds, cpuUs: (1e6 * cpu) / all }))
}

/** Every call is one new message of its channel: what is counted by the gateway must be what was sent. */
async function oneTurn({ name, vendor }: Played, count: number, inlet: Inlet) {
  const before = await counted(name, inlet)
  const { calls, seconds } = allAccepted(await vendor.send(count), name)
  const after = await counted(name, inlet)
  if (after.messages - before.messages !== calls)
    throw new Error(`${calls} calls of ${name} became ${after.messages - before.messages} messages`)
  return { seconds, cpu: after.cpu - before.cpu }
}
async function counted(channel: string, inlet: Inlet) {
  const page = await inlet.metrics()
  const messages = inlet.metric(page, 'inlet_accepted_total', { channel, type: 'message.received' })
  return { messages, cpu: inlet.metric(page, 'process_cpu_seconds_total') }
}

function findingOf(played: readonly Played[]): Finding {
  const control = played.find(({ name }) => name === yardstick)!
  const others = played.filter((it) => it !== control)
  const row = (it: Played, beside: Pick<Played, 'perSecond' | 'cpuUs'>): readonly Measure[] => [
    { name: it.name, unit: 'a second', better: 'higher', inlet: it.perSecond, control: beside.perSecond },
    {
      name: `${it.name}, the gateway’s CPU a call`,
      unit: 'µs',
      better: 'lower',
      inlet: it.cpuUs,
      control: beside.cpuUs,
    },
  ]
  return {
    measures: [...row(control, { perSecond: [], cpuUs: [] }), ...others.flatMap((it) => row(it, control))],
    aims: others.map(({ name, perSecond }) => ({
      name: `calls of ${name} taken in, of ${yardstick}’s`,
      unit: '×',
      value: median(ratios(perSecond, control.perSecond)),
      is: 'at least',
      bound: atLeast,
    })),
  }
}

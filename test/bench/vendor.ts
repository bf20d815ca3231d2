// A process that plays one vendor: its stand-in writes and signs calls ahead of time, so that at the moment of measuring they are only sent.
import type { HttpRequest } from '../../core/ports/edges.ts'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import { loadStandIn } from '../../core/registry.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import { webhookCatcher, type Catcher } from '../support/webhook-catcher.ts'
import { closedLoop, type Counts } from './closed-loop.ts'
import type { Asked, Told, VendorJob } from './vendor-job.ts'

/** People who write, as in suite `ingest`. */
const customers = 5_000
/** Calls that are being written at once. */
const together = 64
const words = 'Where is my order? '

async function writerOf({ channel, seed, bytes }: VendorJob) {
  const standIn = await loadStandIn(channel, foldersOf())
  const vendor = await standIn.start({ seed })
  const catcher = await webhookCatcher()
  vendor.knocksAt(catcher.url)
  const write = writing({ vendor, catcher })
  const [bare] = await write(1, '')
  const text = words.repeat(100).slice(0, Math.max(1, bytes - bare!.body.byteLength))
  return (count: number) => write(count, text)
}

/** Each is one new message of one person. */
function writing({ vendor, catcher }: { readonly vendor: RunningStandIn; readonly catcher: Catcher }) {
  let n = 0
  return async (count: number, text: string): Promise<readonly HttpRequest[]> => {
    const until = n + count
    const turns = Array.from({ length: together }, async () => {
      while (n < until) {
        n += 1
        await vendor.write({ customer: (n * 7_919) % customers, text: `Message ${n}. ${text}` })
      }
    })
    await Promise.all(turns)
    return catcher.taken()
  }
}

/** As it was caught, but for the address. */
function bytesOf({ headers, body }: HttpRequest, path: string): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), body])
}

async function play(job: VendorJob): Promise<void> {
  const write = await writerOf(job)
  const ready: Buffer[] = []
  const answer = async (said: Asked): Promise<Told> => {
    if (said.is === 'send') return { is: 'sent', done: await send(job, ready.splice(0, said.count)) }
    const calls = await write(said.count)
    ready.push(...calls.map((call) => bytesOf(call, job.path)))
    return { is: 'written', bytes: calls.reduce((sum, it) => sum + it.body.byteLength, 0) / calls.length }
  }
  const tell = (told: Told): void => void process.send?.(told)
  process.on('message', async (said: Asked) => tell(await answer(said)))
  tell({ is: 'playing' })
}

async function send({ port, connections }: VendorJob, calls: Buffer[]) {
  const counts: Counts = { calls: 0, accepted: 0, statuses: {}, latencies: [] }
  const began = performance.now()
  await closedLoop({ port, connections }, () => calls.pop() ?? null, counts)
  return { ...counts, seconds: (performance.now() - began) / 1000, seen: [] }
}

process.once('message', (job: VendorJob) => void play(job))

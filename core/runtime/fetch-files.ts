// Brings files that a vendor names by id into the BlobStore, right after their message: vendors' links live minutes.
import { createHash } from 'node:crypto'
import { messageOf } from '../errors.ts'
import type { AnyChannel } from '../ports/channel.ts'
import type { BlobStore, Clock, FileLinks, Http, Logger, Meter } from '../ports/edges.ts'
import type { FileJob, FileJobs } from '../ports/queues.ts'
import type { Directory } from './directory.ts'
import { edgesOf } from './edges-of.ts'
import { after, pauseMs } from './later.ts'

export interface FetchFilesDeps {
  readonly jobs: FileJobs
  readonly directory: Directory
  readonly channels: ReadonlyMap<string, AnyChannel>
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly http: Http
  readonly links: FileLinks
  readonly logger: Logger
  readonly meter: Meter
  /** What the bytes say they are; the vendor's word is not enough (S10). Null: they do not say. */
  readonly typeOf: (head: Uint8Array) => Promise<string | null>
  readonly atOnce: number
}

const leaseSeconds = 180
const fetchMs = 120_000
const idleMs = 1000
/** Vendors keep media for days; after this it is gone for us too. */
const maxAgeMs = 7 * 24 * 3600 * 1000
const againPause = { baseMs: 2000, maxMs: 30 * 60 * 1000 }
const headBytes = 4100

/** Ends with the signal; what is being fetched then is let go, for the next process. */
export async function fetchFiles(deps: FetchFilesDeps, signal: AbortSignal): Promise<void> {
  const underWay = new Set<Promise<void>>()
  while (!signal.aborted) {
    try {
      const jobs = await deps.jobs.claim(deps.atOnce - underWay.size, leaseSeconds)
      for (const job of jobs) {
        const one: Promise<void> = fetchOne(job, deps, signal).finally(() => underWay.delete(one))
        underWay.add(one)
      }
      if (underWay.size >= deps.atOnce) await Promise.race(underWay)
      else if (jobs.length === 0) await Promise.race([deps.jobs.wait(idleMs, signal), ...underWay])
    } catch (error) {
      if (signal.aborted) break
      deps.logger.warn('could not take files to fetch; they wait', { why: messageOf(error) })
      await deps.clock.sleep(idleMs, signal).catch(() => undefined)
    }
  }
  await Promise.all(underWay)
}

/** Never throws: a job that could not be recorded comes again when its lease ends. */
async function fetchOne(job: FileJob, deps: FetchFilesDeps, signal: AbortSignal): Promise<void> {
  try {
    await fetchAndRecord(job, deps, signal)
  } catch (error) {
    const put = signal.aborted
      ? deps.jobs.later(job, deps.clock.now(), 'the process stopped while it was fetched')
      : putOff(job, messageOf(error), deps)
    await put.catch((failed: unknown) =>
      deps.logger.warn('could not put a file back; its lease will', { file: job.id, error: failed }),
    )
  }
}

async function fetchAndRecord(job: FileJob, deps: FetchFilesDeps, signal: AbortSignal): Promise<void> {
  const channel = deps.channels.get(job.channel)
  const account = deps.directory.account(job.channel, job.account, job.workspace)
  if (channel?.fetchFile === undefined || account === null)
    return deps.jobs.failed(job, 'gone', `${job.channel}/${job.account} is not there any more or cannot fetch files`)
  const edges = edgesOf(deps, job.workspace, deps.logger.with({ file: job.id }))
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(fetchMs)])
  const found = await channel.fetchFile(job.atVendor, deps.directory.open(account), edges, inTime)
  if (found.is === 'file') return store(job, found, deps)
  if (found.is === 'try-later') {
    inTime.throwIfAborted()
    return putOff(job, found.why, deps)
  }
  deps.meter.count('files', { outcome: found.is, channel: job.channel })
  return deps.jobs.failed(job, found.is, found.why)
}

/** Also what fails by a fault of ours is given up one day: people see it then. */
function putOff(job: FileJob, why: string, deps: FetchFilesDeps): Promise<void> {
  const now = deps.clock.now()
  if (Date.parse(now) - Date.parse(job.since) <= maxAgeMs)
    return deps.jobs.later(job, after(now, pauseMs(job.id, job.attempt, againPause)), why)
  deps.meter.count('files', { outcome: 'gone', channel: job.channel })
  return deps.jobs.failed(job, 'gone', `could not be fetched in seven days: ${why}`)
}

async function store(
  job: FileJob,
  found: { readonly bytes: AsyncIterable<Uint8Array>; readonly type: string },
  deps: FetchFilesDeps,
) {
  const seen = measure(found.bytes)
  const began = deps.clock.ticks()
  const blob = await deps.blobs.put(job.workspace, seen.bytes, found.type)
  deps.meter.observe('fetch_seconds', (deps.clock.ticks() - began) / 1000, { channel: job.channel })
  const type = (await deps.typeOf(seen.head())) ?? found.type
  await deps.jobs.stored(job, { blob, type, size: seen.size(), sha256: seen.sha256() })
  deps.meter.count('files', { outcome: 'stored', channel: job.channel })
}

/** Passes bytes on and remembers how many, their hash and their beginning. */
function measure(source: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  const first: Uint8Array[] = []
  let size = 0
  async function* bytes() {
    for await (const chunk of source) {
      if (size < headBytes) first.push(chunk)
      size += chunk.byteLength
      hash.update(chunk)
      yield chunk
    }
  }
  return {
    bytes: bytes(),
    head: () => Buffer.concat(first).subarray(0, headBytes),
    size: () => size,
    sha256: () => hash.digest('hex'),
  }
}

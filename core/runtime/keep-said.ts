// Keeps what a customer is about to get of an answer, before it goes out: its HTML, and all its words, for whoever reads the ticket.
import { messageOf } from '../errors.ts'
import type { SaidOut, SendOutcome } from '../ports/channel.ts'
import type { BlobStore, Clock, Logger } from '../ports/edges.ts'
import type { Deliveries, Delivery, KeptSaid } from '../ports/queues.ts'

export interface KeepSaidDeps {
  readonly blobs: Pick<BlobStore, 'put'>
  readonly deliveries: Pick<Deliveries, 'says'>
  readonly clock: Pick<Clock, 'sleep'>
  readonly logger: Pick<Logger, 'warn'>
}
/** Of one try. */
export interface Saying {
  /** Before it goes out: where it lies stands on the message when this resolves, whoever dies then. */
  says(said: SaidOut): Promise<void>
  /** Of one that went out, or perhaps did; undefined: there is nothing more than the words of the answer, or it could not be kept. */
  kept(outcome: SendOutcome): Promise<KeptSaid | undefined>
}

/** A store of files that takes longer is gone without: the lease of the reply would end meanwhile, and what was sent would be called perhaps sent. */
const mostMs = 5_000

/** Never throws, and never takes long: that it goes out counts more than how it looked. What failed before the send is tried once more after it. */
export function makeSaying(delivery: Delivery, deps: KeepSaidDeps): Saying {
  let said: SaidOut | null = null
  let kept: KeptSaid | undefined
  const keep = async (): Promise<void> => {
    if (said !== null) kept = await put(said, delivery, deps.blobs)
  }
  return {
    says: (now) => {
      // What is for its reader alone is kept for nobody.
      if (delivery.outbound.sealed !== undefined) return Promise.resolve()
      ;[said, kept] = [now, undefined]
      return inTime(delivery, deps, async () => {
        await keep()
        if (kept !== undefined) await deps.deliveries.says(delivery, kept)
      })
    },
    kept: async (outcome) => {
      if (outcome.is !== 'sent' && outcome.is !== 'unknown') return undefined
      if (kept === undefined) await inTime(delivery, deps, keep)
      return kept
    },
  }
}

async function inTime(delivery: Delivery, { clock, logger }: KeepSaidDeps, work: () => Promise<void>): Promise<void> {
  const done = new AbortController()
  const tooLong = clock.sleep(mostMs, done.signal).then((): never => {
    throw new Error(`it was not kept within ${mostMs} ms`)
  })
  try {
    await Promise.race([work(), tooLong])
  } catch (error) {
    const why = messageOf(error)
    logger.warn('could not keep how an answer looks; that it goes out is recorded', { reply: delivery.id, why })
  } finally {
    done.abort()
  }
}

async function put(
  { text, html }: SaidOut,
  { workspace, outbound }: Delivery,
  blobs: Pick<BlobStore, 'put'>,
): Promise<KeptSaid> {
  const isMore = text !== undefined && text !== outbound.text
  const [fullText, kept] = await Promise.all([
    isMore ? blobs.put(workspace, Buffer.from(text), 'text/plain; charset=utf-8') : null,
    html === undefined ? null : blobs.put(workspace, html, 'text/html; charset=utf-8'),
  ])
  return { fullText, html: kept }
}

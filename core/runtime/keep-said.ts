// Keeps what a customer got of an answer, as it went out: its HTML, and all its words, for whoever reads the ticket.
import { messageOf } from '../errors.ts'
import type { SaidOut, SendOutcome } from '../ports/channel.ts'
import type { BlobStore, Clock, Logger } from '../ports/edges.ts'
import type { Delivery, KeptSaid } from '../ports/queues.ts'

export interface KeepSaidDeps {
  readonly blobs: Pick<BlobStore, 'put'>
  readonly clock: Pick<Clock, 'sleep'>
  readonly logger: Pick<Logger, 'warn'>
}

/** Files that take longer are gone without: the lease of the reply would end meanwhile, and what was sent would be called perhaps sent. */
const mostMs = 5_000

/**
 * Undefined: there is nothing more than the words of the answer. Never throws, and never takes long: that it went out counts more than how it
 * looked.
 */
export async function keepSaid(
  delivery: Delivery,
  outcome: SendOutcome,
  { blobs, clock, logger }: KeepSaidDeps,
): Promise<KeptSaid | undefined> {
  if ((outcome.is !== 'sent' && outcome.is !== 'unknown') || outcome.said === undefined) return undefined
  const done = new AbortController()
  const tooLong = clock.sleep(mostMs, done.signal).then((): never => {
    throw new Error(`the store of files did not take it within ${mostMs} ms`)
  })
  try {
    return await Promise.race([put(outcome.said, delivery, blobs), tooLong])
  } catch (error) {
    logger.warn('could not keep how an answer looked; that it went out is recorded', {
      reply: delivery.id,
      why: messageOf(error),
    })
    return undefined
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

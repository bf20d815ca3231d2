// Keeps what a customer got of an answer, as it went out: its HTML, and all its words, for whoever reads the ticket.
import { messageOf } from '../errors.ts'
import type { SendOutcome } from '../ports/channel.ts'
import type { BlobStore, Logger } from '../ports/edges.ts'
import type { Delivery, KeptSaid } from '../ports/queues.ts'

export interface KeepSaidDeps {
  readonly blobs: BlobStore
  readonly logger: Logger
}

/** Undefined: there is nothing more than the words of the answer. Never throws: that it went out counts more than how it looked. */
export async function keepSaid(
  { workspace, outbound, id }: Delivery,
  outcome: SendOutcome,
  { blobs, logger }: KeepSaidDeps,
): Promise<KeptSaid | undefined> {
  if ((outcome.is !== 'sent' && outcome.is !== 'unknown') || outcome.said === undefined) return undefined
  const { text, html } = outcome.said
  try {
    return {
      fullText:
        text === undefined || text === outbound.text
          ? null
          : await blobs.put(workspace, Buffer.from(text), 'text/plain; charset=utf-8'),
      html: html === undefined ? null : await blobs.put(workspace, html, 'text/html; charset=utf-8'),
    }
  } catch (error) {
    logger.warn('could not keep how an answer looked; that it went out is recorded', {
      reply: id,
      why: messageOf(error),
    })
    return undefined
  }
}

// Sends one planned reply as one call, and says what became of it.
import type { Account, OutboundMessage, SendOutcome } from '../../../core/ports/channel.ts'
import { failedWith, type Failed } from '../meta-account.ts'
import { callGraph, type Graph } from '../meta-graph.ts'
import type { Body } from './outgoing.ts'

export type Sent = Extract<SendOutcome, { is: 'sent' }>

/** A reaction has no id of its own; `instead` is then what it is known by. */
export async function sendCall(
  path: string,
  body: Body,
  how: { readonly graph: Graph; readonly instead?: string },
): Promise<Sent | Failed> {
  const answer = await callGraph({ method: 'POST', path, body }, how.graph)
  if (answer.is === 'failed') return answer
  const id = answer.body['message_id'] ?? answer.body['id'] ?? how.instead
  if (typeof id === 'string' && id !== '') return { is: 'sent', externalId: id }
  return failedWith({ is: 'unknown', why: 'The vendor said yes but gave no message id' })
}

interface Ways<Way> {
  readonly account: Pick<Account<never, never>, 'health'>
  readonly way: Way
  readonly inPublic: (message: OutboundMessage, way: Way) => Promise<Sent | Failed>
  readonly inPrivate: (message: OutboundMessage, way: Way) => Promise<Sent | Failed>
}
/** A comment is answered in public, unless the answer asks for the one private reply; what the vendor says of the account is its health. */
export async function sendBy<Way>(message: OutboundMessage, by: Ways<Way>): Promise<SendOutcome> {
  const isPublic = message.kind === 'comment' && message.parts.every((it) => it.kind !== 'private_reply')
  const done = isPublic
    ? orGone(await by.inPublic(message, by.way))
    : await orTagged(message, (it) => by.inPrivate(it, by.way))
  if (done.is !== 'failed') return done
  if (done.health !== null) by.account.health(done.health, done.outcome.why)
  return done.outcome
}

/** Code 100 has many causes; under a comment this one of them is known (sheets, section 8), and no second try brings it back. */
function orGone(done: Sent | Failed): Sent | Failed {
  const isGone = done.is === 'failed' && done.error?.code === 100 && done.error.subcode === 33
  if (!isGone) return done
  const why = `The comment is not there any more, or not shown to us: ${done.error?.text ?? ''}. Answer in private where they wrote to you.`
  return failedWith({ is: 'refused', code: 'comment_gone', why })
}

/** The window closed between our clock and the vendor's: nothing was sent, and a person may still write under the tag (D38). */
const orTagged = async (
  message: OutboundMessage,
  send: (message: OutboundMessage) => Promise<Sent | Failed>,
): Promise<Sent | Failed> => {
  const first = await send(message)
  const shut = first.is === 'failed' && first.outcome.is === 'refused' && first.outcome.code === 'window_closed'
  return shut && message.author === 'person' && message.as === 'free' ? send({ ...message, as: 'tagged' }) : first
}

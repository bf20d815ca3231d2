// One try of a reply: the window checked once more, then the one call to the vendor; one that may be out already is asked for first.
import { isOfTheWorld, messageOf } from '../errors.ts'
import type { AnyChannel, Capabilities, Edges, SendOutcome, Window } from '../ports/channel.ts'
import type { BlobStore, Clock, FileLinks, Http, Logger, Meter, Secrets } from '../ports/edges.ts'
import { sealedMark, sealedPlace } from '../ports/outbound.ts'
import type { Delivery, LiveAccount } from '../ports/queues.ts'
import { closedWhy, stepNow } from '../rules/window.ts'
import type { Directory } from './directory.ts'
import { edgesOf } from './edges-of.ts'
import type { Saying } from './keep-said.ts'

export interface AttemptDeps {
  readonly directory: Directory
  readonly channels: ReadonlyMap<string, AnyChannel>
  readonly blobs: BlobStore
  readonly links: FileLinks
  readonly secrets: Pick<Secrets, 'open'>
  readonly clock: Clock
  readonly http: Http
  readonly logger: Logger
  readonly meter: Meter
}

/** Under half the lease: a send that is still under way when it ends is the last of this claim. */
const usualMs = 25_000
/** A channel may ask for longer; its claims are then kept alive meanwhile (`whileHeld`). */
export const sendMsOf = ({ sendSeconds }: Pick<AnyChannel, 'sendSeconds'>): number =>
  sendSeconds === undefined ? usualMs : sendSeconds * 1000
export const isLong = (channel: Pick<AnyChannel, 'sendSeconds'> | undefined): boolean =>
  channel !== undefined && sendMsOf(channel) > usualMs

export async function attempt(
  delivery: Delivery,
  account: LiveAccount | null,
  deps: AttemptDeps & Pick<Saying, 'says'>,
  lost: AbortSignal,
): Promise<SendOutcome> {
  const channel = deps.channels.get(delivery.channel)
  if (channel?.send === undefined || account === null) {
    const why = `${delivery.channel}/${delivery.account} is not there any more or cannot send`
    return delivery.wasSending ? { is: 'unknown', why } : { is: 'refused', code: 'no_account', why }
  }
  if (delivery.wasSending && !maySendAgain(delivery, deps)) {
    const found = await ask(delivery, account, deps)
    if (!neverHad(found)) return found
  }
  const step = windowStep(delivery, deps)
  if (step === null) return shut(delivery, deps)
  const whole = await unsealed(delivery, deps)
  if ('is' in whole) return whole
  const until = AbortSignal.any([lost, AbortSignal.timeout(sendMsOf(channel))])
  return send(step === 'none' ? whole : sentAs(whole, step), account, { how: channel.send, until }, deps)
}

/** What is for its reader's eyes alone is put in for the one call, and into nothing that is kept. */
async function unsealed(delivery: Delivery, { secrets, logger }: AttemptDeps): Promise<Delivery | SendOutcome> {
  const { workspace, outbound, conversation } = delivery
  if (outbound.sealed === undefined) return delivery
  try {
    const plain = await secrets.open(workspace, sealedPlace(conversation), outbound.sealed)
    return { ...delivery, outbound: { ...outbound, text: outbound.text.replaceAll(sealedMark, () => plain) } }
  } catch (error) {
    // Its key lies in the database: one that is away says nothing about the letter.
    if (isOfTheWorld(error)) return { is: 'try-later', afterSeconds: 5, scope: 'message', why: messageOf(error) }
    logger.error('what is sealed in a reply cannot be opened; it is not sent', { reply: delivery.id, error })
    const why = 'What is sealed in it cannot be opened any more: was the master key replaced? Ask for it anew.'
    return { is: 'refused', code: 'unreadable', why }
  }
}

async function send(
  delivery: Delivery,
  account: LiveAccount,
  { how, until }: { readonly how: NonNullable<AnyChannel['send']>; readonly until: AbortSignal },
  deps: AttemptDeps & Pick<Saying, 'says'>,
): Promise<SendOutcome> {
  try {
    const began = deps.clock.ticks()
    const outcome = await how(
      delivery.outbound,
      deps.directory.open(account),
      { ...edgesFor(delivery, deps), says: deps.says },
      until,
    )
    deps.meter.observe('send_seconds', (deps.clock.ticks() - began) / 1000, { channel: delivery.channel })
    return outcome
  } catch (error) {
    deps.logger.error('a channel threw while sending; the reply may have gone out', { reply: delivery.id, error })
    return { is: 'unknown', why: `the channel failed while sending: ${messageOf(error)}` }
  }
}

const sentAs = (delivery: Delivery, as: Window['as']): Delivery => ({
  ...delivery,
  outbound: { ...delivery.outbound, as },
})

const shut = (delivery: Delivery, deps: AttemptDeps): SendOutcome => ({
  is: 'refused',
  code: 'window_closed',
  why: `The window closed before this could be sent: ${closedWhy(windowsOf(delivery, deps), delivery.customerAt)}.`,
})

const abilitiesOf = ({ channel, outbound }: Delivery, deps: AttemptDeps): Capabilities | undefined =>
  deps.channels.get(channel)?.can[outbound.kind]

const windowsOf = (delivery: Delivery, deps: AttemptDeps): readonly Window[] =>
  abilitiesOf(delivery, deps)?.windows ?? []

/** Checked at the moment of sending, not only when the reply was asked for (P5). Null: it is shut. */
function windowStep(delivery: Delivery, deps: AttemptDeps): Window['as'] | 'none' | null {
  const { outbound } = delivery
  const windows = windowsOf(delivery, deps)
  if (windows.length === 0) return 'none'
  if (outbound.template !== undefined) return 'template'
  const step = stepNow(windows, delivery.customerAt, { now: deps.clock.now(), author: outbound.author })
  return step === null || step.as === 'template' ? null : step.as
}

/** What may have gone out is not refused for a window that closed since: it is asked for, or a person decides. */
export const maySendAgain = (delivery: Delivery, deps: AttemptDeps): boolean =>
  abilitiesOf(delivery, deps)?.resend === 'safe' && windowStep(delivery, deps) !== null

/** Of this one message the vendor says that it is not there. Any other "later" says only that it could not be asked. */
const neverHad = (found: SendOutcome): boolean => found.is === 'try-later' && found.scope === 'message'

/** It was asked for and never had, and should it still arrive late, the same words overwrite it. */
export const mayFollowMissing = (delivery: Delivery, found: SendOutcome, deps: AttemptDeps): boolean =>
  neverHad(found) && abilitiesOf(delivery, deps)?.resend === 'when-missing' && windowStep(delivery, deps) !== null

/** The last try may have arrived: the vendor is asked where it can be; else a person decides. */
export async function ask(delivery: Delivery, account: LiveAccount, deps: AttemptDeps): Promise<SendOutcome> {
  const channel = deps.channels.get(delivery.channel)
  if (channel?.find === undefined)
    return { is: 'unknown', why: 'The process ended while this was being sent, and this vendor cannot be asked.' }
  try {
    return await channel.find(
      delivery.outbound,
      deps.directory.open(account),
      edgesFor(delivery, deps),
      AbortSignal.timeout(usualMs),
      delivery.queuedAt,
    )
  } catch (error) {
    deps.logger.error('a channel threw while it asked for a reply', { reply: delivery.id, error })
    return { is: 'unknown', why: `the channel failed while asking for it: ${messageOf(error)}` }
  }
}

const edgesFor = (delivery: Delivery, deps: AttemptDeps): Edges =>
  edgesOf(deps, delivery.workspace, deps.logger.with({ reply: delivery.id, correlation: delivery.correlation }))

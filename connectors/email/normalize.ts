// What one mail means, as events; its bytes are RFC 5322, its meta is MailMeta. The reading itself happens in a thread of its own.
import { createHash } from 'node:crypto'
import type { InboundEvent, Raw } from '../../core/ports/channel.ts'
import { unreadable } from '../_shared/read-json.ts'
import type { Mail } from './mime/mail.ts'
import { readMail } from './mime/pool.ts'
import { authenticationOf, believedHosts, isForeignAsOurs, isForged } from './normalize/authentication.ts'
import { certifiedMail, isOfCertifier, openedEnvelope } from './normalize/certified.ts'
import { attachedMail, mayPassOn, passedOnAsText, passedOnWhole, type PassedOn } from './normalize/forwarded.ts'
import { headersNamed } from './normalize/headers.ts'
import { answersNotice, idKey, replyOfBounce, replyOfId } from './normalize/ids.ts'
import { identityOf, isOwn, messageEvent, partyOf, type Scene } from './normalize/message.ts'
import { envelopeIdIn, reportedIds, reportIn, type Outcome, type Report } from './normalize/report.ts'
import { asFilledIn } from './normalize/web-form.ts'
import { mailMaxBytes, metaOf } from './raw-mail.ts'
import { isGone } from './outcome.ts'
import type { Settings } from './settings.ts'

const mostHops = 50

export function normalize(
  raw: Raw,
  account: { readonly id: string; readonly settings: Settings },
): Promise<readonly InboundEvent[]> {
  const meta = metaOf(raw)
  if (meta.lost !== undefined)
    return Promise.reject(unreadable('a mail', `it could not be fetched from its mailbox (${meta.lost})`))
  if (meta.cutFrom !== undefined || raw.bytes.byteLength > mailMaxBytes)
    return Promise.reject(
      unreadable('a mail', `it has ${meta.cutFrom ?? raw.bytes.byteLength} bytes, more than ${mailMaxBytes}`),
    )
  return readMail(raw.bytes).then((read) => {
    if (read.headers.length === 0) throw unreadable('a mail', 'it has no header line')
    const mail = withEnvelope(read, meta.envelopeFrom)
    const receivedAt = meta.internalDate ?? raw.receivedAt
    const { settings } = account
    const authentication = authenticationOf(mail, believedHosts(meta, settings))
    const scene = { mail, meta, settings, receivedAt, authentication }
    return asTheCustomers(scene)
  })
}

/** What a mail server writes on top when it delivers; where we took the mail ourselves nobody else did, and what says so is the sender's word. */
const withEnvelope = (mail: Mail, sender: string | undefined): Mail =>
  sender === undefined
    ? mail
    : {
        ...mail,
        headers: [
          ['return-path', sender === '<>' ? sender : `<${sender}>`],
          ...mail.headers.filter(([name]) => name !== 'return-path'),
        ],
      }

/** A customer's mail that an agent passed on is the customer's; so is one in the envelope of certified mail. */
function asTheCustomers(scene: Scene): readonly InboundEvent[] | Promise<readonly InboundEvent[]> {
  const { mail, meta, settings, authentication } = scene
  const inside = certifiedMail(mail, authentication, settings)
  if (inside !== null) return readMail(inside).then((inner) => eventsOf({ ...scene, ...openedEnvelope(mail, inner) }))
  const passing = { mail, envelopeTo: meta.envelopeTo, authentication, agents: settings.agents ?? [] }
  if (!mayPassOn(passing) || reportIn(mail) !== null) return eventsOf(scene)
  const of = (found: PassedOn | null) =>
    eventsOf(
      found === null || isOwn(found.mail.from[0]?.address, settings)
        ? scene
        : { ...scene, mail: found.mail, passedOn: found },
    )
  const attached = attachedMail(mail)
  return attached === null
    ? of(passedOnAsText(mail))
    : readMail(attached).then((inner) => of(passedOnWhole(mail, inner)))
}

function eventsOf(scene: Scene): readonly InboundEvent[] {
  const { mail, authentication } = scene
  if (isForged(authentication, mail, scene.settings.trustedSealers ?? []))
    return [aside(scene, 'our receiving server says that its sender is forged (dmarc=fail)')]
  const isOurs = isOwn(mail.from[0]?.address, scene.settings)
  if (isOurs && isForeignAsOurs(authentication) && reportIn(mail) === null)
    return [aside(scene, 'it says that it is from us, and our receiving server found no signature of ours under it')]
  if (headersNamed(mail.headers, 'received').length > mostHops)
    return [aside(scene, `it went over more than ${mostHops} servers: a loop`)]
  const report = reportIn(mail)
  if (report === null && isOwnLoop(scene)) return [aside(scene, 'our own automatic mail came back (X-Loop): a loop')]
  if (report === null && !isOurs && answersNotice(mail)) return [aside(scene, answeredNotice)]
  return report === null ? [messageEvent(asFilledIn(scene))] : reportEvents(report, scene)
}

const answeredNotice =
  'it answers a notice to somebody of the team, which belongs to no customer’s conversation; whoever wants to write to the customer answers on the ticket'

/** What we sent ourselves and know by its id is an echo; what only carries our mark went round. */
const isOwnLoop = (scene: Scene): boolean =>
  replyOfId(identityOf(scene).id) === null &&
  headersNamed(scene.mail.headers, 'x-loop').some((it) => isOwn(it.replace(/[<>\s]/g, ''), scene.settings))

function aside(scene: Scene, why: string): InboundEvent {
  const { id, print } = identityOf(scene)
  return {
    type: 'ingest.quarantined',
    dedupe: `${id} ${print.slice(0, 32)}`,
    lane: 'quarantine',
    threadKeys: [],
    at: scene.receivedAt,
    data: { path: '', why },
  }
}

/** Reports open no ticket: they attach to the send they speak of; one that names none is put aside, where a person finds it. */
function reportEvents(report: Report, scene: Scene): readonly InboundEvent[] {
  const { mail, meta } = scene
  const ids = reportedIds(mail)
  const ofOurs = ids.find((it) => replyOfId(it) !== null)
  const named = envelopeIdIn(mail)
  /** By a word made for this one send, which goes to servers alone; not by what everybody has who has the mail. */
  const sure = replyOfBounce(mail, meta.envelopeTo) ?? (named === null ? null : `rep_${named}`)
  const ours = sure ?? (ofOurs === undefined ? null : replyOfId(ofOurs))
  const domain = scene.settings.address.split('@').at(-1)!.toLowerCase()
  const nearHome = ids.find((it) => new RegExp(`[@.]${domain.replaceAll('.', '[.]')}>$`, 'i').test(it))
  const externalId = ofOurs ?? nearHome ?? ids[0] ?? null
  if (ours === null && externalId === null) return [aside(scene, `a ${report.is} report that names no mail of ours`)]
  const about: About = {
    ...(ours === null ? {} : { ours }),
    ...(externalId === null ? {} : { externalId }),
    isSure: sure !== null || isOfCertifier(mail, scene.authentication, scene.settings),
  }
  if (report.is === 'complaint')
    return ours === null || (report.recipient === null && !about.isSure)
      ? [aside(scene, 'a complaint that names no mail of ours by a word only its receiver knows: it marks no address')]
      : [preference(scene, { ...report, ours }, 'complaint: the receiver marked our mail as spam')]
  if (report.is === 'receipt')
    return report.displayed
      ? [told(scene, about, { state: 'read' })]
      : [aside(scene, 'a receipt that says the mail was not read')]
  return report.outcomes.flatMap((it) => outcomeEvents(it, about, scene))
}
type About = { readonly ours?: string; readonly externalId?: string; readonly isSure: boolean }

function outcomeEvents(it: Outcome, about: About, scene: Scene): readonly InboundEvent[] {
  const state = it.is === 'delayed' || it.is === 'accepted' ? 'sent' : it.is
  const recipient = it.recipient === null ? {} : { recipient: it.recipient }
  const isHearsay = it.is === 'failed' && !about.isSure
  if (isHearsay && it.recipient === null)
    return [aside(scene, 'a report that a mail of ours failed, and not whom it did not reach: anybody could say so')]
  const event = told(scene, about, {
    state,
    code: it.status,
    why: it.is === 'delayed' ? `delayed: ${it.why}` : it.why,
    ...recipient,
    ...(isHearsay && about.externalId !== undefined ? { proof: idKey(about.externalId, it.recipient!) } : {}),
  })
  const isDead = it.is === 'failed' && isGone(it.status)
  // Anybody who has the mail could have made this report up: it marks no address.
  return isDead && about.isSure && about.ours !== undefined
    ? [event, preference(scene, { ...it, ours: about.ours }, `undeliverable: ${it.status}`)]
    : [event]
}

type Told = Extract<InboundEvent, { type: 'message.delivery_updated' }>['data']
const told = (
  scene: Scene,
  { isSure: _isSure, ...about }: About,
  data: Omit<Told, 'ours' | 'externalId'>,
): InboundEvent => ({
  type: 'message.delivery_updated',
  dedupe: key('report', about.ours ?? about.externalId, data.recipient, data.state, data.code),
  lane: `report:${key(about.ours ?? about.externalId)}`,
  threadKeys: [],
  at: scene.receivedAt,
  data: { ...about, ...data },
})

/** Marks an address: nothing automatic goes to it any more (P11). */
function preference(
  scene: Scene,
  { recipient, ours }: { readonly recipient: string | null; readonly ours: string },
  why: string,
): InboundEvent {
  const party = partyOf(recipient === null ? undefined : { name: '', address: recipient })
  return {
    type: 'contact.preference_changed',
    dedupe: key('preference', party.id, why, identityOf(scene).print),
    lane: `address:${party.id}`,
    threadKeys: [],
    at: scene.receivedAt,
    data: { party, subject: 'automatic_mail', value: 'stop', why, ours },
  }
}
const key = (...parts: readonly (string | undefined)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)

// A mail that somebody wrote, as message.received; or that we wrote, as message.echoed.
import { createHash } from 'node:crypto'
import type { InboundEvent, Incoming } from '../../../core/ports/channel.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { Part, Party } from '../../../schemas/message.ts'
import { asInDns, contactKey, domainOf, formsOf, lowerAddress } from '../address.ts'
import { invitationText } from '../mime/calendar.ts'
import { limits } from '../mime/limits.ts'
import type { Address, Mail } from '../mime/mail.ts'
import type { MailMeta } from '../raw-mail.ts'
import { routesOf, type Settings } from '../settings.ts'
import { answeringOf, oddSender, type Answering } from './answering.ts'
import { isProven, type Authentication } from './authentication.ts'
import { automaticBy, bulkBy } from './automatic.ts'
import type { Certified } from './certified.ts'
import { writtenAt } from './dates.ts'
import type { PassedOn } from './forwarded.ts'
import { fitting, header, headersNamed, messageIdIn, referredIn } from './headers.ts'
import {
  answeredIds,
  deliveryHeaders,
  foreignTicketKey,
  idKey,
  idOfOrganisation,
  numberKey,
  replyOfId,
  subjectNumber,
  tokenKey,
  tokenOfKey,
  tokenOfOrganisation,
  tokensIn,
  withLowerDomain,
} from './ids.ts'
import { organisationOf } from './organisation.ts'

export interface Scene {
  readonly mail: Mail
  readonly meta: MailMeta
  readonly settings: Settings
  readonly receivedAt: Instant
  readonly authentication: Authentication
  /** An agent passed it on: `mail` is the customer's. */
  readonly passedOn?: PassedOn
  /** It came in the envelope of a provider of certified mail: `mail` is what lay in it. */
  readonly certified?: Certified
}
const sha = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * The mail alone decides it: the same on every reading, in every folder; another content under a used Message-ID differs. Some machines send
 * the same words again and again without an id or a date: those are told apart by the day they came (sheet section 10).
 */
export function identityOf({ mail, receivedAt }: Scene) {
  const date = header(mail.headers, 'date') ?? ''
  const given = messageIdIn(header(mail.headers, 'message-id'))
  const said = [mail.from[0]?.address?.toLowerCase() ?? '', date, mail.subject, mail.digest]
  const print = sha(JSON.stringify(given === null && date === '' ? [...said, receivedAt.slice(0, 10)] : said))
  return { given, id: given ?? `<syn-${print.slice(0, 32)}@mail.invalid>`, print }
}

const nobody = 'unknown@sender.invalid'

/** Whom we would answer is Reply-To; who it is is From. */
export function partyOf(address: Address | undefined): Party {
  const bare = address?.address ?? nobody
  const isKnown = address?.address !== null && address?.address !== undefined
  return {
    id: lowerAddress(bare),
    name: address?.name ? address.name : null,
    address: isKnown ? bare : null,
    // A name alone, or nothing, is everybody's: by it strangers would be one person.
    keys: isKnown ? [contactKey(bare)] : [],
  }
}
const parties = (them: readonly Address[]): readonly Party[] => them.filter((it) => it.address !== null).map(partyOf)

/** An event holds only so much: of very many recipients the first are kept, and how many there are is said. */
function recipientsOf({ mail }: Scene) {
  let left: number = limits.recipientBytes
  const kept = (them: readonly Address[]) =>
    parties(them).filter((it) => (left -= Buffer.byteLength(JSON.stringify(it))) >= 0)
  const [to, cc] = [kept(mail.to), kept(mail.cc)]
  return { to, cc, cut: left < 0 }
}

/** RFC 5321: 64 before the @, 253 behind it. What is longer is nobody’s, and is not looked at. */
const longestAddress = 320

/** Which of our addresses it is, whatever tag it has; null: none. */
function ownAddress(address: string | null | undefined, settings: Settings): string | null {
  if (address === null || address === undefined || address.length > longestAddress) return null
  const routes = routesOf(settings)
  return formsOf(lowerAddress(address)).find((it) => routes.includes(it)) ?? null
}
export const isOwn = (address: string | null | undefined, settings: Settings): boolean =>
  ownAddress(address, settings) !== null

export function messageEvent(scene: Scene): InboundEvent<'message.received' | 'message.echoed'> {
  const { mail, meta, settings, receivedAt } = scene
  const { id, print } = identityOf(scene)
  const { at } = writtenAt(header(mail.headers, 'date'), receivedAt)
  const refs = referredIn(mail, 'references')
  const data = incoming(scene, { id, print })
  const head = {
    dedupe: `${id} ${print.slice(0, 32)}`,
    lane: `thread:${sha(refs[0] ?? answeredIds(mail)[0] ?? id).slice(0, 32)}`,
    ...keysOf(scene, id),
    at,
    ...(meta.import === 'yes' ? { origin: 'import' as const } : {}),
  }
  if (!isOwn(mail.from[0]?.address, settings)) return { type: 'message.received', ...head, data }
  const ours = replyOfId(id)
  return { type: 'message.echoed', ...head, data: { ...data, ...(ours === null ? {} : { ours }) } }
}

/**
 * Strongest first: the token of a reply this sender got, what it answers, its own id for each who may answer it, numbers of other systems. A
 * token alone lets in whoever has it, as a guest; the number in a subject counts where nothing else does, and never from a machine (P9).
 */
function keysOf({ mail, meta, settings, authentication }: Scene, id: string): Keys {
  const sender = mail.from[0]?.address ?? nobody
  if (mail.anomalies.includes('duplicate-header:from')) return { threadKeys: [idKey(id, sender)] }
  const tokens = tokensIn(mail, meta.envelopeTo)
  const others = [...mail.to, ...mail.cc].flatMap((it) =>
    it.address === null || isOwn(it.address, settings) ? [] : [it.address],
  )
  const foreign = foreignTicketKey(mail)
  const number = automaticBy(mail) === null ? subjectNumber(mail.subject) : null
  const keys = [
    ...tokens.map((it) => tokenOfKey(it, sender)),
    ...answeredIds(mail).map((it) => idKey(it, sender)),
    idKey(id, sender),
    ...others.slice(0, 20).map((it) => idKey(id, it)),
    ...(foreign === null ? [] : [`${foreign} ${contactKey(sender)}`]),
  ]
  const organisation = organisationOf(sender, settings)
  // Its colleagues may answer it; it may answer theirs where it is proven to be of their house.
  if (organisation !== null) keys.push(idOfOrganisation(id, organisation))
  const asColleague =
    organisation === null || !isProven(authentication)
      ? []
      : [
          ...tokens.map((it) => tokenOfOrganisation(it, organisation)),
          ...answeredIds(mail).map((it) => idOfOrganisation(it, organisation)),
        ]
  return {
    threadKeys: [...new Set(keys)],
    ...(asColleague.length === 0 ? {} : { colleagueKeys: asColleague }),
    ...(tokens.length === 0 ? {} : { guestKeys: tokens.map(tokenKey) }),
    ...(number === null ? {} : { weakKeys: [numberKey(number, sender)] }),
  }
}
type Keys = Pick<InboundEvent<'message.received'>, 'threadKeys' | 'colleagueKeys' | 'guestKeys' | 'weakKeys'>

function incoming(scene: Scene, { id, print }: { readonly id: string; readonly print: string }): Incoming {
  const { mail } = scene
  const automatic = automaticOf(scene)
  const { to, cc } = recipientsOf(scene)
  const text = mail.visible === '' ? insteadOfText(mail) : mail.visible
  const invitations = mail.invitations.map((it) => ({ kind: 'calendar', ...it }))
  return {
    kind: 'mail',
    // A Message-ID may be used twice by broken senders: the content is part of the name.
    externalId: `${id} ${print.slice(0, 12)}`,
    name: withLowerDomain(id),
    from: partyOf(mail.from[0]),
    to,
    cc,
    ...(mail.subject === '' ? {} : { subject: mail.subject }),
    text,
    ...(mail.text === mail.visible || mail.text === '' ? {} : { fullText: mail.text }),
    ...(mail.html === null ? {} : { html: Buffer.from(mail.html) }),
    parts: [...passedOnPart(scene), ...certifiedPart(scene), factsOf(scene, id), ...invitations],
    attachments: mail.files.map(({ name, type, bytes }) => ({ name, type, size: bytes.byteLength, source: { bytes } })),
    repliesTo: answeredIds(mail),
    ...(automatic === null ? {} : { automatic }),
    // Routing decides about machines' mail; until a rule says otherwise it opens nothing (sheet section 3).
    ...(automatic === null || scene.settings.automaticTickets === true ? {} : { begins: false as const }),
    vendor: vendorOf(scene, id),
  }
}
/** Who passed it on, and what they said of it: for people inside. */
const passedOnPart = ({ passedOn }: Scene): readonly Part[] =>
  passedOn === undefined ? [] : [{ kind: 'forwarded', by: partyOf(passedOn.by), note: passedOn.note }]

const certifiedPart = ({ certified }: Scene): readonly Part[] =>
  certified === undefined ? [] : [{ kind: 'certified', by: partyOf(certified.by), envelope: certified.envelope }]

/** What a trusted header says of it counts more than what can be read off it (B4). */
function automaticOf(scene: Scene): string | null {
  const said = trusted(scene)?.['is-auto-response']
  if (said === undefined) return automaticBy(scene.mail)
  return isYes(said) ? 'x-inlet-is-auto-response' : null
}
const isYes = (word: string): boolean => /^(?:yes|true|1)$/i.test(word.trim())
/** A mail that cannot be read says so; one that says nothing stays empty. */
const insteadOfText = (mail: Mail): string =>
  mail.state.encrypted === null
    ? mail.invitations.map(invitationText).join('\n\n')
    : 'This mail is encrypted and cannot be read here; its parts are attached.'

/** What a reply will need: whom, under what, after which. */
function vendorOf(scene: Scene, id: string): Readonly<Record<string, string>> {
  const { mail, settings, passedOn } = scene
  const [first = id, ...more] = [...new Set([...referredIn(mail, 'references'), id])]
  const capped = [first, ...fitting(more.toReversed(), 20).toReversed()]
  const used = writtenTo(scene)
  const replyTo = mail.replyTo[0]?.address
  return {
    // The customer never saw the mail that an agent copied theirs into.
    ...(passedOn?.whole === false ? {} : { messageId: id, references: capped.join(' ') }),
    ...(mail.subject === '' ? {} : { subject: mail.subject }),
    ...(used === null ? {} : { address: used }),
    // Of whoever wrote this: somebody who joined does not turn the opener's answers to themselves.
    ...(replyTo && !isOwn(replyTo, settings) ? { replyTo, replyToOf: partyOf(mail.from[0]).id } : {}),
  }
}

/** Which of our addresses it was written to, the answer comes from there: as its writer put it, else as servers that forwarded it say (D30). */
function writtenTo({ mail, meta, settings }: Scene): string | null {
  const shownOnes = [...mail.to, ...mail.cc].map((it) => it.address)
  const traced = deliveryHeaders.flatMap((name) =>
    headersNamed(mail.headers, name).flatMap(
      (value) => value.match(/[^\s<>,;"]{1,64}@[^\s<>,;"]{1,253}/g)?.slice(0, 20) ?? [],
    ),
  )
  const own = [...shownOnes, meta.envelopeTo, ...traced].map((it) => ownAddress(it, settings))
  return own.find((it) => it !== null) ?? null
}

const keptHeaderBytes = 24_000
const longestFact = 8_000

/** Headers as facts for later rules (B3), and what was found out; never more than an event may hold. */
function factsOf(scene: Scene, id: string): Part {
  const { mail, receivedAt, authentication } = scene
  const believed = trusted(scene)
  let left = keptHeaderBytes
  const headers = mail.headers
    .map(([name, value]) => [name, value.slice(0, longestFact)] as const)
    .filter(([name, value]) => (left -= name.length + Buffer.byteLength(value) + 8) > 0 && name !== 'received')
  const date = header(mail.headers, 'date')
  const odd = writtenAt(date, receivedAt).odd
  return {
    kind: 'mail',
    messageId: id,
    date: date?.slice(0, 200) ?? null,
    bulk: bulkBy(mail),
    ...answering(scene),
    authentication,
    anomalies: [...mail.anomalies, ...(odd ? ['date'] : []), ...oddSender(mail)],
    ...(recipientsOf(scene).cut ? { recipients: mail.to.length + mail.cc.length } : {}),
    ...mail.state,
    ...(mail.left.length === 0 ? {} : { left: mail.left }),
    inline: mail.files.flatMap((it, file) => (it.cid === null ? [] : [{ cid: it.cid, file, shown: it.shown }])),
    headers,
    ...(believed === null ? {} : { trusted: believed }),
    hops: headersNamed(mail.headers, 'received').length,
  }
}
function answering(scene: Scene): Answering {
  const { mail, meta, settings } = scene
  const said = trusted(scene)?.['send-auto-response']
  return answeringOf({
    mail,
    envelopeTo: meta.envelopeTo,
    isOwn: (it) => isOwn(it, settings),
    trusted: said === undefined ? undefined : isYes(said),
  })
}
/** Believed only where the account says so: of all its mail, or of named domains whose mail is proven to be theirs (B4). */
function trusted({ mail, settings, authentication }: Scene): Readonly<Record<string, string>> | null {
  const { trustedHeaders, trustedHeadersFrom = [] } = settings
  const domain = domainOf(mail.from[0]?.address)
  const isTheirs = isProven(authentication) && trustedHeadersFrom.some((it) => asInDns(it) === domain)
  if (trustedHeaders !== true && !isTheirs) return null
  const ours = mail.headers.filter(([name]) => name.startsWith('x-inlet-'))
  return Object.fromEntries(ours.map(([name, value]) => [name.slice(8), value]))
}

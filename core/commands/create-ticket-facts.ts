// What opening a ticket needs to know, and why one cannot be opened.
import type { AttachmentId, ChannelName, TicketId } from '../../schemas/ids.ts'
import type { Attachment, Party } from '../../schemas/message.ts'
import type { Capabilities, OutboundMessage } from '../ports/channel.ts'
import type { Refusal } from '../ports/command.ts'
import type { Desk } from '../ports/desk.ts'
import type { Reader, ThreadFacts } from '../ports/reader.ts'
import type { AccountRow, BrandRow, ReplyRow, TemplateRow, TicketRow } from '../ports/rows.ts'
import { isOpen } from '../rules/ticket-status.ts'
import type { CreateTicketInput } from './create-ticket.ts'
import { readTarget, whyNotTo, type Target } from './hand-over.ts'
import { invalid } from './refusals.ts'
import { textOf } from '../rules/reply-draft.ts'
import { accountDown } from '../rules/reply-facts.ts'
import { whyNotNamed } from './ticket-names.ts'

/** Where the conversation is, or will be. */
export interface Place {
  readonly channel: ChannelName
  readonly account: string
  readonly kind: string
  readonly to: Party
  readonly lane: string
  readonly threadKeys: readonly string[]
}
export interface CreateFacts {
  readonly account: AccountRow | null
  readonly place: Place | null
  readonly badAddress: string | null
  readonly thread: ThreadFacts | null
  readonly can: Capabilities | null
  readonly template: TemplateRow | null
  readonly last: ReplyRow | null
  readonly brand: BrandRow | null
  readonly parent: TicketRow | null
  /** Whose it is to be, where that is said. */
  readonly target: Target | null
  readonly files: readonly (Attachment | null)[]
  readonly number: number
  readonly desk: Desk
  readonly keysOf: (message: OutboundMessage) => readonly string[]
}

export async function readCreateFacts(input: CreateTicketInput, read: Reader): Promise<CreateFacts> {
  const account = input.account === undefined ? null : await read.accounts.one(input.account.channel, input.account.id)
  const found = account === null || input.address === undefined ? null : read.address(account, input.address)
  const place = placeOf(account, found, read)
  const uploads = (input.attachments ?? []) as AttachmentId[]
  const files = uploads.length === 0 ? new Map() : await read.uploads.byId(uploads)
  const parent = (input.parent ?? null) as TicketId | null
  const home = place === null ? homeless : await readPlace(place, input, read)
  return {
    account,
    place,
    badAddress: found !== null && 'refuse' in found ? found.refuse : null,
    ...home,
    brand: input.brand === undefined ? null : await read.brands.one(input.brand),
    parent: parent === null ? null : ((await read.tickets.byId([parent])).get(parent) ?? null),
    // Null: they need not be there yet, as it waits for the customer. Who is away when one writes gives it to others.
    target: typeof input.assignee === 'string' ? await readTarget(input.assignee, null, read) : null,
    files: uploads.map((it) => files.get(it)?.attachment ?? null),
    number: await read.tickets.nextNumber(),
    desk: await read.desk(),
    keysOf: (message) => (account === null ? [] : read.keysOfReply(account, message)),
  }
}

const homeless = { thread: null, can: null, template: null, last: null }

/** Where messages make conversations, a ticket that we open begins one of its own: no key of a person leads into another. */
function placeOf(account: AccountRow | null, found: ReturnType<Reader['address']> | null, read: Reader): Place | null {
  if (account === null || found === null || 'refuse' in found) return null
  const byMessage = read.capabilities(account.channel, found.kind)?.threads === 'message'
  return { channel: account.channel, account: account.id, ...found, ...(byMessage ? { threadKeys: [] } : {}) }
}

async function readPlace(place: Place, input: CreateTicketInput, read: Reader) {
  const { channel, account, threadKeys, to } = place
  const asked = { channel, account, threadKeys, contactKeys: to.keys, target: null }
  const [thread = null] = await read.threads.of([asked])
  const talk = thread?.conversation ?? null
  const { template } = input
  return {
    thread,
    can: read.capabilities(channel, talk?.kind ?? place.kind),
    template: template ? await read.templates.one(channel, account, template.name, template.language) : null,
    last: talk === null ? null : await read.replies.last(talk.id),
  }
}

export function whyNotCreate(input: CreateTicketInput, facts: CreateFacts): Refusal | null {
  const brand = input.brand ?? facts.account?.brand ?? null
  return (
    whyNoPlace(input, facts) ??
    whyNotThese(input, facts) ??
    whyNotNamed(input, { brand }, facts.desk) ??
    (facts.target === null ? null : whyNotTo(facts.target, { brand, channel: facts.place?.channel ?? null }))
  )
}

function whyNoPlace(input: CreateTicketInput, facts: CreateFacts): Refusal | null {
  const { account: asked, address } = input
  if (asked === undefined) return null
  if (facts.account === null)
    return invalid('unknown_account', 'account', `There is no account ${asked.channel}/${asked.id} in this workspace.`)
  if (address === undefined)
    return invalid(
      'address_missing',
      'address',
      'Give the address of the customer to write to, or leave the account out.',
    )
  if (facts.place === null || facts.thread === null || facts.can === null)
    return invalid(
      'bad_address',
      'address',
      `"${address}": ${facts.badAddress ?? 'this channel is not installed here'}`,
    )
  const { ticket } = facts.thread
  if (ticket === null || !isOpen(ticket.status)) return isSaying(input) ? accountDown(facts.account) : null
  return {
    refuse: 'conflict',
    code: 'another_open_ticket',
    why: `Ticket ${ticket.number} of this customer is ${ticket.status}: answer there, or resolve it first.`,
    facts: { ticket: ticket.id, number: ticket.number },
  }
}

/** With something to say the ticket is a message to the customer; without, it waits to be worked on. */
export const isSaying = (input: CreateTicketInput): boolean =>
  textOf(input).trim() !== '' ||
  input.template !== undefined ||
  (input.parts ?? []).length > 0 ||
  (input.attachments ?? []).length > 0

function whyNotThese(input: CreateTicketInput, facts: CreateFacts): Refusal | null {
  if (input.brand !== undefined && facts.brand === null)
    return invalid('unknown_brand', 'brand', `There is no brand "${input.brand}" in this workspace.`)
  if (input.parent !== undefined && facts.parent === null)
    return invalid('unknown_ticket', 'parent', 'There is no such ticket to follow up on.')
  if (facts.files.includes(null))
    return invalid('unknown_attachment', 'attachments', 'An upload is not there or used already. Upload it again.')
  const sendable = input.template !== undefined || (input.parts ?? []).length > 0 || input.html !== undefined
  if (facts.place === null && sendable)
    return invalid('no_channel', 'account', 'Without an account only a text can be kept: templates and parts are sent.')
  return null
}

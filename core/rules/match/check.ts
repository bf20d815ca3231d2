// Why a draft is not a rule, in a sentence, before it is kept: what it waits for, its conditions, and whatever it names.
import type { Desk } from '../../ports/desk.ts'
import type { RuleRow } from '../../ports/desk-rows.ts'
import { ticketStatuses, type TicketStatus } from '../../../schemas/ticket.ts'
import { isSeen } from '../fold.ts'
import { settableFrom, standingOf } from '../ticket-status.ts'
import { whyNotACondition } from './check-condition.ts'
import { unknown } from './did-you-mean.ts'

export interface NotThis {
  /** `when/all/1/value`: where in the draft. */
  readonly field: string
  readonly why: string
}
/** Ten years. */
const mostMinutes = 5_256_000

/** Its shape has been checked (`schemas/rule.ts`); null: it can be kept. */
export const whyNotARule = (rule: RuleRow, desk: Desk): NotThis | null =>
  whyNotThen(rule) ??
  whyNotAnHour(rule) ??
  whyNotAScope(rule, desk) ??
  (rule.when === null ? null : whyNotACondition(rule.when, desk)) ??
  whyNotAnEffect(rule, desk)

function whyNotThen({ on, fields }: RuleRow): NotThis | null {
  if (on === 'changed' && fields.length === 0)
    return {
      field: 'fields',
      why: 'A rule about changes names the fields it waits for: without one it would never run. Give fields, such as ["status"].',
    }
  if (on === 'changed' || fields.length === 0) return null
  return {
    field: 'fields',
    why: `Only a rule whose "on" is changed waits for fields; this one is asked on ${on}. Leave fields out; of a rule that had some, say "fields": [].`,
  }
}

function whyNotAnHour({ on, after }: RuleRow): NotThis | null {
  if (on === 'time' && after === null)
    return {
      field: 'after',
      why: 'A rule of time says how long after what it is asked: give after, such as {"minutes": 60, "since": "lastMessageAt"}.',
    }
  if (on !== 'time')
    return after === null
      ? null
      : {
          field: 'after',
          why: `Only a rule whose "on" is time has an hour; this one is asked on ${on}. Leave after out; of a rule that had one, say "after": null.`,
        }
  const { minutes } = after!
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= mostMinutes) return null
  return { field: 'after/minutes', why: `It is a whole number of minutes, from 1 to ${mostMinutes} (ten years).` }
}

function whyNotAScope({ brands, channels, accounts }: RuleRow, desk: Desk): NotThis | null {
  const [none] = Object.entries({ brands, channels, accounts }).filter(([, names]) => names?.length === 0)
  if (none !== undefined)
    return {
      field: none[0],
      why: `It is of no ${none[0]} and would never be asked: leave ${none[0]} out for all of them.`,
    }
  return (
    firstUnknown('brands', brands ?? [], desk.brands, 'brand') ??
    firstUnknown('accounts', accounts ?? [], desk.accounts, 'account')
  )
}

function whyNotAnEffect({ on, then }: RuleRow, desk: Desk): NotThis | null {
  const one = (field: string, id: string | undefined, among: ReadonlyMap<string, unknown>, what: string) =>
    id === undefined || among.has(id) ? null : { field: `then/${field}`, why: unknown(what, id, [...among.keys()]) }
  if (Object.keys(then).length === 0)
    return { field: 'then', why: 'It would do nothing: say what happens, such as {"priority": "high"}.' }
  return (
    (on === 'message' ? notOnMessage(then) : whyNoSuchMove(on, then, desk)) ??
    one('group', then.group, desk.groups, 'group') ??
    // Active or not: who is switched off stays named by the rules of before, and such a desk must be made again from its file.
    one('agent', then.agent, desk.agents, 'agent') ??
    firstUnknown('then/folders', then.folders ?? [], desk.folders, 'folder') ??
    one('type', then.type, desk.types, 'type') ??
    one('topic', then.topic, desk.topics, 'topic') ??
    noTag(then.tags ?? [])
  )
}

/** How tickets are opened: by a customer, by us, by whom nobody wants to hear of. */
const openedAs: readonly TicketStatus[] = ['new', 'pending', 'spam']

/** A status that no ticket is set to from where it then stands: the rule would match and do nothing. */
function whyNoSuchMove(on: RuleRow['on'], { status }: RuleRow['then'], desk: Desk): NotThis | null {
  const from = on === 'created' ? openedAs : ticketStatuses
  const may = (key: string): boolean => {
    const to = standingOf(desk, key)
    return to !== null && from.some((it) => settableFrom(it).includes(to.status))
  }
  if (status === undefined || !desk.statuses.has(status) || may(status)) return null
  const never = on === 'created' ? 'A ticket that was just opened is never' : 'Nothing is'
  const why = `${never} set to "${status}", so it would do nothing. Known are: ${[...desk.statuses.keys()].filter(may).join(', ')}.`
  return { field: 'then/status', why }
}

/** What a later message may say, and what would never do anything. */
function notOnMessage(then: RuleRow['then']): NotThis | null {
  if (then.status !== undefined)
    return {
      field: 'then/status',
      why: 'What the customer writes on a ticket moves its status by itself; a rule asked on message sets none. Leave it out.',
    }
  const said = Object.keys(then)
  if (!said.every((it) => passedOver.includes(it))) return null
  const why = `A rule asked on message sets no ${said.join(', ')}: that is said when a ticket is opened (created), or by a rule on changed or time. It would do nothing.`
  return { field: `then/${said[0]}`, why }
}
/** A filter may say them for what it opens; of a later message its tags and folders hold alone (B3). */
const passedOver: readonly string[] = ['priority', 'group', 'agent']

function firstUnknown(
  field: string,
  ids: readonly string[],
  among: ReadonlyMap<string, unknown>,
  what: string,
): NotThis | null {
  const at = ids.findIndex((id) => !among.has(id))
  return at < 0 ? null : { field: `${field}/${at}`, why: unknown(what, ids[at]!, [...among.keys()]) }
}

function noTag(tags: readonly string[]): NotThis | null {
  const at = tags.findIndex((tag) => !isSeen(tag))
  return at < 0 ? null : { field: `then/tags/${at}`, why: 'A tag has at least one character that can be seen.' }
}

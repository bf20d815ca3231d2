// What time does and machines say is defended by: clocks of promises, working time, the life of a ticket, automatic replies.
import { row, type Defence } from './defence.ts'

const heard = 'workers/sla/heard.ts'
const told = 'workers/sla/told.ts'
const reckon = 'core/rules/sla/reckon.ts'
const timeline = 'core/rules/sla/timeline.ts'
const sla = 'workers/sla/sla.test.ts'
const anew = 'workers/sla/anew.test.ts'
const late = 'workers/sla/late.test.ts'
const ends = 'workers/sla/ends.test.ts'
const hours = 'core/rules/working-time.ts'
const hoursTests = 'core/rules/working-time.test.ts'
const life = 'core/rules/status-machine.ts'
const lifeTests = 'core/rules/status-machine.test.ts'
const withhold = 'core/rules/auto-reply/withhold.ts'
const guards = 'workers/autoreply/guards.test.ts'
const kinds = 'workers/autoreply/kinds.test.ts'
const machine = 'test/walks/desk-rows-machine.int.test.ts'

const course = 'workers/closing/converges.test.ts'
const moves = 'core/rules/ticket-status.ts'
const closing = 'workers/closing/index.ts'

// prettier-ignore
export const ofTime: readonly Defence[] = [
  row('V11', 'what is closed stays as it is', reckon, 'if (before !== null && isFrozen(before, endedAt)) return', 'if (before === null && endedAt === undefined) return', sla),
  row('B7', 'a tag that a policy looks at chooses it anew', heard, "return ['ticket.tags']", 'return []', anew),
  row('B7', 'what no policy looks at is not read', heard, '!onlyChoosing.has(event.type) || ', 'onlyChoosing.has(event.type) || ', anew),
  row('V11', 'what is decided on a new desk is promised by it', 'workers/sla/read.ts', 'clocks.some((it) => !isClosed(it) && it.deskVersion < rows.version) ||\n', '', late),
  row('B7', 'a next answer that alone is promised begins a clock', 'workers/sla/index.ts', ' || promisesLaterOnly(row, policy)', '', sla),
  row('B7', 'a policy is chosen by what opened the ticket', 'workers/sla/read.ts', 'message: opening })))', 'message: opening && null })))', anew),
  row('V8', 'what came in while we were away counts from then', timeline, 'heard.find((at) => at > before && at <= move.at) ?? move.at', 'move.at', late),
  row('V9', 'an answer that reached nobody is no wait', timeline, 'if (isLost(n) || (isLost(n - 1) && undone.has(move.why))) return []', '', ends),
  row('V9', 'nor is one whose failure was known after they wrote', timeline, ' && !lost.includes(sent.at)', '', ends),
  row('3.3', 'what was kept before it was spam is kept', reckon, ' && (endedAt === null || endedAt > junkSince(row))', '', late),
  row('3.3', 'spam begins no clock', 'workers/sla/step.ts', "if (before === null && reckoned.why === 'junk') return { now: last, events: [] }", '', late),
  row('B6', 'another group has other days', moves, "now.group === ticket.group || now.status !== 'resolved'", "now.group !== '' || now.status !== 'resolved'", 'core/commands/tickets.test.ts'),
  row('3.3', 'what was no spam is promised what others are', heard, "event.data.from === 'spam'", "event.data.from === 'closed'", late),
  row('3.3', 'while it was spam nothing ran', timeline, "isBuiltInStatus(first.from) ? statusCategories[first.from] : 'open'", "isBuiltInStatus(first.from) ? 'open' : 'open'", late),
  row('V10', 'the history says what was promised before', told, 'before.policy !== policy || ', 'before.startedAt !== startedAt || ', anew),
  row('D17', 'what was missed and answered later was missed', 'infra/store/queries/sla-report.ts', "where not c.missed and c.last = 'sla.met'", "where c.last = 'sla.met'", 'test/walks/sla.int.test.ts'),
  row('B8', 'a status that pauses stands still', timeline, ' && !pauses.includes(status)', '', sla),
  row('V8', 'the next answer is owed from the oldest that has none', timeline, 'const start = heard.find((at) => at > past)', 'const start = heard.findLast((at) => at > past)', sla),
  row('V12', 'a policy that says so counts anew', timeline, "reopened === 'resume'", 'true as boolean', sla),
  row('V12', 'what was resolved before it came back is met', timeline, "done === null ? last.end : { at: done, is: 'kept' }", 'last.end', ends),
  row('V9', 'an answer that went out after all is told of once more', told, "{ dueAt, endedAt }, now.version", "{ dueAt, endedAt }, endedAt ?? ''", ends),
  row('D17', 'what was missed stays with the policy it was missed of', 'workers/sla/step.ts', 'missed?.policy ?? policy.id', 'policy.id', ends),
  row('D12', 'who wrote before we opened and is read after is not told that we are closed', 'core/rules/auto-reply/choose.ts', '|| !isOpenAt(calendar, now)', '|| all.length > 0', kinds),
  row('T4', 'whom we wrote to first waits for no first answer', timeline, "ticket.origin !== 'customer' || ", '', sla),
  row('V5', 'a holiday is no working time', hours, 'return other.get(date) ?? other.get(date.slice(5)) ?? usual', 'return usual', hoursTests),
  row('P13', 'a zone changes its clocks', hours, 'const until = next === null ? end : Math.min(end, next.epochMilliseconds)', 'const until = end', hoursTests),
  row('3.3', 'days are counted before a ticket comes back', life, 'daysBetween(resolvedAt, at) <= followUpDays', 'daysBetween(resolvedAt, at) >= 0', lifeTests),
  row('3.3', 'what is resolved no more is not closed', moves, "return ticket.status === 'resolved' ? [{ do: 'forget-wake', ...about }] : []", 'return []', course),
  row('3.3', 'days count from when it was resolved last', closing, ' || ticket.resolvedAt !== basis) return nothing', ') return nothing', 'workers/closing/closing.test.ts'),
  row('B9', 'what came back is not rung for', moves, '...(wakes ? [forgetSnooze(id)] : [])', '', course),
  row('B9', 'an hour of before wakes nobody', closing, ' || ticket.snoozedUntil !== basis) return nothing', ') return nothing', course),
  row('G17', 'a look reads nothing that waits', 'infra/migrations/0029-due-wakeups.sql', 'w.ctid = any (array(select d.ctid from', '(w.workspace || w.kind || w.subject) = any (array(select d.workspace || d.kind || d.subject from', 'infra/store/queues/wakeups.int.test.ts'),
  row('B6', 'never means never', life, 'if (followUpDays === 0) return false', '', lifeTests),
  row('P10', 'what says that it is automatic is not answered', withhold, 'if (message.automatic !== null) return', "if (message.automatic === 'x') return", guards),
  row('P10', 'nobody reads some addresses', withhold, 'if (isNobodys(message)) return', "if (isNobodys(message) && message.kind === 'bot') return", guards),
  row('G21', 'an address of ours is not answered', withhold, 'if (isOurs) return', "if (isOurs && message.kind === 'bot') return", guards),
  row('G21', 'a domain has a budget', withhold, 'if (count.ofDomain < budgets.domainPerHour) return null', 'if (count.ofDomain < 1e9) return null', kinds),
  row('P20', 'a ticket has one in a day', withhold, 'if (count.ofTicket >= budgets.ticketPerDay)', 'if (count.ofTicket >= 1e9)', kinds),
  row('G21', 'a domain is held while it is counted', 'core/rules/auto-reply/locks.ts', 'of.domain === null ? []', "of.domain !== '' ? []", 'workers/autoreply/budgets.int.test.ts'),
  row('3.8', 'a brand has budgets of its own', 'core/rules/auto-reply/budgets.ts', "  ...brands.get(brand ?? '')?.autoReplyBudgets,\n", '', machine),
  row('D11', 'what follows up is a person’s', 'workers/autoreply/index.ts', ' || ticket.parent !== null', '', machine),
  row('B20', 'a night is told once', withhold, "return isSameNight ? silent('once',", "return isSameNight && count.ofTicket > 1e9 ? silent('once',", kinds),
  row('B20', 'nor beside an agent', withhold, "if (reply.kind === 'opened' || reply.kind === 'greeting') return null\n  const wrote", "if (reply.kind !== 'busy') return null\n  const wrote", kinds),
]

// Defences of who gets what: caps, authority, order, coming and going, two at once.
import { row, type Defence } from './defence.ts'

const cases = 'workers/assignment/assignment.test.ts'
const all = 'workers/assignment/invariants.test.ts'
const door = 'api/presence.int.test.ts'
const reads = 'infra/store/read/assigning.int.test.ts'
export const ofAssignment: readonly Defence[] = [
  row('B10', 'a cap of a channel holds', 'core/rules/assign/chairs.ts', 'if (cap !== null) return Math.max(0, cap - (seat.holds[channel] ?? 0))', 'if (cap !== null) return cap', all),
  row('B10', 'live conversations have one cap together', 'core/rules/assign/chairs.ts', 'Math.max(0, liveCap - sum(together.map(([, n]) => n)))', 'liveCap', cases),
  row('B10', 'what was just given counts', 'core/rules/assign/share-out.ts', 'table.chairs.set(chair.agent.id, given(chair, need, now))', '', cases),
  row('B10', 'who is there and full is waited for', 'core/rules/assign/choose.ts', 'if (speakers.length > 0) return', 'if (speakers.some((it) => room(it, need) > 0)) return', cases),
  row('B12', 'a rate holds', 'core/rules/assign/chairs.ts', 'Math.max(0, agent.rate.max - seat.lately.length)', 'agent.rate.max', cases),
  row('B12', 'its end is waited for', 'workers/assignment/effects.ts', "...(opens === null ? [] : [ask('rate', opens)]),", '', cases),
  row('D13', 'only of the group', 'core/rules/assign/choose.ts', 'isOfGroup(agent, need.group))', 'isOfGroup(agent, null))', cases),
  row('D13', 'only who may see it', 'core/rules/assign/chairs.ts', 'agent.isActive && maySee(agent, asSeen(where)) &&', 'agent.isActive &&', cases),
  row('D44', 'who speaks it first', 'core/rules/assign/choose.ts', 'language === null ? [] : all.filter', 'language !== "xx" ? [] : all.filter', cases),
  row('D44', 'the least loaded', 'core/rules/assign/choose.ts', 'if (load > least) continue', '', cases),
  row('D44', 'a group by language alone is passed by', 'core/rules/assign/choose.ts', 'need.isGroupByLanguage && ofGroup.length === 0', 'false', cases),
  row('D44', 'also what comes back to the queue', 'workers/assignment/read.ts', 'if (anew.length === 0) return kept', 'return kept', cases),
  row('D44', 'who goes on a break may open a chair', 'workers/assignment/heard.ts', "data.to === 'offline' ? { left: data.agent } : {}", "data.to === 'offline' ? { left: data.agent } : (null as never)", cases),
  row('D47', 'live conversations go back', 'core/rules/assign/keep-queue.ts', "ticket.isLive && presence?.presence === 'offline'", 'false', cases),
  row('D47', 'mail stays', 'core/rules/assign/keep-queue.ts', "ticket.isLive && presence?.presence === 'offline'", "presence?.presence === 'offline'", cases),
  row('D54', 'nobody keeps what they may not see', 'core/rules/assign/keep-queue.ts', '!maySee(agent, ticket) || ', '', cases),
  row('D47', 'at their old place', 'core/rules/assign/keep-queue.ts', "return { is: 'back', from, waiting: waitingOf(ticket, ticket.createdAt) }", "return { is: 'back', from, waiting: waitingOf(ticket, ticket.updatedAt) }", cases),
  row('B11', 'urgent first, then the oldest', 'core/rules/assign/need.ts', 'priorities.indexOf(a.priority) - priorities.indexOf(b.priority) ||', '', cases),
  row('B11', 'a changed desk wakes', 'infra/migrations/0021-desk.sql', "if (tg_table_name in ('agent', 'agent_team') or", "if (tg_table_name in ('agent_team') or", reads),
  row('B3', 'who was named beside is waited for', 'workers/assignment/heard.ts', "isTriages(event) ? 'ruled-aside' : 'set-aside'", "'set-aside'", cases),
  row('P15', 'the first of each need', 'infra/store/read/assigning.ts', 'join lateral (select * from waiting w where w.workspace = $1 and w.need = q.need order', 'join lateral (select * from waiting w where w.workspace = $1 order', reads),
  row('L4', 'who is not there takes nothing', 'core/commands/take-ticket.ts', "target.presence !== 'online')", "target.presence === 'x' as never)", door),
  row('L5', 'one of two', 'core/commands/take-ticket.ts', '(version === undefined && ticket.assignee === null)', 'version === undefined', door),
  row('L5', 'by the version they saw', 'core/commands/take-ticket.ts', 'if (version === ticket.version ||', 'if (version !== undefined ||', door),
  row('D45', 'a live one goes to who is there', 'core/commands/hand-over.ts', "if (!isLive || presence === 'online') return null", 'return null', door),
  row('D45', 'and who may see it', 'core/commands/hand-over.ts', 'if (!maySee(agent, ticket)) {', "if (agent.id === 'x') {", door),
  row('D51', 'who is offline comes back by themselves', 'core/commands/set-presence.ts', "|| from !== 'offline') return null", "|| from === 'offline') return null", door),
  row('P15', 'a ticket that was given was nobody’s', 'core/rules/assign/share-out.ts', 'if (ticket?.assignee === null && isWork(ticket))', 'if (ticket !== undefined && isWork(ticket))', cases),
] // prettier-ignore

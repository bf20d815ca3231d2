// Defences of triage: one picture, bounded chains, hours that strike once, whose word stands.
import { row, type Defence } from './defence.ts'

const cases = 'workers/triage/triage.test.ts'
const routes = 'workers/triage/route.test.ts'
const order = 'workers/triage/converges.test.ts'
export const ofTriage: readonly Defence[] = [
  row('P14', 'no rule that led here is asked again', 'workers/triage/index.ts', '!after.includes(rule.id)', 'rule.id.length > 0', cases),
  row('P14', 'no fourth rule after three', 'workers/triage/index.ts', 'if (isDeepest(question)) return []', '', cases),
  row('P14', 'the machine’s own assignment gives nothing away', 'core/rules/triage/route.ts', 'if (question.after.includes(machine)) return false', '', routes),
  row('G4', 'the message that opened a ticket is not triaged again', 'workers/triage/question.ts', " && data.opensTicket !== true", '', cases),
  row('G7', 'what was said before triage stands', 'core/rules/triage/prioritise.ts', "opened?.priority === ticket.priority && ticket.priority === 'low'", "opened?.priority !== 'high'", cases),
  row('B3', 'a message gives no group', 'core/rules/triage/route.ts', "it.question.on === 'message' ? [] : ", '', cases),
  row('B3', 'a message moves no status', 'core/rules/triage/prioritise.ts', "if (question.on === 'message' || isMoved) return idle", 'if (isMoved) return idle', cases),
  row('B13', 'an hour strikes once', 'core/rules/match/ticket-hours.ts', 'row.asked[next.rule] !== clock', 'row.asked !== null', cases),
  row('D14', 'a type that is set later is followed', 'core/rules/triage/route.ts', "made.type !== undefined || isSetNow", 'made.type !== undefined', routes),
  row('D71', 'a language that is known stays', 'workers/triage/index.ts', "question.on === 'message' && row.ticket.language === null", "question.on === 'created'", cases),
  row('L6', 'nobody waits in a pool', 'core/rules/triage/route.ts', "if (agent === null && mode === 'pool') return { changes: leaves, waits: false }", '', routes),
  row('G13', 'any order comes to one end', 'core/rules/triage/prioritise.ts', "[...ticket.tags, ...asked.map(({ tag }) => tag)]", 'asked.map(({ tag }) => tag)', order),
] // prettier-ignore

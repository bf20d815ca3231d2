// What mail is defended by, beyond what stands with the other channels: sending, proofs, organisations.
import { row, type Defence } from './defence.ts'

const store = 'infra/store/queues/said.int.test.ts'
const send = 'connectors/email/send.test.ts'

export const ofMail: readonly Defence[] = [
  row(
    'G19',
    'what goes out is on record before it goes',
    'connectors/email/send.ts',
    'await edges.says(saidOut(composed))',
    'await Promise.resolve()',
    send,
  ),
  row(
    'G19',
    'a try that was overtaken notes nothing',
    'infra/store/queues/said.ts',
    "and r.attempt = q.attempt and r.state = 'sending'",
    '',
    store,
  ),
]

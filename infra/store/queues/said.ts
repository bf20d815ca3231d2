// What the customer gets of an answer, noted on its message: before it goes out, and once more with its end.
import type { Delivery, KeptSaid } from '../../../core/ports/queues.ts'
import { statement } from '../statement.ts'
import { inTransaction, type Inside, type TransactionDeps } from '../transaction.ts'

// Of a try whose answer never came and of the one that was proven alike: what may have gone out is what is shown. A try that is about to go
// out writes only while it holds its reply.
const note = statement(
  'said',
  `update message m set full_text = q."fullText", html = q.html
   from json_to_recordset($2::json) as q (message text, "fullText" text, html text, reply text, attempt int)
   where m.workspace = $1 and m.id = q.message and (q.reply is null
     or exists (select from reply r where r.workspace = $1 and r.id = q.reply and r.attempt = q.attempt and r.state = 'sending'))`,
)

interface Said extends KeptSaid {
  readonly message: string
}
export const noteSaid = ({ run }: Pick<Inside, 'run'>, said: readonly Said[]): Promise<unknown> => run(note, said)

export const makeSays =
  (deps: TransactionDeps) =>
  ({ workspace, id: reply, attempt, message }: Delivery, kept: KeptSaid): Promise<void> =>
    inTransaction(async (enter) => {
      const { run } = await enter(workspace)
      await run(note, [{ message, ...kept, reply, attempt }])
    }, deps)

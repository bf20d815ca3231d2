// Accounts across workspaces: all of them, whether they changed, their health, and tokens that are renewed.
import type { HealthState } from '../../../schemas/channel.ts'
import type { NewEvent } from '../../../schemas/events.ts'
import type { Accounts, LiveAccount } from '../../../core/ports/queues.ts'
import type { Clock } from '../../../core/ports/edges.ts'
import { raise } from '../../../core/runtime/raise.ts'
import { setHealth } from '../apply/accounts.ts'
import { accountOf } from '../row-json.ts'
import { statement } from '../statement.ts'
import { inTransaction, type TransactionDeps } from '../transaction.ts'
import { onLoops, type OnLoops } from './on-loops.ts'
import { renewSecret, type RenewDeps } from './renew-secret.ts'
import type { Waits } from './waits.ts'

const all = statement(
  'accounts_all',
  `select (${accountOf('a')})::jsonb || jsonb_build_object('workspace', a.workspace, 'routes',
     array(select r.route from account_route r where r.workspace = a.workspace and r.channel = a.channel and r.account = a.id order by r.n)) as row
   from account a where $1::json is not null order by a.created_at, a.workspace, a.channel, a.id`,
)
// Cheap beside reading them all: one number that changes with any of them.
const mark = statement(
  'accounts_mark',
  `select concat((select sum(hashtextextended(a::text, 0)) from account a), ' ', (select sum(hashtextextended(r::text, 0)) from account_route r)) as mark
   where $1::json is not null`,
)
const hold = statement(
  'account_for_health',
  `select a.state, a.why from account a where a.workspace = $1 and a.channel = $2::json ->> 'channel' and a.id = $2::json ->> 'id' for update`,
)

/** What another process changed is known here within this time. */
const lookEveryMs = 1000

export interface AccountDeps extends RenewDeps, TransactionDeps {
  readonly clock: Clock
  readonly waits: Waits
}
export function makeAccounts(deps: AccountDeps): Accounts {
  const loops = onLoops(deps.database)
  const seen = { mark: '' }
  return {
    all: async () => {
      seen.mark = await markOf(loops)
      return (await loops.run<{ row: LiveAccount }>(all, 0)).map(({ row }) => row)
    },
    changed: async (ms, signal) => {
      const until = deps.clock.ticks() + ms
      while (!signal.aborted && deps.clock.ticks() < until) {
        if ((await markOf(loops)) !== seen.mark) return
        await deps.waits.wait(Math.min(lookEveryMs, Math.max(0, until - deps.clock.ticks())), signal)
      }
    },
    health: (account, state, why, facts = {}) => recordHealth(account, { state, why, facts }, deps),
    renew: (account, name, make) => renewSecret({ account, name, make }, deps),
  }
}

const markOf = async (loops: OnLoops): Promise<string> => (await loops.run<{ mark: string }>(mark, 0))[0]?.mark ?? ''

interface Health {
  readonly state: HealthState
  readonly why: string | null
  readonly facts: Readonly<Record<string, string>>
}
/** The state that is there already raises nothing: a vendor that fails a thousand times is one event. */
async function recordHealth(account: LiveAccount, { state, why, facts }: Health, deps: TransactionDeps): Promise<void> {
  const { workspace, channel, id } = account
  await inTransaction(async (enter) => {
    const inside = await enter(workspace)
    const [was] = await inside.run<Pick<Health, 'state' | 'why'>>(hold, { channel, id })
    if (was === undefined || (was.state === state && Object.keys(facts).length === 0)) return
    const at = inside.now
    await setHealth(inside, [{ do: 'set-health', channel, account: id, state, why, facts, at }])
    if (was.state === state) return
    const key = `${channel}/${id}`
    const event: NewEvent = {
      type: 'channel.health_changed',
      key,
      subject: key,
      data: { from: was.state, state, why, facts },
    }
    const cause = {
      workspace,
      channel,
      account: id,
      decider: 'health',
      name: `${key} ${at}`,
      event: null,
      correlation: `health/${key}/${at}`,
      actor: { kind: 'system', id: 'health' } as const,
      origin: 'live' as const,
      now: at,
    }
    await inside.emit(raise([event], cause))
  }, deps)
}

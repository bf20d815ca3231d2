// Accounts across workspaces: all of them, whether they changed, their health, and tokens that are renewed.
import type { HealthState } from '../../../schemas/channel.ts'
import type { NewEvent } from '../../../schemas/events.ts'
import type { Accounts, LiveAccount } from '../../../core/ports/queues.ts'
import type { Clock } from '../../../core/ports/edges.ts'
import { raise } from '../../../core/runtime/raise.ts'
import { sameJson } from '../../../core/runtime/replay.ts'
import { accountLock } from '../../../core/rules/account-lock.ts'
import { setHealth } from '../apply/accounts.ts'
import { takeLocks } from '../locks.ts'
import { accountOf } from '../row-json.ts'
import { statement } from '../statement.ts'
import { inTransaction, type Inside, type TransactionDeps } from '../transaction.ts'
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
const now = statement(
  'account_for_health',
  `select a.state, a.why, a.version, a.secrets from account a where a.workspace = $1 and a.channel = $2::json ->> 'channel' and a.id = $2::json ->> 'id' for update`,
)
const holdUntilChanged = statement(
  'account_hold_until_changed',
  `insert into account_hold as h (workspace, channel, account, until, why)
   select $1, q.channel, q.account, null, q.why from json_to_record($2::json) as q (channel text, account text, why text)
   on conflict (workspace, channel, account) do update set why = excluded.why, until = null`,
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
    gap: (account, { from, to, why }) =>
      recordHealth(account, { state: 'degraded', why, facts: { gapFrom: from, gapTo: to }, isAlwaysTold: true }, deps),
    down: (account, why) => recordDown(account, why, deps),
    renew: (account, name, make) => renewSecret({ account, name, make }, deps),
  }
}

const markOf = async (loops: OnLoops): Promise<string> => (await loops.run<{ mark: string }>(mark, 0))[0]?.mark ?? ''

interface Health {
  readonly state: HealthState
  readonly why: string | null
  readonly facts: Readonly<Record<string, string>>
  /** It is news whatever the state was. */
  readonly isAlwaysTold?: true
}
interface Was extends Pick<Health, 'state' | 'why'> {
  readonly version: number
  readonly secrets: LiveAccount['secrets']
}

/** Under the lock that a change of the account takes too: it comes wholly before or wholly after. */
async function standing({ channel, id }: LiveAccount, inside: Inside): Promise<Was | undefined> {
  await takeLocks(inside, [accountLock(channel, id)])
  const [was] = await inside.run<Was>(now, { channel, id })
  return was
}

/** A token that was renewed changes no version. */
const hasItsSecrets = (account: LiveAccount, was: Was): boolean =>
  account.version === was.version && sameJson(account.secrets, was.secrets)

async function recordHealth(account: LiveAccount, health: Health, deps: TransactionDeps): Promise<void> {
  await inTransaction(async (enter) => {
    const inside = await enter(account.workspace)
    const was = await standing(account, inside)
    // What a person switched off stays off, whatever a call that was under way finds out.
    if (was === undefined || was.state === 'disabled') return
    // Found out with a token that was changed since: it says nothing of the new one.
    if (health.state === 'auth_failed' && !hasItsSecrets(account, was)) return
    await turn(inside, { account, was, health })
  }, deps)
}

async function recordDown(account: LiveAccount, why: string, deps: TransactionDeps): Promise<boolean> {
  return inTransaction(async (enter) => {
    const inside = await enter(account.workspace)
    const was = await standing(account, inside)
    if (was === undefined || !hasItsSecrets(account, was)) return false
    await turn(inside, { account, was, health: { state: 'auth_failed', why, facts: {} } })
    await inside.run(holdUntilChanged, { channel: account.channel, account: account.id, why })
    return true
  }, deps)
}

interface Turn {
  readonly account: LiveAccount
  readonly was: Was
  readonly health: Health
}
/** The state that is there already raises nothing: a vendor that fails a thousand times is one event. */
async function turn(inside: Inside, { account, was, health }: Turn): Promise<void> {
  const { workspace, channel, id } = account
  const { facts } = health
  // A dead token is worse than what else is amiss, and people must see why replies wait.
  const { state, why } = was.state === 'auth_failed' && health.state === 'degraded' ? was : health
  // "It works" lifts what holds its replies, also where nobody lived to write down that it did not.
  if (was.state === state && state !== 'connected' && Object.keys(facts).length === 0) return
  const at = inside.now
  await setHealth(inside, [{ do: 'set-health', channel, account: id, state, why, facts, at }])
  if (was.state === state && health.isAlwaysTold !== true) return
  const key = `${channel}/${id}`
  const event: NewEvent = {
    type: 'channel.health_changed',
    key,
    subject: key,
    data: { from: was.state, state, why: health.isAlwaysTold === true ? health.why : why, facts },
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
}
